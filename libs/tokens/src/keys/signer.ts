/**
 * Owns the port of signing: it takes the JWS signing input (EdDSA has no digest to hand over) and may answer at once or
 * later. Does not own keys: the local signer holds one in memory, a KMS would not.
 */
import type { SigningAlgorithm } from '../jws/algorithms.js';

/** One key under one name: another kid or algorithm is another signer. */
export interface Signer {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  /** The signature over the JWS signing input of RFC 7515 §5.1, in the form of RFC 7518 §3. Rejects or throws when it cannot sign: an outage (503). */
  sign(signingInput: string): Buffer | Promise<Buffer>;
}

/** Answers with the signer to use now. */
export interface SignerSource {
  /**
   * At once, in memory; later when nobody has asked for this algorithm before, or when what is held is too old to sign by.
   * @param audience for HS256, and for it alone: the API that shares the secret
   * Throws or rejects when there is no key to sign with, or the store of keys does not answer: that is an outage (503).
   */
  signerFor(algorithm: SigningAlgorithm, audience?: string): Signer | Promise<Signer>;
}
