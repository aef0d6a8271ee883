/**
 * Owns the pairwise identifier algorithm (OpenID Connect Core §8.1). Does not own the salt: whoever composes reads it from
 * where it is kept, and it never changes, or every client would meet strangers.
 */
import { createHmac } from 'node:crypto';
import type { PairwiseSubjects } from './ports/pairwise-subjects.js';

/** As long as the output of the hash: a shorter key would be weaker than it (RFC 2104 §3). */
export const PAIRWISE_SALT_BYTES = 32;

/**
 * §8.1: "The Subject Identifier value MUST NOT be reversible by any party other than the OpenID Provider", "Distinct Sector
 * Identifier values MUST result in distinct Subject Identifier values" and "The algorithm MUST be deterministic". Each is what
 * HMAC-SHA-256 gives under a key that nobody else has. The octet between host and UUID is in neither, so no two pairs are one text.
 *
 * 43 characters of base64url: never the form of a UUID, nor that of a client_id (revocation.md V3).
 * @throws RangeError for a salt of another length
 */
export function createPairwiseSubjects(salt: Buffer): PairwiseSubjects {
  if (salt.length !== PAIRWISE_SALT_BYTES)
    throw new RangeError(`the pairwise salt must be ${PAIRWISE_SALT_BYTES} bytes`);
  return {
    subFor: (sector, sub) => createHmac('sha256', salt).update(sector).update('\0').update(sub).digest('base64url'),
  };
}
