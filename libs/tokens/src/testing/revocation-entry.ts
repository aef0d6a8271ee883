/** Owns builders of what travels over the wire, for specs. */
import { randomUUID } from 'node:crypto';
import type { RevocationEntry } from '../revocation/entry.js';
import type { NewWatermark } from '../revocation/feed.js';
import type { LeaseReport } from '../revocation/lease.js';
import { type EpochMilliseconds, toSeconds } from '../time.js';

export const revocationEntry = (overrides: Partial<RevocationEntry> = {}): RevocationEntry => ({
  id: randomUUID(),
  kind: 'token',
  value: randomUUID(),
  expiresAt: toSeconds(Date.now()) + 300,
  ...overrides,
});

/** A watermark of an issuer whose tokens never lived longer than five minutes. */
export const watermarkAt = (at: EpochMilliseconds): NewWatermark => ({ at, longestLifetimeSeconds: 300 });

export const leaseReport = (overrides: Partial<LeaseReport> = {}): LeaseReport => ({
  guardId: randomUUID(),
  registration: randomUUID(),
  service: 'http://localhost:4002',
  onStale: 'refuse',
  leaseMs: 5000,
  epoch: 1,
  position: '1-0',
  ageMs: 10,
  fenced: false,
  entries: 0,
  ended: false,
  ...overrides,
});
