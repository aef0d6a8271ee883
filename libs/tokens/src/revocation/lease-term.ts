/**
 * Owns the rules by which a guard's registration is acknowledged and its lease held (revocation.md V16): pure, over plain
 * data and instants of this process. Does not own when a lease is written or what it says (membership).
 */
import type { Instant } from './wire-clock.js';

/** One registration, from the moment that it is drawn. */
export interface LeaseTerm {
  readonly registration: string;
  /** Just before the first writing of it that the wire confirmed was sent. */
  readonly writtenAt: Instant | undefined;
  /** Just before the last one was sent. */
  readonly confirmedAt: Instant | undefined;
  /**
   * `read`: its acknowledgement was read in the stream. `complete`: a watermark was read behind that. What was published
   * before the acknowledgement may have been appended again and trimmed in its first place, but never without a watermark
   * behind the second: so from `complete` on all of it has been applied.
   */
  readonly acknowledged: 'no' | 'read' | 'complete';
}

/**
 * Clocks of two machines run apart by less than this share. The wire begins to count a lease after the guard does; so the
 * guard's count also ends first.
 */
const DRIFT_SHARE = 0.01;

export const newTerm = (registration: string): LeaseTerm => ({
  ...{ registration, writtenAt: undefined, confirmedAt: undefined, acknowledged: 'no' },
});

/** The wire has confirmed what was sent at `sentAt`, however late it says so. Of another registration it says nothing. */
export const confirmed = (term: LeaseTerm, registration: string, sentAt: Instant): LeaseTerm =>
  registration === term.registration ? { ...term, writtenAt: term.writtenAt ?? sentAt, confirmedAt: sentAt } : term;

/** An acknowledgement was read in a stream that is being read from its start. */
export const acknowledged = (term: LeaseTerm, registration: string): LeaseTerm =>
  registration === term.registration && term.acknowledged === 'no' ? { ...term, acknowledged: 'read' } : term;

/** A watermark was read in that same stream. */
export const watermarked = (term: LeaseTerm): LeaseTerm =>
  term.acknowledged === 'read' ? { ...term, acknowledged: 'complete' } : term;

/** The stream is read again from its start, or is another one: an acknowledgement without a watermark behind it is void. */
export const restarted = (term: LeaseTerm): LeaseTerm =>
  term.acknowledged === 'read' ? { ...term, acknowledged: 'no' } : term;

/**
 * Another life of the wire began: it may know of no lease that the one before has confirmed, and to whoever waits there the guard
 * then counts as fenced. So it is, until the lease is confirmed in this life.
 */
export const unconfirmed = (term: LeaseTerm): LeaseTerm => ({ ...term, confirmedAt: undefined });

/**
 * revocation.md V16: "It admits only while its last *confirmed* renewal, counted on its own clock from just before it was
 * sent, is younger than the lease."
 */
export const isHeld = (term: LeaseTerm, leaseMs: number, now: Instant): boolean =>
  term.acknowledged === 'complete' && leaseAgeMs(term, now) < leaseMs * (1 - DRIFT_SHARE);

/** Milliseconds since just before the last confirmed writing was sent; infinite before the first. */
export const leaseAgeMs = (term: LeaseTerm, now: Instant): number =>
  term.confirmedAt === undefined ? Number.POSITIVE_INFINITY : elapsedMs(term.confirmedAt, now);

/** It was written long enough ago to have been acknowledged: the acknowledgement is lost, or was trimmed. */
export const isUnanswered = (term: LeaseTerm, patienceMs: number, now: Instant): boolean =>
  term.acknowledged === 'no' && term.writtenAt !== undefined && elapsedMs(term.writtenAt, now) >= patienceMs;

/** A machine that slept is told by its wall clock, one whose wall clock was put back by the other: the longer counts. */
const elapsedMs = (from: Instant, to: Instant): number =>
  Math.max(to.monotonic - from.monotonic, to.wall - from.wall, 0);
