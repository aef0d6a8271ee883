/**
 * Owns a verifier's copy of the issuer's keys, fetched over HTTP (RFC 8414, RFC 7517) and kept in memory.
 * Does not own how an HTTP answer is read (issuer-documents), which answer is new enough (wanted-revision), nor when keys
 * change: the feed says so.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../time.js';
import { type Ask, fetchJson, jwksAddressOf, metadataAddressOf } from './issuer-documents.js';
import { JwkSetReader } from './jwk.js';
import type { VerificationKey, VerificationKeys } from './verification-keys.js';
import { WantedRevision } from './wanted-revision.js';

/** For the log. */
export type RemoteKeysEvent =
  | { readonly type: 'loaded'; readonly kids: readonly string[]; readonly revision: number | undefined }
  /** What was answered is older than what was announced, or than what is held: it is asked for again. */
  | { readonly type: 'behind'; readonly revision: number | undefined }
  | { readonly type: 'failed'; readonly error: unknown };

export interface RemoteKeysOptions {
  /** Exactly as it stands in tokens and in the issuer's metadata. */
  readonly issuer: string;
  /** The origin by which this process reaches the issuer, where it is not the public one. */
  readonly internalUrl?: string;
  readonly fetch?: typeof fetch;
  readonly clock: Clock;
  /** An unknown kid makes us ask at most once in this time; default 10000. */
  readonly cooldownMs?: number;
  /** For each of the two requests; default 3000. */
  readonly timeoutMs?: number;
  readonly onEvent?: (event: RemoteKeysEvent) => void;
}

const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 1000;

interface FetchedKeys {
  readonly keys: ReadonlyMap<string, VerificationKey>;
  readonly revision: number | undefined;
}

export class RemoteKeys implements VerificationKeys {
  readonly #options: RemoteKeysOptions;
  readonly #closing = new AbortController();
  readonly #wanted = new WantedRevision();
  readonly #reader = new JwkSetReader();
  /** As the metadata said, until it fails. */
  #jwksAddress: URL | undefined;
  #keys: ReadonlyMap<string, VerificationKey> | undefined;
  #fetching: Promise<boolean> | undefined;
  #untilFetched: Promise<void> | undefined;
  #refreshedAt: number | undefined;

  constructor(options: RemoteKeysOptions) {
    this.#options = options;
  }

  get loaded(): boolean {
    return this.#keys !== undefined;
  }

  get outdated(): boolean {
    return this.#wanted.open;
  }

  /** Of the keys that are held; undefined before there are any, and for an issuer that says none. */
  get revision(): number | undefined {
    return this.#wanted.held;
  }

  find(kid: string): VerificationKey | undefined {
    return this.#keys?.get(kid);
  }

  /** Starts to fetch, and tries until it has the keys. */
  start(): void {
    void this.changed();
  }

  /**
   * The issuer's keys have changed: fetches them now, and tries until it has this revision of them, unless it is here
   * already. What was asked for while a fetch is under way is fetched after it if the answer under way is an old one.
   */
  changed(revision?: number): Promise<void> {
    this.#wanted.want(revision);
    this.#untilFetched ??= this.#fetchUntilDone();
    return this.#untilFetched;
  }

  async refresh(): Promise<void> {
    if (this.#fetching === undefined) {
      const now = this.#options.clock.monotonic();
      const cooldownMs = this.#options.cooldownMs ?? 10_000;
      if (this.#refreshedAt !== undefined && now - this.#refreshedAt < cooldownMs) return;
      this.#refreshedAt = now;
    }
    await this.#fetchOnce();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.#untilFetched, this.#fetching]);
  }

  async #fetchUntilDone(): Promise<void> {
    const { signal } = this.#closing;
    let backoffMs = FIRST_BACKOFF_MS;
    // Whatever is under way may be answered with what stood before; and nothing below ends before this returns.
    await this.#fetching;
    while (this.#wanted.open && !signal.aborted) {
      const { wishes } = this.#wanted;
      const answered = await this.#fetchOnce();
      if (answered && !this.#wanted.lacking(wishes)) continue;
      await delay(backoffMs, undefined, { signal }).catch(() => undefined);
      backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
    }
    // At once, and not when the promise is settled: whoever calls between would be forgotten.
    this.#untilFetched = undefined;
  }

  /** One fetch at a time, whoever asks. A failed one keeps the old keys. */
  #fetchOnce(): Promise<boolean> {
    const { wishes } = this.#wanted;
    this.#fetching ??= this.#fetch()
      .then(
        (fetched) => {
          this.#answered(fetched, wishes);
          return true;
        },
        (error: unknown) => {
          if (!this.#closing.signal.aborted) this.#options.onEvent?.({ type: 'failed', error });
          return false;
        },
      )
      .finally(() => {
        this.#fetching = undefined;
      });
    return this.#fetching;
  }

  #answered({ keys, revision }: FetchedKeys, asked: number): void {
    const taken = this.#wanted.answered(revision, asked) === 'take';
    if (taken) this.#keys = keys;
    const behind = !taken || (revision !== undefined && this.#wanted.announced !== undefined);
    // An old address may still serve an old set.
    if (behind) this.#jwksAddress = undefined;
    const kids = [...keys.keys()];
    this.#options.onEvent?.(behind ? { type: 'behind', revision } : { type: 'loaded', kids, revision });
  }

  async #fetch(): Promise<FetchedKeys> {
    const { timeoutMs = 3000 } = this.#options;
    const ask = { fetch: this.#options.fetch ?? fetch, timeoutMs, signal: this.#closing.signal };
    const address = this.#jwksAddress ?? (await this.#askForAddress(ask));
    // Whatever goes wrong below, the keys may have moved: then the metadata is asked again.
    this.#jwksAddress = undefined;
    const { document, keysRevision } = await fetchJson(address, ask);
    const keys = this.#reader.read(document);
    if (keys.size === 0) throw new TypeError('The JWK Set of the issuer holds no key that can be used.');
    this.#jwksAddress = address;
    return { keys, revision: keysRevision };
  }

  async #askForAddress(ask: Ask): Promise<URL> {
    const { issuer, internalUrl } = this.#options;
    const { document: metadata } = await fetchJson(metadataAddressOf(issuer, internalUrl), ask);
    return jwksAddressOf(metadata, issuer, internalUrl);
  }
}
