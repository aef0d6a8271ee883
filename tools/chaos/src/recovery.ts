// Owns: when the world is whole again: everybody ready, the good served, a new revocation known everywhere. Does not own: what broke it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Load } from './load.js';
import type { Service } from './service.js';
import type { Stock } from './stock.js';
import type { Witness } from './witness.js';
import type { World } from './world.js';

const PATIENCE_MS = 30_000;
const POLL_MS = 20;

/** The instant at which it was whole, or undefined when it was not in 30 s. */
export async function recovered(world: World, stock: Stock, load: Load, witness: Witness): Promise<number | undefined> {
  const deadline = performance.now() + PATIENCE_MS;
  const until = async (condition: () => Promise<boolean>): Promise<boolean> => {
    while (!(await condition())) {
      if (performance.now() > deadline) return false;
      await sleep(POLL_MS);
    }
    return true;
  };
  const all = async (services: readonly Service[], holds: (service: Service) => Promise<boolean>): Promise<boolean> =>
    (await Promise.all(services.map(holds))).every(Boolean);
  const [control = ''] = stock.controls;

  if (!(await until(() => all(world.services, (service) => service.isReady())))) return undefined;
  // Each auth-service is heard by every guard.
  for (const auth of world.auths) {
    let canary = stock.take();
    const revoked = await until(async () => {
      canary ??= stock.take();
      return canary !== undefined && (await load.revoke(auth, canary));
    });
    const [token = ''] = canary?.dies ?? [];
    const isKnown = async (guard: Service): Promise<boolean> => (await witness.ask(guard, token)) === 'refused';
    if (!revoked || !(await until(() => all(world.guards, isKnown)))) return undefined;
  }
  // Last, for a guard refuses what it knows to be revoked also while it is fenced.
  const isServed = async (guard: Service): Promise<boolean> => (await witness.ask(guard, control)) === 'admitted';
  return (await until(() => all(world.guards, isServed))) ? performance.now() : undefined;
}
