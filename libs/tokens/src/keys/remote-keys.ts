/**
 * Owns a verifier's copy of the issuer's keys, fetched over HTTP (RFC 8414, RFC 7517) and kept in memory.
 * Does not own how an HTTP answer is read (issuer-documents) nor when keys change: the feed says so.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../time.js';
import { fetchJson, jwksAddressOf, metadataAddressOf } from './issuer-documents.js';
import { parseJwks } from './jwk.js';
import type { VerificationKey, VerificationKeys } from './verification-keys.js';

/** For the log. */
export type RemoteKeysEvent =
  { readonly type: 'loaded'; readonly kids: readonly string[] } | { readonly type: 'failed'; readonly error: unknown };

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

export class RemoteKeys implements VerificationKeys {
  readonly #options: RemoteKeysOptions;
  readonly #closing = new AbortController();
  #keys: ReadonlyMap<string, VerificationKey> | undefined;
  #fetching: Promise<boolean> | undefined;
  #wanted = false;
  #untilFetched: Promise<void> | undefined;
  #refreshedAt: number | undefined;

  constructor(options: RemoteKeysOptions) {
    this.#options = options;
  }

  get loaded(): boolean {
    return this.#keys !== undefined;
  }

  find(kid: string): VerificationKey | undefined {
    return this.#keys?.get(kid);
  }

  /** Starts to fetch, and tries until it has the keys. */
  start(): void {
    void this.changed();
  }

  /**
   * The issuer's keys have changed: fetches them now, and tries until it has them. What was asked for while a fetch is
   * under way is fetched after it, since the answer under way may be the old one. Never rejects.
   */
  changed(): Promise<void> {
    this.#wanted = true;
    this.#untilFetched ??= this.#fetchUntilDone().finally(() => {
      this.#untilFetched = undefined;
    });
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
    await this.#fetching;
    while (this.#wanted && !signal.aborted) {
      this.#wanted = false;
      if (await this.#fetchOnce()) continue;
      this.#wanted = true;
      await delay(backoffMs, undefined, { signal }).catch(() => undefined);
      backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
    }
  }

  /** One fetch at a time, whoever asks. A failed one keeps the old keys. */
  #fetchOnce(): Promise<boolean> {
    this.#fetching ??= this.#fetch()
      .then(
        (keys) => {
          this.#keys = keys;
          this.#options.onEvent?.({ type: 'loaded', kids: [...keys.keys()] });
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

  async #fetch(): Promise<ReadonlyMap<string, VerificationKey>> {
    const { issuer, internalUrl, timeoutMs = 3000 } = this.#options;
    const ask = { fetch: this.#options.fetch ?? fetch, timeoutMs, signal: this.#closing.signal };
    const metadata = await fetchJson(metadataAddressOf(issuer, internalUrl), ask);
    const keys = parseJwks(await fetchJson(jwksAddressOf(metadata, issuer, internalUrl), ask));
    if (keys.size === 0) throw new TypeError('The JWK Set of the issuer holds no key that can be used.');
    return keys;
  }
}
