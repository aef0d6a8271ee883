/**
 * Owns that reads of origins hold two connections at most, whoever asks for how many: those that wait are read together. Does
 * not own what is remembered of them.
 */
import type { BrowserOrigins } from '@latchkey/protocol';

/** At once, in this instance: the pool is everybody's. */
const MOST_READS = 2;
/** Origins of one read. As many may wait before strangers' questions are turned away. */
const MOST_TOGETHER = 500;

interface Waiting {
  readonly answer: Promise<boolean>;
  tell(registered: boolean): void;
  fail(error: unknown): void;
}

export class OriginReads {
  readonly #waiting = new Map<string, Waiting>();
  #underWay = 0;

  constructor(private readonly origins: BrowserOrigins) {}

  /** Another origin would wait behind as many as one read takes. One that waits already costs nothing more. */
  isFullFor(origin: string): boolean {
    return this.#waiting.size >= MOST_TOGETHER && !this.#waiting.has(origin);
  }

  /** By a read that begins after this call: whoever asks for one that waits shares its place. @throws Unavailable */
  isRegistered(origin: string): Promise<boolean> {
    const known = this.#waiting.get(origin);
    if (known !== undefined) return known.answer;
    const waiting = newlyWaiting();
    this.#waiting.set(origin, waiting);
    this.#beginReads();
    return waiting.answer;
  }

  #beginReads(): void {
    while (this.#underWay < MOST_READS && this.#waiting.size > 0) void this.#read(this.#takeOldest());
  }

  #takeOldest(): readonly (readonly [origin: string, Waiting])[] {
    const taken = [...this.#waiting].slice(0, MOST_TOGETHER);
    for (const [origin] of taken) this.#waiting.delete(origin);
    return taken;
  }

  async #read(taken: readonly (readonly [origin: string, Waiting])[]): Promise<void> {
    this.#underWay += 1;
    try {
      const registered = await this.origins.registeredAmong(taken.map(([origin]) => origin));
      for (const [origin, waiting] of taken) waiting.tell(registered.has(origin));
    } catch (error) {
      for (const [, waiting] of taken) waiting.fail(error);
    } finally {
      this.#underWay -= 1;
      this.#beginReads();
    }
  }
}

function newlyWaiting(): Waiting {
  let tell: Waiting['tell'] = () => undefined;
  let fail: Waiting['fail'] = () => undefined;
  const answer = new Promise<boolean>((resolve, reject) => {
    tell = resolve;
    fail = reject;
  });
  return { answer, tell, fail };
}
