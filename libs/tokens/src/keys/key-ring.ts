/**
 * Owns the issuer's keys in memory: who signs now, what verifies, what the JWKS shows. Makes the first key of each
 * algorithm. Does not own rotation, the store, nor the sealing.
 */
import type { SigningAlgorithm } from '../jws/algorithms.js';
import type { Clock } from '../time.js';
import { generateStoredKey, openPrivateKey, type AsymmetricAlgorithm } from './generate.js';
import { verificationKeyOf, type JwkSet, type PublicJwk } from './jwk.js';
import type { KeyEncryption } from './key-encryption.js';
import type { KeyStore, StoredKey } from './key-store.js';
import { LocalSigner } from './local-signer.js';
import type { Signer, SignerSource } from './signer.js';
import type { VerificationKey, VerificationKeys } from './verification-keys.js';

export interface KeyRingOptions {
  readonly store: KeyStore;
  readonly encryption: KeyEncryption;
  readonly clock: Clock;
  readonly algorithms: readonly AsymmetricAlgorithm[];
  /** An unknown kid makes us read the store again, but not more often than this. */
  readonly refreshCooldownMs?: number;
}

interface Held {
  readonly signers: ReadonlyMap<SigningAlgorithm, Signer>;
  readonly keys: ReadonlyMap<string, VerificationKey>;
  readonly jwks: JwkSet;
}

export class KeyRing implements SignerSource, VerificationKeys {
  readonly loaded = true;
  readonly #options: KeyRingOptions;
  #held: Held = { signers: new Map(), keys: new Map(), jwks: { keys: [] } };
  #signersByKid = new Map<string, Signer>();
  #lastRefresh: number | undefined;
  #refreshing: Promise<void> | undefined;

  private constructor(options: KeyRingOptions) {
    this.#options = options;
  }

  /**
   * Loads every key, after making the first one of each algorithm that has none. Ten instances at once make one.
   * @throws KeyEncryptionError when the stored keys were sealed with another key; whatever the store throws.
   */
  static async open(options: KeyRingOptions): Promise<KeyRing> {
    const ring = new KeyRing(options);
    const present = new Set(
      (await options.store.load()).filter((key) => key.state === 'active').map((k) => k.algorithm),
    );
    for (const algorithm of options.algorithms) {
      if (present.has(algorithm)) continue;
      // Whoever loses finds the winner's key in the load below.
      await options.store.insertFirst(await generateStoredKey(algorithm, options.encryption, options.clock.now()));
    }
    await ring.reload();
    return ring;
  }

  signerFor(algorithm: SigningAlgorithm): Signer {
    const signer = this.#held.signers.get(algorithm);
    if (signer === undefined) throw new Error(`No signing key for ${algorithm} is active.`);
    return signer;
  }

  find(kid: string): VerificationKey | undefined {
    return this.#held.keys.get(kid);
  }

  /** Announced, active and retired keys, public members only. */
  jwks(): JwkSet {
    return this.#held.jwks;
  }

  /** Reads the store again. Rejects, and keeps what it holds, when the store or a key cannot be read. */
  async reload(): Promise<void> {
    const stored = await this.#options.store.load();
    this.#held = this.#hold(stored.filter((key) => key.state !== 'dropped'));
  }

  async refresh(): Promise<void> {
    if (this.#refreshing !== undefined) return this.#refreshing;
    const now = this.#options.clock.monotonic();
    if (this.#lastRefresh !== undefined && now - this.#lastRefresh < (this.#options.refreshCooldownMs ?? 1000)) return;
    this.#lastRefresh = now;
    this.#refreshing = this.reload()
      .catch(() => undefined)
      .finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  #hold(stored: readonly StoredKey[]): Held {
    const signers = new Map<SigningAlgorithm, Signer>();
    const keys = new Map<string, VerificationKey>();
    const opened = new Map<string, Signer>();
    const jwks: PublicJwk[] = [];
    for (const key of stored) {
      const jwk: PublicJwk = { ...key.publicJwk, use: 'sig', alg: key.algorithm, kid: key.kid };
      const verifier = verificationKeyOf(jwk);
      if (verifier === undefined) throw new Error(`The stored public key ${key.kid} cannot verify ${key.algorithm}.`);
      keys.set(key.kid, verifier);
      jwks.push(jwk);
      if (key.state !== 'active') continue;
      const signer =
        this.#signersByKid.get(key.kid) ??
        new LocalSigner(key.kid, key.algorithm, openPrivateKey(key, this.#options.encryption));
      opened.set(key.kid, signer);
      signers.set(key.algorithm, signer);
    }
    this.#signersByKid = opened;
    return { signers, keys, jwks: { keys: jwks } };
  }
}
