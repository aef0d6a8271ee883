/**
 * Owns the issuer's keys in memory: who signs now, what verifies, what the JWKS shows; and how it keeps up with what other
 * instances do. Does not own what becomes of keys (key-rotation), nor the timer that lets it watch.
 */
import type { SigningAlgorithm } from '../jws/algorithms.js';
import { Coalesced } from '../revocation/coalesced.js';
import type { Clock } from '../time.js';
import { hold, HOLDS_NOTHING, UnopenedKey, type HeldKeys, type RefreshKey } from './held-keys.js';
import type { JwkSet } from './jwk.js';
import type { KeyEncryption } from './key-encryption.js';
import type { KeyRotation } from './key-rotation.js';
import type { KeyStore } from './key-store.js';
import { isScheduled, ringName, type Ring } from './ring.js';
import type { Signer, SignerSource } from './signer.js';
import type { VerificationKey, VerificationKeys } from './verification-keys.js';

export interface KeyRingOptions {
  readonly store: KeyStore;
  readonly encryption: KeyEncryption;
  readonly rotation: KeyRotation;
  readonly clock: Clock;
}

/** Nothing is signed, or believed of a refresh token, by what was not confirmed for so long: the store is asked first. */
const STALENESS_MS = 2000;

export class KeyRing implements SignerSource, VerificationKeys {
  readonly loaded = true;
  readonly #options: KeyRingOptions;
  readonly #reloading = new Coalesced(() => this.#reload());
  #held: HeldKeys = HOLDS_NOTHING;
  /** By both clocks, just before the store said last that this is the newest revision. */
  #confirmedAt: Instant = { wall: Number.NEGATIVE_INFINITY, monotonic: Number.NEGATIVE_INFINITY };
  /** The store did not answer when it was asked for newer keys. */
  #unanswered = false;

  private constructor(options: KeyRingOptions) {
    this.#options = options;
  }

  /**
   * Makes the first keys where there are none, and loads all. Ten instances at once make one key for each ring.
   * @throws KeyEncryptionError when something stored was sealed with none of the given keys; whatever the store throws.
   */
  static async open(options: KeyRingOptions): Promise<KeyRing> {
    const ring = new KeyRing(options);
    await options.rotation.run();
    await ring.reload();
    const [fault] = ring.#held.faults;
    if (fault !== undefined) throw fault;
    return ring;
  }

  /** Whether there were newer keys was asked last in vain. */
  get outdated(): boolean {
    return this.#unanswered;
  }

  /** Of the keys that are held; each change of them is a higher one. */
  get revision(): number {
    return this.#held.snapshot.revision;
  }

  signerFor(algorithm: SigningAlgorithm, audience?: string): Signer | Promise<Signer> {
    const ring: Ring = audience === undefined ? { algorithm } : { algorithm, audience };
    const signer = this.#confirmed() ? this.#held.signers.get(ringName(ring)) : undefined;
    return signer === undefined ? this.#signerLater(ring) : opened(signer);
  }

  find(kid: string): VerificationKey | undefined {
    return this.#held.verifiers.get(kid);
  }

  /** For an `id_token_hint` (OpenID Connect Core §3.1.2.1): a key that was dropped too, never one that was killed. */
  findForHint(kid: string): VerificationKey | undefined {
    return this.#held.hints.get(kid);
  }

  /** Announced, active and retired keys, public members only. The same object until the revision changes. */
  jwks(): JwkSet {
    return this.#held.jwks;
  }

  /** The MAC keys of refresh tokens. Both throw or reject when nobody can tell or open the key: an outage, no wrong token. */
  readonly refreshKeys = {
    current: (): RefreshKey | Promise<RefreshKey> =>
      this.#confirmed() ? this.#currentRefresh() : this.reload().then(() => this.#currentRefresh()),
    /** Of an unknown one the store is asked: another instance may have made it a moment ago. */
    find: (id: number): RefreshKey | undefined | Promise<RefreshKey | undefined> => {
      const key = this.#confirmed() ? this.#held.refresh.get(id) : undefined;
      return key === undefined ? this.#refreshKeyLater(id) : opened(key);
    },
  };

  /** Reads the store again. Rejects, and keeps what it holds, when the store or a public key cannot be read. */
  reload(): Promise<void> {
    return this.#reloading.run();
  }

  /**
   * The store is ours and near: it is asked each time, by all who ask at once together, and once at a time. Whoever signs
   * elsewhere with a key that was made a moment ago is never called a forger here.
   */
  refresh(): Promise<void> {
    return this.changed();
  }

  /** Once: whoever watches sees to the rest. */
  async changed(revision?: number): Promise<void> {
    if (revision !== undefined && revision <= this.revision) return;
    await this.reload().catch(() => {
      this.#unanswered = true;
    });
  }

  /** To be called again and again: does what is due and learns what others did. Rejects when the store does not answer. */
  async watch(): Promise<void> {
    const { store, rotation, clock } = this.#options;
    const asked = instantOf(clock);
    const { revision, now } = await store.revision();
    if (revision !== this.revision) await this.reload();
    else this.#confirm(asked);
    if (rotation.dueAt({ ...this.#held.snapshot, now }) > now) return;
    await rotation.run();
    await this.reload();
  }

  /** A machine that slept may have stopped one of its clocks, or set one back. */
  #confirmed(): boolean {
    const { clock } = this.#options;
    return isRecent(clock.monotonic() - this.#confirmedAt.monotonic) && isRecent(clock.now() - this.#confirmedAt.wall);
  }

  async #signerLater(ring: Ring): Promise<Signer> {
    await this.reload();
    if (!this.#held.signers.has(ringName(ring)) && isScheduled(ring)) {
      await this.#options.rotation.ensure(ring);
      await this.reload();
    }
    const signer = this.#held.signers.get(ringName(ring));
    if (signer === undefined) throw new Error(`There is no key to sign with for ${ringName(ring)}.`);
    return opened(signer);
  }

  #currentRefresh(): RefreshKey {
    const { currentRefresh } = this.#held;
    if (currentRefresh === undefined) throw new Error('No key for refresh tokens is active.');
    return opened(currentRefresh);
  }

  async #refreshKeyLater(id: number): Promise<RefreshKey | undefined> {
    await this.reload();
    const key = this.#held.refresh.get(id);
    return key === undefined ? undefined : opened(key);
  }

  async #reload(): Promise<void> {
    const asked = instantOf(this.#options.clock);
    const snapshot = await this.#options.store.load();
    this.#held = hold(snapshot, this.#options.encryption, this.#held);
    this.#confirm(asked);
  }

  /** What is held was the newest when the store was asked. */
  #confirm(asked: Instant): void {
    this.#confirmedAt = asked;
    this.#unanswered = false;
  }
}

interface Instant {
  readonly wall: number;
  readonly monotonic: number;
}

const isRecent = (ageMs: number): boolean => ageMs >= 0 && ageMs <= STALENESS_MS;

const instantOf = (clock: Clock): Instant => ({ wall: clock.now(), monotonic: clock.monotonic() });

const opened = <Key extends object>(key: Key | UnopenedKey): Key => {
  if (key instanceof UnopenedKey) throw key.error;
  return key;
};
