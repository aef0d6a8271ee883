/** Owns keys in memory for specs: a signer, and the verifier's view of it. */
import { createPublicKey, createSecretKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import type { SigningAlgorithm } from '../jws/algorithms.js';
import { publicJwk, type JwkSet } from '../keys/jwk.js';
import { LocalSigner } from '../keys/local-signer.js';
import type { VerificationKey, VerificationKeys } from '../keys/verification-keys.js';

export interface TestKeys extends VerificationKeys {
  readonly kid: string;
  readonly signer: LocalSigner;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwks: JwkSet;
}

const generate = (algorithm: Exclude<SigningAlgorithm, 'HS256'>): KeyObject => {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519').privateKey;
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
};

export const testKeys = (algorithm: Exclude<SigningAlgorithm, 'HS256'> = 'ES256'): TestKeys => {
  const privateKey = generate(algorithm);
  const publicKey = createPublicKey(privateKey);
  const jwk = publicJwk(publicKey, algorithm);
  const key: VerificationKey = { kid: jwk.kid, algorithm, key: publicKey };
  return {
    kid: jwk.kid,
    signer: new LocalSigner(jwk.kid, algorithm, privateKey),
    privateKey,
    publicKey,
    jwks: { keys: [jwk] },
    loaded: true,
    outdated: false,
    find: (kid) => (kid === jwk.kid ? key : undefined),
    refresh: () => Promise.resolve(),
    changed: () => Promise.resolve(),
  };
};

/** A secret that an API shares with the issuer (HS256), and the issuer's signer by it; under a kid if one is given. */
export const testSecret = (kid: string = randomBytes(16).toString('hex'), secret: Buffer = randomBytes(32)) => ({
  ...{ kid, secret },
  signer: new LocalSigner(kid, 'HS256', createSecretKey(secret)),
});
