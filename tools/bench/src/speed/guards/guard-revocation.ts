/** Owns the proof that revocation is asked: one token that every guard has admitted is revoked. Does not own what is measured before. */
import { setTimeout as pause } from 'node:timers/promises';
import { exactly, type Figure } from '../../measurement.js';
import type { Latchkey } from '../contenders/latchkey.js';
import { MACHINE } from '../contenders/seed.js';
import { PASSPORT_JWT } from './guard-names.js';
import type { GuardServer } from './guard-server.js';
import type { GuardedApi } from './guard-workloads.js';

/** A bound for what never comes: how soon it comes is the figure. */
const PATIENCE_MS = 60_000;

/** Who admits it still, and how soon ours refuses it. */
export async function revocation(latchkey: Latchkey, { algorithm, servers, tokens }: GuardedApi): Promise<Figure[]> {
  const token = await tokens.takeOne();
  for (const server of servers) {
    const status = await server.ask(token);
    if (status !== 200) throw new Error(`A good token was answered ${status} by ${server.kind}.`);
  }
  const { status } = await latchkey.outside.revoke(MACHINE, token);
  if (status !== 200) throw new Error(`Revoking was answered ${status}.`);
  const ours = servers.find(({ kind }) => kind === 'latchkey');
  const ms = ours === undefined ? Number.NaN : await refusedAfter(ours, token);
  const admitted = async (kind: GuardServer['kind']): Promise<number> =>
    (await servers.find((server) => server.kind === kind)?.ask(token)) === 200 ? 1 : 0;
  const what = `a revoked token, ${algorithm}`;
  return [
    { what: `${what}: refused by ours after`, value: ms, unit: 'ms' },
    { what: `${what}: admitted by ours`, value: await admitted('latchkey'), unit: 'calls', goal: exactly(0) },
    { what: `${what}: admitted by ${PASSPORT_JWT}`, value: await admitted('passport-jwt'), unit: 'calls' },
  ];
}

/** Resolves when our guard knows of everything that was revoked before. @throws Error when it does not in time */
export async function refusesWhatIsRevoked(latchkey: Latchkey, { servers, tokens }: GuardedApi): Promise<void> {
  const token = await tokens.takeOne();
  await latchkey.outside.revoke(MACHINE, token);
  for (const server of servers) {
    if (Number.isNaN(await refusedAfter(server, token))) {
      throw new Error(`A revoked token is still admitted by ${server.kind}.`);
    }
  }
}

/** Not a number when it is not refused in time. */
async function refusedAfter(server: GuardServer, token: string): Promise<number> {
  const began = performance.now();
  while (performance.now() - began < PATIENCE_MS) {
    if ((await server.ask(token)) === 401) return performance.now() - began;
    await pause(1);
  }
  return Number.NaN;
}
