/**
 * Owns that anybody may ask from any origin without costing more than a place in one read in half a second. Does not own which
 * origins are registered, nor how many are read at once (origin-reads).
 */
import { type BrowserOrigins, Unavailable } from '@latchkey/protocol';
import type { Clock } from '@latchkey/tokens';
import { OriginReads } from './origin-reads.js';

/** A9: a change is in force on every instance within a second. */
const REMEMBERED_MS = 500;
/** Made-up origins push one another out, and no more memory than this is theirs. */
const MOST = 1000;

interface Remembered {
  readonly answer: Promise<boolean>;
  readonly until: number;
}

export class RememberedOrigins {
  readonly #remembered = new Map<string, Remembered>();
  readonly #reads: OriginReads;

  constructor(
    origins: BrowserOrigins,
    private readonly clock: Clock,
  ) {
    this.#reads = new OriginReads(origins);
  }

  /**
   * Whoever asks while a read is under way shares it; one that failed is forgotten. A change is in force within a second.
   * @param origin as `isWebOrigin` wants it
   * @param asked a question that comes beforehand (a preflight) is turned away where too many others wait; what comes with the
   * request itself waits its turn, since a form needs no preflight, and its code is lost when the answer cannot be read
   * @throws Unavailable
   */
  async isRegistered(origin: string, asked: 'beforehand' | 'with-the-request' = 'with-the-request'): Promise<boolean> {
    const now = this.clock.monotonic();
    const known = this.#remembered.get(origin);
    if (known !== undefined && now < known.until) return known.answer;
    if (asked === 'beforehand' && this.#reads.isFullFor(origin))
      throw new Unavailable('a place among the origins that wait');
    const answer = this.#reads.isRegistered(origin);
    this.#remembered.delete(origin);
    if (this.#remembered.size >= MOST) this.#dropOldest();
    const remembered = { answer, until: now + REMEMBERED_MS };
    this.#remembered.set(origin, remembered);
    answer.catch(() => {
      if (this.#remembered.get(origin) === remembered) this.#remembered.delete(origin);
    });
    return answer;
  }

  #dropOldest(): void {
    for (const oldest of this.#remembered.keys()) {
      this.#remembered.delete(oldest);
      return;
    }
  }
}
