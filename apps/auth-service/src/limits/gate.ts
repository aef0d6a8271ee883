/**
 * Owns what this process knows of failures, and that no more attempts are under way at once than may still fail: the others
 * wait for those, and are let in when they turn out well, so that a crowd of good log-ins passes and fifty guesses at once do
 * not. In memory and bounded: when full it forgets the oldest. Does not own what other instances know (counters).
 */
import type { RateLimit } from '@latchkey/protocol';
import type { Clock } from '@latchkey/tokens';
import { exceeded, type Counts, type LimitPolicy, type Place } from './policy.js';

interface Held {
  failures: number;
  /** By the monotonic clock; when it has passed, nothing has failed. */
  until: number;
  underWay: number;
  readonly waiting: (() => void)[];
}

const CAPACITY = 50_000;
/** Behind one counter. Whoever sends more at once than this is told to come back. */
const MOST_WAITING = 200;
/** How long a pair that has succeeded is trusted more than its neighbours. */
const PROVEN_MS = 24 * 3_600_000;

export class Gate {
  readonly #held = new Map<string, Held>();
  readonly #proven = new Map<string, number>();

  constructor(
    readonly policy: LimitPolicy,
    private readonly clock: Pick<Clock, 'monotonic'>,
    private readonly capacity = CAPACITY,
  ) {}

  /** @returns the limit that is in the way; undefined when the attempt is under way, which `leave` must end */
  async enter(place: Place): Promise<RateLimit | undefined> {
    for (;;) {
      const closed = this.closed(place);
      if (closed !== undefined) return closed;
      const full = exceeded(this.policy, this.#counts(place, true), this.isProven(place));
      if (full === undefined) {
        for (const key of bounded(place)) this.#of(key).underWay += 1;
        return undefined;
      }
      const { waiting } = this.#of(full.counter === 'pair' ? (place.pair ?? place.network) : place.network);
      if (waiting.length >= MOST_WAITING) return this.limit(full.quota, 1);
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  }

  leave(place: Place, outcome: 'failed' | 'passed' | 'unknown'): void {
    if (outcome === 'failed') this.fail(place);
    if (outcome === 'passed') this.#prove(place);
    for (const key of bounded(place)) {
      const held = this.#of(key);
      held.underWay -= 1;
      // All of them look again: some may enter now, or all may have been closed out.
      for (const wake of held.waiting.splice(0)) wake();
      if (held.underWay === 0 && this.#failures(held) === 0) this.#held.delete(key);
    }
  }

  /** One failure, whether it entered or not. */
  fail(place: Place): void {
    for (const key of named(place)) this.learn(key, this.failuresOf(key) + 1, this.policy.windowSeconds);
  }

  /** Others know of more failures. A window that has begun here is not prolonged. */
  learn(key: string, failures: number, remainingSeconds: number): void {
    const held = this.#of(key);
    // Read before the window is renewed: what has expired does not come back with it.
    const standing = this.#failures(held);
    if (standing === 0) held.until = this.clock.monotonic() + remainingSeconds * 1000;
    held.failures = Math.max(standing, failures);
  }

  /** The limit, if this process knows that the next failure of this place is one too many. */
  closed(place: Place): RateLimit | undefined {
    const over = exceeded(this.policy, this.#counts(place, false), this.isProven(place));
    if (over === undefined) return undefined;
    const until = this.#held.get(over.counter === 'pair' ? (place.pair ?? '') : place.network)?.until ?? 0;
    return this.limit(over.quota, Math.ceil((until - this.clock.monotonic()) / 1000));
  }

  isProven({ pair }: Place): boolean {
    return pair !== undefined && (this.#proven.get(pair) ?? 0) > this.clock.monotonic();
  }

  limit(quota: number, resetSeconds: number): RateLimit {
    const { name: policy, windowSeconds } = this.policy;
    return { policy, quota, windowSeconds, remaining: 0, resetSeconds };
  }

  failuresOf(key: string): number {
    const held = this.#held.get(key);
    return held === undefined ? 0 : this.#failures(held);
  }

  /** The attempt that asks among them. */
  #counts({ pair, whole, network }: Place, withUnderWay: boolean): Counts {
    const count = (key: string | undefined): number => {
      const held = key === undefined ? undefined : this.#held.get(key);
      return 1 + (held === undefined ? 0 : this.#failures(held) + (withUnderWay ? held.underWay : 0));
    };
    return { pair: pair === undefined ? 0 : count(pair), whole: count(whole), network: count(network) };
  }

  #failures(held: Held): number {
    return held.until > this.clock.monotonic() ? held.failures : 0;
  }

  #of(key: string): Held {
    const known = this.#held.get(key);
    if (known !== undefined) return known;
    this.#makeRoom();
    const held: Held = { failures: 0, until: 0, underWay: 0, waiting: [] };
    this.#held.set(key, held);
    return held;
  }

  /** The oldest go first, unless somebody is under way there. */
  #makeRoom(): void {
    for (const [key, { underWay }] of this.#held) {
      if (this.#held.size < this.capacity) return;
      if (underWay === 0) this.#held.delete(key);
    }
  }

  #prove({ pair }: Place): void {
    if (pair === undefined) return;
    this.#proven.delete(pair);
    this.#proven.set(pair, this.clock.monotonic() + PROVEN_MS);
    const [oldest] = this.#proven.keys();
    if (this.#proven.size > this.capacity && oldest !== undefined) this.#proven.delete(oldest);
  }
}

const named = ({ pair, whole, network }: Place): readonly string[] =>
  [pair, whole, network].filter((key) => key !== undefined);

/** Those that bound how many may be under way. */
const bounded = ({ pair, network }: Place): readonly string[] => [pair, network].filter((key) => key !== undefined);
