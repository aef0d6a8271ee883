// Owns: asking every guard for every token whose revocation was acknowledged, until each is refused or time is up; and that the
// good are served. Does not own: what a refusal proves while a token lives (the world makes them live long).
import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from './service.js';
import type { GuardAnswer, Witness } from './witness.js';

export interface RollCall {
  readonly asked: number;
  /** Of those, how many every guard refused. */
  readonly known: number;
  /** Controls that some guard did not serve. */
  readonly controlsNotServed: number;
}

const AT_ONCE = 32;
/** What was acknowledged last may still be on its way, and a guard may be fenced for a moment. */
const PATIENCE_MS = 6000;

/** To be called when the load has stopped and the world has recovered. */
export async function rollCall(
  witness: Witness,
  guards: readonly Service[],
  { dead, controls }: { readonly dead: readonly string[]; readonly controls: readonly string[] },
): Promise<RollCall> {
  const missing = await Promise.all(guards.map((guard) => leftWithout('refused', witness, guard, dead)));
  const shutOut = await Promise.all(guards.map((guard) => leftWithout('admitted', witness, guard, controls)));
  return {
    asked: dead.length,
    known: dead.length - new Set(missing.flat()).size,
    controlsNotServed: new Set(shutOut.flat()).size,
  };
}

/** The tokens that did not get this answer in time. */
async function leftWithout(
  wanted: GuardAnswer,
  witness: Witness,
  guard: Service,
  tokens: readonly string[],
): Promise<readonly string[]> {
  let left = tokens;
  let deadline = Number.POSITIVE_INFINITY;
  while (left.length > 0 && performance.now() < deadline) {
    const queue = [...left];
    const next: string[] = [];
    const work = async (): Promise<void> => {
      for (let token = queue.pop(); token !== undefined; token = queue.pop()) {
        if ((await witness.ask(guard, token)) !== wanted) next.push(token);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    // Only from the first whole round on: its length is a matter of how many there are.
    deadline = Math.min(deadline, performance.now() + PATIENCE_MS);
    left = next;
    if (left.length > 0) await sleep(50);
  }
  return left;
}
