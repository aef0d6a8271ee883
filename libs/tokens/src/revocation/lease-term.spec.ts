import { beforeEach, describe, expect, it } from '@jest/globals';
import { fakeClock, type FakeClock } from '../testing/clock.js';
import {
  acknowledged,
  confirmed,
  isHeld,
  isUnanswered,
  leaseAgeMs,
  newTerm,
  restarted,
  unconfirmed,
  watermarked,
  type LeaseTerm,
} from './lease-term.js';

const LEASE_MS = 5000;
/** A hundredth is kept for clocks that run apart. */
const OWN_MS = 4950;

let clock: FakeClock;
const now = () => ({ wall: clock.now(), monotonic: clock.monotonic() });
const held = (term: LeaseTerm): boolean => isHeld(term, LEASE_MS, now());

/** Written, confirmed at once, acknowledged, and a watermark read behind that. */
const complete = (): LeaseTerm => watermarked(acknowledged(confirmed(newTerm('r'), 'r', now()), 'r'));

beforeEach(() => {
  clock = fakeClock();
});

describe('revocation.md V16 a guard registers before it first admits', () => {
  it('holds nothing that was not confirmed, not acknowledged, or has no watermark behind its acknowledgement', () => {
    expect(held(newTerm('r'))).toBe(false);
    expect(held(confirmed(newTerm('r'), 'r', now()))).toBe(false);
    expect(held(watermarked(acknowledged(newTerm('r'), 'r')))).toBe(false);
    expect(held(acknowledged(confirmed(newTerm('r'), 'r', now()), 'r'))).toBe(false);
    expect(held(complete())).toBe(true);
  });

  it('takes no watermark for one that stands behind the acknowledgement when it was read before', () => {
    expect(held(acknowledged(watermarked(confirmed(newTerm('r'), 'r', now())), 'r'))).toBe(false);
  });

  it('believes no acknowledgement and no confirmation of another registration', () => {
    expect(held(watermarked(acknowledged(confirmed(newTerm('r'), 'r', now()), 'former')))).toBe(false);
    expect(held(confirmed(watermarked(acknowledged(newTerm('r'), 'r')), 'former', now()))).toBe(false);
  });

  it('forgets an acknowledgement without a watermark when the stream is read again, and keeps a complete one', () => {
    expect(held(watermarked(restarted(acknowledged(confirmed(newTerm('r'), 'r', now()), 'r'))))).toBe(false);
    expect(held(restarted(complete()))).toBe(true);
  });

  it('holds nothing of another life of the wire before it is confirmed there, and stays registered', () => {
    const term = unconfirmed(complete());
    expect([held(term), leaseAgeMs(term, now())]).toEqual([false, Number.POSITIVE_INFINITY]);
    expect(held(confirmed(term, 'r', now()))).toBe(true);
  });

  it('takes a late confirmation of the first writing: the acknowledgement may be read before', () => {
    const term = watermarked(acknowledged(newTerm('r'), 'r'));
    expect(held(confirmed(term, 'r', now()))).toBe(true);
  });
});

describe('revocation.md V16 the last confirmed renewal is younger than the lease, counted from before it was sent', () => {
  it('ends by itself, a little before the lease does on the wire', () => {
    const term = complete();
    clock.advance(OWN_MS - 1);
    expect(held(term)).toBe(true);
    clock.advance(1);
    expect(held(term)).toBe(false);
  });

  it('counts a slow confirmation from the instant before it was sent', () => {
    const term = complete();
    clock.advance(4000);
    const sentAt = now();
    clock.advance(900);
    const renewed = confirmed(term, 'r', sentAt);
    expect(leaseAgeMs(renewed, now())).toBe(900);
    clock.advance(OWN_MS - 901);
    expect(held(renewed)).toBe(true);
    clock.advance(1);
    expect(held(renewed)).toBe(false);
  });

  it('holds nothing by a confirmation that arrives when the lease that it confirms is over as well', () => {
    const term = complete();
    const sentAt = now();
    clock.advance(LEASE_MS);
    expect(held(confirmed(term, 'r', sentAt))).toBe(false);
  });

  it('holds again by a confirmation that arrives after the former lease ran out: the wire had not let it go', () => {
    const term = complete();
    clock.advance(OWN_MS - 100);
    const sentAt = now();
    clock.advance(200);
    expect(held(term)).toBe(false);
    expect(held(confirmed(term, 'r', sentAt))).toBe(true);
  });

  it('is over for a machine that slept, whose monotonic clock stood still', () => {
    const term = complete();
    clock.jumpWall(LEASE_MS);
    expect(held(term)).toBe(false);
  });

  it('is not longer because the wall clock was put back', () => {
    const term = complete();
    clock.jumpWall(-3_600_000);
    expect(held(term)).toBe(true);
    clock.advanceMonotonic(OWN_MS);
    expect(held(term)).toBe(false);
  });

  it('holds again when a wall clock was put forward and the next renewal is confirmed', () => {
    const term = complete();
    clock.jumpWall(3_600_000);
    expect(held(term)).toBe(false);
    expect(held(confirmed(term, 'r', now()))).toBe(true);
  });
});

describe('revocation.md V16 an acknowledgement that does not come', () => {
  it('is missed only after it could have come, counted from the first writing', () => {
    expect(isUnanswered(newTerm('r'), 0, now())).toBe(false);
    const term = confirmed(newTerm('r'), 'r', now());
    clock.advance(999);
    const renewed = confirmed(term, 'r', now());
    expect(isUnanswered(renewed, 1000, now())).toBe(false);
    clock.advance(1);
    expect(isUnanswered(renewed, 1000, now())).toBe(true);
    expect(isUnanswered(acknowledged(renewed, 'r'), 1000, now())).toBe(false);
  });
});
