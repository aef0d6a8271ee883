/**
 * Owns the life of an attempt to authenticate. Two ways of counting with other instances. What is guessable and costs a hash
 * is admitted (`begin`), counted before the work (`reserve`) and taken back when it turns out well: exact, one question to
 * Redis. For secrets that nobody guesses a failure is counted when it has happened (`failed`), and one that turns out to be
 * beyond the limit is told no more than that: nothing is asked of Redis while all goes well, and a right secret is kept out by nothing.
 * Does not own what is attempted. No verb rejects for a limit's sake.
 */
import type { RateLimit } from '@latchkey/protocol';
import type { Counted, Counters } from './counters.js';
import type { Gate } from './gate.js';
import { exceeded, placeOf, type Counts, type Place } from './policy.js';

type Tally = Readonly<Record<keyof Counts, Counted>>;

export class Attempts {
  constructor(
    readonly gate: Gate,
    private readonly counters: Counters,
  ) {}

  /** May wait until others that are under way have ended. */
  async begin(who: string | undefined, address: string): Promise<Attempt | { readonly limited: RateLimit }> {
    const place = placeOf(this.gate.policy, who, address);
    const limited = await this.gate.enter(place);
    return limited === undefined ? new Attempt(this.gate, this.counters, place) : { limited };
  }

  /** A failure that nobody was kept from. @returns the limit, if it is beyond one */
  async failed(who: string | undefined, address: string): Promise<RateLimit | undefined> {
    const place = placeOf(this.gate.policy, who, address);
    const closed = this.gate.closed(place);
    if (closed !== undefined) return closed;
    this.gate.fail(place);
    return countedFailure(this.gate, this.counters, place);
  }
}

export class Attempt {
  readonly limited?: never;
  #reserved = false;
  #ended = false;

  constructor(
    private readonly gate: Gate,
    private readonly counters: Counters,
    private readonly place: Place,
  ) {}

  /** Counts it everywhere before the work. @returns the limit that is in the way; then this attempt has ended */
  async reserve(): Promise<RateLimit | undefined> {
    const tally = await tallyOf(this.counters, this.place, this.gate.policy.windowSeconds);
    this.#reserved = true;
    const over = overIn(this.gate, this.place, tally);
    if (over === undefined) return undefined;
    await this.abandoned();
    return over;
  }

  /** What was reserved stays counted. */
  failed(): void {
    this.#end('failed');
  }

  async succeeded(): Promise<void> {
    if (this.#end('passed')) await this.#takeBack();
  }

  /** It was never found out. */
  async abandoned(): Promise<void> {
    if (this.#end('unknown')) await this.#takeBack();
  }

  /** Once: whatever ended it first is what it was. */
  #end(outcome: 'failed' | 'passed' | 'unknown'): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.gate.leave(this.place, outcome);
    return true;
  }

  async #takeBack(): Promise<void> {
    if (!this.#reserved) return;
    const { pair, whole, network } = this.place;
    const keys = [pair, whole, network].filter((key) => key !== undefined);
    await Promise.all(keys.map((key) => this.counters.uncount(key)));
  }
}

/** This process closes what others have counted beyond its limit. */
async function countedFailure(gate: Gate, counters: Counters, place: Place): Promise<RateLimit | undefined> {
  const tally = await tallyOf(counters, place, gate.policy.windowSeconds);
  for (const counter of ['pair', 'whole', 'network'] as const) {
    const key = place[counter];
    if (key !== undefined) gate.learn(key, tally[counter].count, tally[counter].remainingSeconds);
  }
  return overIn(gate, place, tally);
}

async function tallyOf(counters: Counters, place: Place, windowSeconds: number): Promise<Tally> {
  const count = async (key: string | undefined): Promise<Counted> =>
    key === undefined ? { count: 0, remainingSeconds: 0 } : counters.count(key, windowSeconds);
  const [pair, whole, network] = await Promise.all([count(place.pair), count(place.whole), count(place.network)]);
  return { pair, whole, network };
}

function overIn(gate: Gate, place: Place, tally: Tally): RateLimit | undefined {
  const counts = { pair: tally.pair.count, whole: tally.whole.count, network: tally.network.count };
  const over = exceeded(gate.policy, counts, gate.isProven(place));
  return over && gate.limit(over.quota, Math.max(1, tally[over.counter].remainingSeconds));
}
