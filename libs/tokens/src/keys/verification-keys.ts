/**
 * Owns the port through which a verifier finds a public key. Does not own where keys come from: remote-keys fetches a
 * JWKS, the key ring of the issuer has its own in memory.
 */
import type { KeyObject } from 'node:crypto';
import type { SigningAlgorithm } from '../jws/algorithms.js';

export interface VerificationKey {
  readonly kid: string;
  /** RFC 8725 §3.1: each key is used with exactly one algorithm, and the key says which, never the token. */
  readonly algorithm: SigningAlgorithm;
  readonly key: KeyObject;
  /** A symmetric key verifies only tokens whose `aud` is exactly this API; absent for public keys. */
  readonly soleAudience?: string;
}

export interface VerificationKeys {
  /** False until a first complete set was loaded: then nobody can tell whether a token is genuine. */
  readonly loaded: boolean;
  /** True while newer keys are known to exist and are not here yet: then nobody can tell an unknown key from no key. */
  readonly outdated: boolean;
  /** In memory, synchronous, no I/O. */
  find(kid: string): VerificationKey | undefined;
  /**
   * Asks the source again for a key that is unknown, at most once in a while, whatever the load; meanwhile resolves
   * without I/O. Never rejects.
   */
  refresh(): Promise<void>;
  /**
   * The feed said that the keys have changed. Gets them, however often it takes.
   * @param revision of the set of keys that is meant; undefined: whichever stands now. Never rejects.
   */
  changed(revision?: number): Promise<void>;
}
