/** Owns the making of one stored key for specs, as key-commits makes them. */
import { newMaterial, sealNewKey } from '../keys/generate.js';
import type { KeyEncryption } from '../keys/key-encryption.js';
import type { StoredKey } from '../keys/key-store.js';
import type { Ring } from '../keys/ring.js';
import type { EpochMilliseconds } from '../time.js';

export const generateKey = async (
  ring: Ring,
  encryption: KeyEncryption,
  now: EpochMilliseconds,
  as: 'announced' | 'active' = 'active',
  activeFrom: EpochMilliseconds | null = null,
): Promise<StoredKey> => sealNewKey(ring, await newMaterial(ring.algorithm), encryption, now, { as, activeFrom });
