import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LeaseReport } from './lease.js';
import { decodeLease, encodeLease } from './lease-format.js';

const lease: LeaseReport = {
  guardId: randomUUID(),
  registration: randomUUID(),
  service: 'http://localhost:4002',
  onStale: 'refuse',
  leaseMs: 5000,
  epoch: 3,
  position: '1700000000000-4',
  ageMs: 12,
  fenced: false,
  entries: 7,
  ended: false,
};

const changed = (change: Readonly<Record<string, unknown>>): string => {
  const fields: unknown = JSON.parse(encodeLease(lease));
  return JSON.stringify({ ...Object(fields), ...change });
};

describe('revocation.md V9, V16 the form of a lease', () => {
  it.each([
    { guard_id: undefined },
    { guard_id: 'me' },
    { guard_id: lease.guardId.toUpperCase() },
    { registration: 1 },
    { service: 7 },
    { service: 'x'.repeat(201) },
    { service: 'a\u0000b' },
    { on_stale: 'perhaps' },
    { lease_ms: 0 },
    { lease_ms: -1 },
    { lease_ms: '5000' },
    { lease_ms: 3_600_001 },
    { lease_ms: 1e12 },
    { epoch: 'one' },
    { position: '7' },
    { position: '1-1; DROP' },
  ])('whatever is not a lease of this version is none: %j', (change) => {
    expect(decodeLease(changed(change))).toBeUndefined();
  });

  it.each(['', 'null', '[]', '7', '{', 'x'.repeat(10_000)])('no text breaks it: %s', (text) => {
    expect(decodeLease(text)).toBeUndefined();
  });

  it('gives back what was written, and ignores a member that it does not know', () => {
    expect(decodeLease(encodeLease(lease))).toEqual(lease);
    expect(decodeLease(encodeLease({ ...lease, epoch: undefined, ageMs: undefined }))).toEqual({
      ...lease,
      epoch: undefined,
      ageMs: undefined,
    });
    expect(decodeLease(changed({ colour: 'red' }))).toEqual(lease);
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.nat(), fc.boolean(), (service, entries, ended) => {
        const one = { ...lease, service: service.replaceAll('\u0000', ''), entries, ended };
        expect(decodeLease(encodeLease(one))).toEqual(one);
      }),
    );
  });
});
