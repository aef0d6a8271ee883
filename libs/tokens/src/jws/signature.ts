/**
 * Owns signing and verifying with one row of the table of algorithms and one key that fits it.
 * Does not own the choice of the row: the key says which it is for, never the token (RFC 8725 §3.1).
 */
import { createHmac, sign, timingSafeEqual, verify, type KeyObject } from 'node:crypto';
import { ALGORITHMS, type SigningAlgorithm } from './algorithms.js';

/** RFC 7518 §3.3: "A key of size 2048 bits or larger MUST be used with these algorithms." */
export const MIN_RSA_BITS = 2048;
/** RFC 7518 §3.2: "A key of the same size as the hash output […] or larger MUST be used with this algorithm." */
const MIN_SECRET_BYTES = 32;
const ES256_SIGNATURE_BYTES = 64;

/** Whether this key, public, private or secret, may be used with this algorithm at all. */
export const keyFits = (algorithm: SigningAlgorithm, key: KeyObject): boolean => {
  const { keyType } = ALGORITHMS[algorithm];
  if (keyType === 'secret') return key.type === 'secret' && (key.symmetricKeySize ?? 0) >= MIN_SECRET_BYTES;
  if (key.type === 'secret' || key.asymmetricKeyType !== keyType) return false;
  if (keyType === 'rsa') {
    // RFC 8017 §3.1: "e […] an integer between 3 and n - 1"; with 1 the message is its own signature. An even one has no inverse.
    const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
    return modulusLength >= MIN_RSA_BITS && publicExponent >= 3n && publicExponent % 2n === 1n;
  }
  // RFC 7518 §3.1: ES256 is "ECDSA using P-256 and SHA-256": the curve belongs to the algorithm.
  return keyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
};

const mac = (key: KeyObject, signingInput: string): Buffer => createHmac('sha256', key).update(signingInput).digest();

/** @throws Error when the key does not fit the algorithm. */
export const signInput = (algorithm: SigningAlgorithm, key: KeyObject, signingInput: string): Buffer => {
  if (!keyFits(algorithm, key)) throw new Error(`This key cannot sign with ${algorithm}.`);
  const row = ALGORITHMS[algorithm];
  if (row.keyType === 'secret') return mac(key, signingInput);
  return sign(row.digest, Buffer.from(signingInput, 'ascii'), { key, ...row.options });
};

/** False for a wrong signature and for a key that does not fit; never throws. */
export const verifyInput = (
  algorithm: SigningAlgorithm,
  key: KeyObject,
  signingInput: string,
  signature: Buffer,
): boolean => {
  if (!keyFits(algorithm, key)) return false;
  const row = ALGORITHMS[algorithm];
  if (row.keyType === 'secret') {
    const expected = mac(key, signingInput);
    return signature.length === expected.length && timingSafeEqual(signature, expected);
  }
  // RFC 7518 §3.4: "If it is not a 64-octet sequence, the validation has failed."
  if (algorithm === 'ES256' && signature.length !== ES256_SIGNATURE_BYTES) return false;
  try {
    return verify(row.digest, Buffer.from(signingInput, 'ascii'), { key, ...row.options }, signature);
  } catch {
    return false;
  }
};
