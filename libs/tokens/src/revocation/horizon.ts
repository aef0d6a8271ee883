/**
 * Owns the line before which entries are forgotten, and the memory of how far that has gone. Does not own the entries, nor
 * the clock and the margin by which the line is drawn (list).
 */
import type { EpochSeconds } from '../time.js';

export class Horizon {
  /** What ends before it may be forgotten. */
  before: EpochSeconds = 0;
  #forgottenUpTo: EpochSeconds = 0;

  /** The latest end that was forgotten; never goes back. */
  get forgottenUpTo(): EpochSeconds {
    return this.#forgottenUpTo;
  }

  /** Whether what ends then is to be forgotten; if so, it must be. */
  forgets(end: EpochSeconds): boolean {
    if (!(end < this.before)) return false;
    if (end > this.#forgottenUpTo) this.#forgottenUpTo = end;
    return true;
  }
}
