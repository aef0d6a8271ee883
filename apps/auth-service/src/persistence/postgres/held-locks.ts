/**
 * Owns how whoever met a lock that somebody else holds asks again: in a line, of which few at once have a connection. Does not own
 * what is asked, nor that PostgreSQL lets nobody wait for long (data-source).
 */
import { Unavailable } from '@latchkey/protocol';
import { StillHeld } from './broken-world.js';

/** Of a statement, the first time. Most locks are held for as long as a commit takes. */
export const LOCK_WAIT_MS = 10;

/** Where commits take long, what needs the rows of many would never get one after the other in less. */
export const LONGEST_LOCK_WAIT_MS = 400;
const PATIENT = `SET LOCAL lock_timeout = '${LONGEST_LOCK_WAIT_MS}ms'`;

interface Waiting {
  readonly until: number;
  readonly begin: () => void;
  readonly giveUp: () => void;
}

export class HeldLocks {
  readonly #line: Waiting[] = [];
  #asking = 0;

  /**
   * @param most how many may ask at once
   * @param patienceMs after it nobody asks again
   */
  constructor(
    private readonly most: number,
    private readonly patienceMs: number,
  ) {}

  /**
   * Asks again and again, until nobody holds it any more.
   * @param ask in a transaction of its own, which begins with what it is given, if anything: nobody waits behind it
   * @throws Unavailable when it was held for too long; whatever else `ask` throws
   */
  async whenLetGo<Answer>(ask: (first?: string) => Promise<Answer>): Promise<Answer> {
    const until = performance.now() + this.patienceMs;
    for (;;) {
      await this.#turn(until);
      try {
        return await (this.#line.length === 0 ? ask(PATIENT) : ask());
      } catch (error) {
        if (!(error instanceof StillHeld) || performance.now() > until) throw error;
      } finally {
        this.#asking -= 1;
        this.#next();
      }
    }
  }

  #turn(until: number): Promise<void> {
    return new Promise((begin, reject) => {
      const giveUp = (): void => {
        reject(new Unavailable('PostgreSQL', new Error(`Somebody else held a lock for ${this.patienceMs} ms.`)));
      };
      this.#line.push({ until, begin, giveUp });
      this.#next();
    });
  }

  #next(): void {
    while (this.#asking < this.most) {
      const first = this.#line.shift();
      if (first === undefined) return;
      if (first.until < performance.now()) {
        first.giveUp();
        continue;
      }
      this.#asking += 1;
      first.begin();
    }
  }
}
