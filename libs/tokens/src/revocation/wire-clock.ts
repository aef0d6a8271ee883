/**
 * Owns the carrying forward of the wire's clock between two answers to "what time is it?" (revocation.md V11).
 * Does not own what is done with the time (knowledge).
 */
import type { Clock, EpochMilliseconds } from '../time.js';

/** This process's two clocks at one instant. */
export interface Instant {
  readonly wall: EpochMilliseconds;
  readonly monotonic: number;
}

/** The wire's clock and ours may run apart by this much between two answers before we stop believing either. */
const STEP_MS = 250;

export class WireClock {
  readonly #clock: Clock;
  #anchor: (Instant & { readonly wireNow: EpochMilliseconds; readonly answeredAt: number }) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Takes an answer: `wireNow` was true at some instant not before `askedAt`, so that what is carried forward from there
   * is never behind the truth. @returns false when the answer lies more than 250 ms beside all that it could be by the one
   * before: each was true at some instant between its question and its answer, however far these lie apart.
   */
  set(wireNow: EpochMilliseconds, askedAt: Instant): boolean {
    const before = this.#anchor;
    const latest = this.now();
    this.#anchor = { wireNow, answeredAt: this.#clock.monotonic(), ...askedAt };
    if (before === undefined || latest === undefined) return true;
    const earliest = before.wireNow + askedAt.monotonic - before.answeredAt;
    return wireNow >= earliest - STEP_MS && wireNow <= latest + STEP_MS;
  }

  /**
   * The wire's clock now, never behind it: the host's wall clock can only make it later, and a monotonic clock that
   * stood still while the machine slept is corrected by the wall clock. Undefined before the first answer.
   */
  now(): EpochMilliseconds | undefined {
    return this.#carriedAt({ wall: this.#clock.now(), monotonic: this.#clock.monotonic() });
  }

  /** The present on which all three clocks agree that it has come; undefined before the first answer. */
  earliestNow(): EpochMilliseconds | undefined {
    if (this.#anchor === undefined) return undefined;
    const wall = this.#clock.now();
    return Math.min(wall, this.#anchor.wireNow + this.#clock.monotonic() - this.#anchor.monotonic);
  }

  #carriedAt({ wall, monotonic }: Instant): EpochMilliseconds | undefined {
    if (this.#anchor === undefined) return undefined;
    const elapsed = Math.max(monotonic - this.#anchor.monotonic, wall - this.#anchor.wall, 0);
    return this.#anchor.wireNow + elapsed;
  }
}
