/**
 * Owns the page for whoever must wait because too many passwords are being verified. Does not own how many may be (work-slots).
 */
import type { Answer } from './answer.js';
import { busy } from './problems.js';
import { Busy } from './work-slots.js';

export async function orBusy(retry: string, work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Busy) return busy(error.retryAfterSeconds, retry);
    throw error;
  }
}
