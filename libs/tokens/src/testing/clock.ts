/** Owns a clock that specs move by hand, its wall and its monotonic hand apart, and the real one. */
import type { Clock, EpochMilliseconds } from '../time.js';

export interface FakeClock extends Clock {
  /** Both hands go on. */
  advance(milliseconds: number): void;
  /** The wall clock alone moves, forward or back. */
  jumpWall(milliseconds: number): void;
  /** The monotonic clock alone goes on. */
  advanceMonotonic(milliseconds: number): void;
}

/** Starts at a whole second of today, so that other builders agree with it. */
export const fakeClock = (start: EpochMilliseconds = Math.floor(Date.now() / 1000) * 1000): FakeClock => {
  let wall = start;
  let monotonic = 5000;
  return {
    now: () => wall,
    monotonic: () => monotonic,
    advance: (milliseconds) => {
      wall += milliseconds;
      monotonic += milliseconds;
    },
    jumpWall: (milliseconds) => {
      wall += milliseconds;
    },
    advanceMonotonic: (milliseconds) => {
      monotonic += milliseconds;
    },
  };
};

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
