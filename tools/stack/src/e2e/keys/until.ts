// Owns: waiting for what must come, and giving up, so that a spec ends, when it does not. Does not own: how soon it should.
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 60_000;
const POLL_MS = 20;

/** @throws Error that says what did not come */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`in vain was waited until ${what}`);
    await sleep(POLL_MS);
  }
}
