/**
 * Owns which of a client's public keys an assertion names, and whether it verifies. Does not own where the keys are read
 * (ports/client-key-sets).
 */
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { type VerificationKey, verificationKeyOf, verifyInput } from '@latchkey/tokens';
import type { PublicKeyAlgorithm } from '../ports/client.js';
import type { ClientAssertion } from './client-assertion.js';

/**
 * The one key that is meant. RFC 7515 §4.1.4: `kid` is "a hint indicating which key was used"; OpenID Connect Core §10.1: with several keys
 * "a kid value MUST be provided". Undefined when none is meant, or without a `kid` more than one may be. A key that says an `alg` is for
 * that alone, whatever the assertion says (RFC 8725 §3.1).
 */
export function meantKey(
  jwks: readonly unknown[],
  { algorithm, keyId }: Pick<ClientAssertion, 'algorithm' | 'keyId'>,
): VerificationKey | undefined {
  const named = jwks.filter(isRecord).filter(({ kid }) => keyId === undefined || kid === keyId);
  const fitting = named.flatMap((jwk) => keyFor(jwk, algorithm) ?? []);
  return fitting.length === 1 ? fitting[0] : undefined;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Neither `alg` nor `kid` must stand in a JWK (RFC 7517 §4). */
const keyFor = (jwk: Readonly<Record<string, unknown>>, algorithm: PublicKeyAlgorithm): VerificationKey | undefined => {
  const { alg = algorithm, kid = 'unnamed' } = jwk;
  return alg === algorithm ? verificationKeyOf({ ...jwk, alg, kid }) : undefined;
};

/** RFC 7515 §5.2. */
export const isSignedBy = ({ algorithm, key }: VerificationKey, { jws }: ClientAssertion): boolean =>
  verifyInput(algorithm, key, jws.signingInput, jws.signature);

/** Costs what a verification costs: for whoever has no key, so that the time does not tell that. */
export function verifyInVain({ algorithm, jws }: ClientAssertion): void {
  verifyInput(algorithm, decoyFor(algorithm), jws.signingInput, jws.signature);
}

const decoys = new Map<string, KeyObject>();

function decoyFor(algorithm: PublicKeyAlgorithm): KeyObject {
  const known = decoys.get(algorithm);
  if (known !== undefined) return known;
  const made = DECOYS[algorithm]();
  decoys.set(algorithm, made);
  return made;
}

/** Of no private key: a product of primes is costly to find, and any odd number of its length costs as much to verify with. */
const anyModulus = (): KeyObject => {
  const octets = randomBytes(256);
  octets[0] = 0xff;
  octets[255] = 0xff;
  return createPublicKey({ key: { kty: 'RSA', n: octets.toString('base64url'), e: 'AQAB' }, format: 'jwk' });
};

const DECOYS: Readonly<Record<PublicKeyAlgorithm, () => KeyObject>> = {
  RS256: anyModulus,
  PS256: anyModulus,
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey,
  EdDSA: () => generateKeyPairSync('ed25519').publicKey,
};
