/**
 * Owns the making of a new key of any ring, whatever is secret in it sealed before it leaves, and the opening of a sealed
 * one. Does not own when one is made (rotation-schedule) nor where it is kept (key-store).
 */
import {
  createPrivateKey,
  createSecretKey,
  generateKeyPair,
  randomBytes,
  randomInt,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { SigningAlgorithm } from '../jws/algorithms.js';
import { MIN_RSA_BITS } from '../jws/signature.js';
import type { EpochMilliseconds } from '../time.js';
import { publicJwk } from './jwk.js';
import type { KeyEncryption } from './key-encryption.js';
import type { StoredKey } from './key-store.js';
import { isSymmetric, type Ring, type RingAlgorithm } from './ring.js';

export type AsymmetricAlgorithm = Exclude<SigningAlgorithm, 'HS256'>;

/** RFC 7518 §3.2: as long as the hash output of HMAC-SHA-256. */
const SECRET_BYTES = 32;
const KID_BYTES = 16;
/** Written into each refresh token in two octets. */
const REFRESH_KEY_IDS = 65_536;
const REFRESH_KID = /^refresh-(0|[1-9][0-9]{0,4})$/;

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

/** By it a sealed key opens in its own row alone: another kid, algorithm or API does not fit. */
export const additionalDataOf = ({ kid, ring }: Pick<StoredKey, 'kid' | 'ring'>): string =>
  ['key', kid, ring.algorithm, ...(ring.audience === undefined ? [] : [ring.audience])].join(':');

export const refreshKid = (id: number): string => `refresh-${id}`;

/** Undefined for the kid of any other ring. */
export const refreshKeyId = (kid: string): number | undefined => {
  const id = Number(REFRESH_KID.exec(kid)?.[1] ?? Number.NaN);
  return id < REFRESH_KEY_IDS ? id : undefined;
};

/** What is costly to make of a key, and does not depend on when it is used. Never to be stored or logged as it is. */
export interface KeyMaterial {
  readonly kid: string;
  readonly publicJwk: JsonWebKey | undefined;
  readonly secret: Buffer;
}

export const newMaterial = async (algorithm: RingAlgorithm): Promise<KeyMaterial> => {
  if (algorithm === 'refresh') {
    return { kid: refreshKid(randomInt(REFRESH_KEY_IDS)), publicJwk: undefined, secret: randomBytes(SECRET_BYTES) };
  }
  // A thumbprint of the secret would be a test of guesses.
  if (algorithm === 'HS256') {
    const kid = randomBytes(KID_BYTES).toString('base64url');
    return { kid, publicJwk: undefined, secret: randomBytes(SECRET_BYTES) };
  }
  const key = await newPrivateKey(algorithm);
  const jwk = publicJwk(key, algorithm);
  return { kid: jwk.kid, publicJwk: jwk, secret: key.export({ type: 'pkcs8', format: 'der' }) };
};

/** When it is planned to sign, if anything is planned; of one that is active at once it is now. */
export interface KeyPlan {
  readonly as: 'announced' | 'active';
  readonly activeFrom: EpochMilliseconds | null;
}

export const sealNewKey = (
  ring: Ring,
  { kid, publicJwk: jwk, secret }: KeyMaterial,
  encryption: KeyEncryption,
  now: EpochMilliseconds,
  { as, activeFrom }: KeyPlan,
): StoredKey => ({
  ...{ kid, ring, state: as, publicJwk: jwk },
  sealedKey: encryption.seal(secret, additionalDataOf({ kid, ring })),
  announcedAt: now,
  activeFrom: as === 'active' ? now : activeFrom,
  activeAt: as === 'active' ? now : null,
  ...{ retiredAt: null, droppedAt: null, killedBy: null },
});

/**
 * The private or the secret key. @throws KeyEncryptionError when it was sealed with another key, or moved from another row;
 * TypeError when nothing is sealed in it any more.
 */
export const openKey = (stored: StoredKey, encryption: KeyEncryption): KeyObject => {
  if (stored.sealedKey === undefined) throw new TypeError(`The key ${stored.kid} does not sign any more.`);
  const key = encryption.open(stored.sealedKey, additionalDataOf(stored));
  return isSymmetric(stored.ring) ? createSecretKey(key) : createPrivateKey({ key, format: 'der', type: 'pkcs8' });
};
