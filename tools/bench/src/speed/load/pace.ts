/** Owns when each request of a paced load falls due, and how late the generator looked. Does not own the sending (gun). */

export const TICK_MS = 1;

export interface PaceOptions {
  readonly ratePerSecond: number;
  /** Milliseconds of one clock. */
  readonly began: number;
  /** Nothing falls due after it. */
  readonly deadline: number;
}

/** Each millisecond so many fall due, all at its end: by the clock, and not by when the generator looks. */
export class Pace {
  /** Milliseconds, of each that has fallen due: what of its time is the generator's and not the server's, at the least. */
  readonly late: number[] = [];
  #ticks = 0;
  #told = 0;

  constructor(private readonly options: PaceOptions) {}

  /** When each has fallen due of those that did so since the last question. */
  since(now: number): readonly number[] {
    const { ratePerSecond, began, deadline } = this.options;
    const due: number[] = [];
    for (let at = this.#next(began); at <= Math.min(now, deadline); at = this.#next(began)) {
      this.#ticks += 1;
      const all = Math.floor((this.#ticks * TICK_MS * ratePerSecond) / 1000);
      for (; this.#told < all; this.#told += 1) {
        due.push(at);
        this.late.push(now - at);
      }
    }
    return due;
  }

  #next(began: number): number {
    return began + (this.#ticks + 1) * TICK_MS;
  }
}
