/**
 * Owns what must be true before the first token of an API is signed in a new way: a key that is in the JWK Set, and guards
 * that know how long such a token may live. Does not own the API, nor a secret that it shares.
 */
import type { Api } from '@latchkey/protocol';
import type { SigningAlgorithm } from '@latchkey/tokens';

export interface PreparationParts {
  /** Makes the first key of this algorithm, unless there is one. */
  readonly ensureRing: (algorithm: SigningAlgorithm) => Promise<void>;
  /**
   * Before any token is valid for so long: what is revoked is kept for it, keys verify for it, and guards hear of it
   * (revocation.md V2). Rejects when it cannot be written.
   */
  readonly raiseLongestLifetime: (seconds: number) => Promise<void>;
}

/** Harmless if the API never comes to be so. @throws Unavailable */
export async function prepareFor(
  { accessTokenLifetimeSeconds: lifetime, accessTokenSigningAlg: algorithm }: Api,
  { ensureRing, raiseLongestLifetime }: PreparationParts,
): Promise<void> {
  if (lifetime !== undefined) await raiseLongestLifetime(lifetime);
  if (algorithm !== 'HS256') await ensureRing(algorithm);
}
