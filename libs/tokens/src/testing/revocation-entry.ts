/** Owns a builder of revocation entries for specs. */
import { randomUUID } from 'node:crypto';
import type { RevocationEntry } from '../revocation/entry.js';
import { toSeconds } from '../time.js';

export const revocationEntry = (overrides: Partial<RevocationEntry> = {}): RevocationEntry => ({
  id: randomUUID(),
  kind: 'token',
  value: randomUUID(),
  expiresAt: toSeconds(Date.now()) + 300,
  ...overrides,
});
