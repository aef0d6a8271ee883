/**
 * Owns the names of the units of time. Does not own a clock: JWT counts seconds, JavaScript and Redis milliseconds, and
 * whoever needs the present is given it.
 */

/** Seconds since 1970-01-01T00:00:00Z, whole: the NumericDate of RFC 7519 §2. */
export type EpochSeconds = number;

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMilliseconds = number;

/** The present, passed into every room that must not read the clock of the machine. */
export interface Clock {
  /** The wall clock in milliseconds. May jump. */
  now(): EpochMilliseconds;
  /** A clock that never goes back, in milliseconds from an arbitrary start. Says nothing of the date. */
  monotonic(): number;
}

export const toSeconds = (milliseconds: EpochMilliseconds): EpochSeconds => Math.floor(milliseconds / 1000);
