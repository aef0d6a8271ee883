/**
 * Owns group commit: whoever asks for the same in one turn of the event loop, or while a statement is under way, is served by one
 * statement and one commit. Does not own the statement, nor what becomes of those for whom it did nothing.
 */
import { Unavailable } from '@latchkey/protocol';

/** A statement that has stood for so long is no reason to wait any more, be it for a disk far away or for somebody's lock. */
const SLOW_MS = 20;

/** Statements under way. The second begins only beside a slow one: else it would halve the company of both, and wait for the same disk. */
const MOST_UNDERWAY = 2;

/** Of one statement. */
const MOST_TOGETHER = 64;

/**
 * Does what it can for each, and answers for whom it was done. It must wait for nobody's lock: whoever waits would hold up all
 * the others, and could wait for one of those who wait for them.
 */
export type Commit<Item> = (items: readonly Item[]) => Promise<ReadonlySet<Item>>;

interface Waiting<Item> {
  readonly item: Item;
  readonly since: number;
  readonly answer: (done: boolean) => void;
  readonly fail: (error: unknown) => void;
}

export class GroupCommit<Item> {
  /** By key; the longest waiting is the first. */
  #waiting = new Map<string, Waiting<Item>>();
  #underway = 0;
  readonly #slow = new Set<readonly Waiting<Item>[]>();
  #gathering = false;
  #watch: NodeJS.Timeout | undefined;

  /** @param patienceMs how long anybody waits for their turn before they hear Unavailable */
  constructor(
    private readonly commit: Commit<Item>,
    private readonly patienceMs: number,
    private readonly slowMs = SLOW_MS,
  ) {}

  /**
   * Whether it was done, and is committed. False: ask for it alone, nothing was done for it here.
   * @param key no two of the same are in one statement: the later is answered false at once
   * @throws Unavailable; after it a commit may or may not have happened
   */
  done(key: string, item: Item): Promise<boolean> {
    if (this.#waiting.has(key)) return Promise.resolve(false);
    return new Promise((answer, fail) => {
      this.#waiting.set(key, { item, since: performance.now(), answer, fail });
      this.#giveUpAfter(this.patienceMs);
      this.#gather();
    });
  }

  /** Whoever asks in the rest of this turn comes along; whoever finds none under way waits for nobody. */
  #gather(): void {
    if (this.#gathering || !this.#mayBegin()) return;
    this.#gathering = true;
    setImmediate(() => {
      this.#gathering = false;
      this.#next();
    });
  }

  #mayBegin(): boolean {
    return this.#underway === this.#slow.size && this.#underway < MOST_UNDERWAY;
  }

  #next(): void {
    if (this.#mayBegin() && this.#waiting.size > 0) void this.#serve(this.#take());
  }

  /** A new Map each time that all are taken: V8 writes the table of an old one anew again and again, where garbage stays for long. */
  #take(): readonly Waiting<Item>[] {
    const those: Waiting<Item>[] = [];
    if (this.#waiting.size <= MOST_TOGETHER) {
      those.push(...this.#waiting.values());
      this.#waiting = new Map();
      return those;
    }
    for (const [key, one] of this.#waiting) {
      if (those.length === MOST_TOGETHER) break;
      those.push(one);
      this.#waiting.delete(key);
    }
    return those;
  }

  async #serve(those: readonly Waiting<Item>[]): Promise<void> {
    this.#underway += 1;
    const patience = setTimeout(() => {
      this.#slow.add(those);
      this.#next();
    }, this.slowMs);
    let tell: (one: Waiting<Item>) => void;
    try {
      const done = await this.commit(those.map(({ item }) => item));
      tell = ({ item, answer }) => {
        answer(done.has(item));
      };
    } catch (error) {
      tell = ({ answer, fail }) => {
        if (error instanceof Unavailable) fail(error);
        // Whatever else it was may be the fault of one: each hears their own.
        else answer(false);
      };
    }
    clearTimeout(patience);
    this.#underway -= 1;
    this.#slow.delete(those);
    // First the next statement: PostgreSQL is at it while these are answered.
    this.#next();
    those.forEach(tell);
  }

  #giveUpAfter(ms: number): void {
    this.#watch ??= setTimeout(() => {
      this.#watch = undefined;
      const before = performance.now() - this.patienceMs;
      for (const [key, { since, fail }] of this.#waiting) {
        if (since > before) {
          this.#giveUpAfter(since - before);
          return;
        }
        this.#waiting.delete(key);
        fail(new Unavailable('PostgreSQL', new Error(`No statement began within ${this.patienceMs} ms.`)));
      }
    }, ms).unref();
  }
}
