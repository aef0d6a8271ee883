/**
 * Owns how a row is waited for that somebody else holds: without a connection. Whoever waits in PostgreSQL keeps one of the few
 * that there are, and a row that is asked for often enough would keep them all. Does not own what is asked.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Unavailable } from '@latchkey/protocol';

/** Rows are mostly held for as long as a commit takes. */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 400;

/**
 * Asks until there is an answer, with longer and longer pauses.
 * @param ask undefined: it was passed over. It must wait for nobody's lock
 * @throws Unavailable when it was passed over for `patienceMs`; whatever `ask` throws
 */
export async function whenNotPassedOver<Answer>(
  patienceMs: number,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer> {
  const until = performance.now() + patienceMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() + pauseMs > until) {
      throw new Unavailable('PostgreSQL', new Error(`Somebody else held a row for ${patienceMs} ms.`));
    }
    await pause(pauseMs);
  }
}
