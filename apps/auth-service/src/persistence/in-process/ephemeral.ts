/**
 * Owns the ephemeral port in the memory of one process: for `npm start`, where there is one process and no Redis.
 * Bounded: when full it refuses with `Unavailable` rather than forget what guards against a replay. Expires lazily, and
 * each write looks at a few entries more, so that nothing stays for ever. Does not own a timer.
 */
import { Unavailable, type Ephemeral } from '@latchkey/protocol';
import type { Clock } from '@latchkey/tokens';

interface Held {
  readonly value: string;
  /** By the monotonic clock: a jump of the wall clock ends nothing and prolongs nothing. */
  readonly until: number;
}

const SWEEP_PER_WRITE = 16;

export class InProcessEphemeral implements Ephemeral {
  readonly #held = new Map<string, Held>();
  #sweep: Iterator<[string, Held]> | undefined;
  /** Of keys and values together, in characters. */
  #length = 0;

  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    /** Entries at most. */
    private readonly capacity = 100_000,
    /** Characters at most, of keys and values together. */
    private readonly characters = 64 * 1024 * 1024,
  ) {}

  async put(key: string, value: string, lifetimeSeconds: number): Promise<void> {
    return this.#answer(() => {
      this.#hold(key, value, this.#after(lifetimeSeconds));
    });
  }

  async get(key: string): Promise<string | undefined> {
    return this.#answer(() => this.#live(key)?.value);
  }

  async take(key: string): Promise<string | undefined> {
    return this.#answer(() => {
      const held = this.#live(key);
      this.#drop(key);
      return held?.value;
    });
  }

  async addOnce(key: string, lifetimeSeconds: number): Promise<'added' | 'present'> {
    return this.#answer(() => {
      if (this.#live(key) !== undefined) return 'present';
      this.#hold(key, '1', this.#after(lifetimeSeconds));
      return 'added';
    });
  }

  async count(
    key: string,
    lifetimeSeconds: number,
  ): Promise<{ readonly count: number; readonly remainingSeconds: number }> {
    return this.#answer(() => {
      const held = this.#live(key);
      const count = Number(held?.value ?? 0) + 1;
      const until = held?.until ?? this.#after(lifetimeSeconds);
      this.#hold(key, String(count), until);
      return { count, remainingSeconds: Math.ceil((until - this.clock.monotonic()) / 1000) };
    });
  }

  async uncount(key: string): Promise<void> {
    return this.#answer(() => {
      const held = this.#live(key);
      if (held === undefined) return;
      const count = Number(held.value) - 1;
      if (count > 0) this.#hold(key, String(count), held.until);
      else this.#drop(key);
    });
  }

  /** How many entries are in memory, expired ones that were not looked at yet among them. */
  get size(): number {
    return this.#held.size;
  }

  /** Each verb is synchronous, and therefore atomic; only its answer comes later. */
  #answer<Answer>(verb: () => Answer): Promise<Answer> {
    return new Promise((resolve) => {
      resolve(verb());
    });
  }

  #after(lifetimeSeconds: number): number {
    return this.clock.monotonic() + lifetimeSeconds * 1000;
  }

  #live(key: string): Held | undefined {
    const held = this.#held.get(key);
    if (held === undefined || held.until > this.clock.monotonic()) return held;
    this.#drop(key);
    return undefined;
  }

  #hold(key: string, value: string, until: number): void {
    this.#expire(SWEEP_PER_WRITE);
    this.#drop(key);
    if (!this.#hasRoomFor(key, value)) {
      this.#sweep = undefined;
      this.#expire(this.#held.size);
      if (!this.#hasRoomFor(key, value)) throw new Unavailable('the memory for what may be lost');
    }
    this.#held.set(key, { value, until });
    this.#length += key.length + value.length;
  }

  #hasRoomFor(key: string, value: string): boolean {
    return this.#held.size < this.capacity && this.#length + key.length + value.length <= this.characters;
  }

  #drop(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    this.#held.delete(key);
    this.#length -= key.length + held.value.length;
  }

  #expire(looks: number): void {
    const now = this.clock.monotonic();
    for (let looked = 0; looked < looks; looked += 1) {
      this.#sweep ??= this.#held.entries();
      const next = this.#sweep.next();
      if (next.done === true) {
        this.#sweep = undefined;
        return;
      }
      const [key, { until }] = next.value;
      if (until <= now) this.#drop(key);
    }
  }
}
