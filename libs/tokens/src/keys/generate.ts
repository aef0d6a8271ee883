/**
 * Owns the making of a new signing key, its private half sealed before it leaves.
 * Does not own when one is made (key-ring, rotation) nor where it is kept (key-store).
 */
import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { SigningAlgorithm } from '../jws/algorithms.js';
import { MIN_RSA_BITS } from '../jws/signature.js';
import type { EpochMilliseconds } from '../time.js';
import { publicJwk } from './jwk.js';
import type { KeyEncryption } from './key-encryption.js';
import type { KeyState, StoredKey } from './key-store.js';

export type AsymmetricAlgorithm = Exclude<SigningAlgorithm, 'HS256'>;

const generate = promisify(generateKeyPair);

const newPrivateKey = async (algorithm: AsymmetricAlgorithm): Promise<KeyObject> => {
  switch (algorithm) {
    case 'ES256':
      return (await generate('ec', { namedCurve: 'P-256' })).privateKey;
    case 'EdDSA':
      return (await generate('ed25519')).privateKey;
    case 'RS256':
    case 'PS256':
      return (await generate('rsa', { modulusLength: MIN_RSA_BITS })).privateKey;
  }
};

const additionalDataOf = (kid: string, algorithm: SigningAlgorithm): string => `signing-key:${kid}:${algorithm}`;

/** The `kid` is the thumbprint of the public half (RFC 7638); kid and algorithm bind the sealed private half. */
export const generateStoredKey = async (
  algorithm: AsymmetricAlgorithm,
  encryption: KeyEncryption,
  now: EpochMilliseconds,
  state: Extract<KeyState, 'announced' | 'active'> = 'active',
): Promise<StoredKey> => {
  const key = await newPrivateKey(algorithm);
  const jwk = publicJwk(key, algorithm);
  return {
    kid: jwk.kid,
    algorithm,
    state,
    publicJwk: jwk,
    sealedPrivateKey: encryption.seal(
      key.export({ type: 'pkcs8', format: 'der' }),
      additionalDataOf(jwk.kid, algorithm),
    ),
    announcedAt: now,
    activeAt: state === 'active' ? now : null,
    retiredAt: null,
  };
};

/** @throws KeyEncryptionError when it was sealed with another key, or moved from another row. */
export const openPrivateKey = (stored: StoredKey, encryption: KeyEncryption): KeyObject =>
  createPrivateKey({
    key: encryption.open(stored.sealedPrivateKey, additionalDataOf(stored.kid, stored.algorithm)),
    format: 'der',
    type: 'pkcs8',
  });
