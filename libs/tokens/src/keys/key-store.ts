/**
 * Owns the port of the store of signing keys. Does not own encryption (key-encryption) nor the schedule.
 */
import type { JsonWebKey } from 'node:crypto';
import type { SigningAlgorithm } from '../jws/algorithms.js';
import type { EpochMilliseconds } from '../time.js';

export type KeyState = 'announced' | 'active' | 'retired' | 'dropped';

/** One signing key as it is stored: the public half in the clear, the private half sealed. */
export interface StoredKey {
  /** RFC 7638 thumbprint of the public key (of a random value for HS256). */
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly state: KeyState;
  readonly publicJwk: JsonWebKey;
  /** PKCS #8 sealed with AES-256-GCM; `kid` and algorithm are its additional data. */
  readonly sealedPrivateKey: string;
  readonly announcedAt: EpochMilliseconds;
  readonly activeAt: EpochMilliseconds | null;
  readonly retiredAt: EpochMilliseconds | null;
}

export interface KeyStore {
  /** Every key that is not dropped. */
  load(): Promise<readonly StoredKey[]>;
  /** Makes this key the active one of its algorithm unless there is one already; one of many callers wins. */
  insertFirst(key: StoredKey): Promise<'inserted' | 'exists'>;
}
