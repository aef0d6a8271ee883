/**
 * Owns how leases are found in Redis and read. Others fill Redis, too, so that to look for leases among all keys costs more the
 * fuller it is: Redis is walked once for each connection, and tells by itself of each lease that is written since (CLIENT TRACKING).
 * Does not own what a lease says (lease-format).
 */
import { ErrorReply } from 'redis';
import { decodeLease } from './lease-format.js';
import type { StandingLease } from './lease.js';
import { RedisConnection } from './redis-connection.js';
import { LEASES, LEASES_AND_KEYS_FROM, MOST_KEY_BYTES } from './redis-scripts.js';
import { leasePatternOf, leasePrefixOf } from './stream.js';

export interface RedisLeasesOptions {
  readonly url: string;
  readonly stream: string;
  readonly timeoutMs: number;
}

type Leases = ReadonlyMap<string, StandingLease>;

/** Keys that one SCAN looks at. */
const SCAN_COUNT = 1000;
const START = '0';

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** What Redis says to a user that may not ask, or where it does not know how. */
const isRefusal = (error: unknown): boolean =>
  error instanceof ErrorReply && /^(?:NOPERM|NOPROTO|ERR unknown)/.test(error.message);

export class RedisLeases {
  readonly #options: RedisLeasesOptions;
  #connection: RedisConnection;
  /** Whether Redis tells of leases that are written. Where it may not be asked to, every look is a walk. */
  #told = true;
  /** Whether all keys were walked since Redis began to tell. */
  #walked = false;
  #cursor = START;
  readonly #known = new Set<string>();
  /** Since the last look. */
  readonly #heard = new Set<string>();

  constructor(options: RedisLeasesOptions) {
    this.#options = options;
    const changes = {
      prefix: leasePrefixOf(options.stream),
      heard: (key: string | undefined) => {
        this.#hear(key);
      },
    };
    this.#connection = new RedisConnection({ ...options, changes });
  }

  /**
   * Every lease that stood when this was called, by its key. Redis is walked a page further each time: a lease of which it
   * has not told, whatever the reason, is found some time.
   * @throws what Redis refused, the first time that it will not tell of leases; all are looked for in each later call
   */
  async all(): Promise<Leases> {
    // 1. Read what is known. Whatever was written before is told before the answer.
    const read = await this.#onePageAnd([...this.#known]);
    // 2. On a new connection, nobody knows what was written before it.
    await this.#walkIfNeedBe();
    // 3. Read what was heard of, or found by walking. What is written from here on is heard for the next look.
    for (const key of this.#heard) this.#known.add(key);
    this.#heard.clear();
    const unread = [...this.#known].filter((key) => !read.has(key));
    const standing = new Map([...read, ...(await this.read(unread))]);
    // 4. Forget what does not stand.
    for (const key of unread) {
      if (!standing.has(key)) this.#known.delete(key);
    }
    return standing;
  }

  /** Those of these that stand. */
  async read(leaseKeys: readonly string[]): Promise<Leases> {
    if (leaseKeys.length === 0) return new Map();
    return leasesOf(leaseKeys, await this.#eval(LEASES, leaseKeys, []));
  }

  close(): void {
    this.#connection.destroy();
  }

  #hear(key: string | undefined): void {
    if (key === undefined) this.#walked = false;
    else if (Buffer.byteLength(key) <= MOST_KEY_BYTES) this.#heard.add(key);
  }

  async #walkIfNeedBe(): Promise<void> {
    if (this.#told && this.#walked) return;
    this.#cursor = START;
    // Before it begins: what is lost meanwhile is asked for again.
    this.#walked = true;
    do {
      await this.#onePageAnd([]);
    } while (this.#cursor !== START);
  }

  /** Reads these leases and looks at a page of all keys, in one question. */
  async #onePageAnd(leaseKeys: readonly string[]): Promise<Leases> {
    try {
      const pattern = leasePatternOf(this.#options.stream);
      const reply = await this.#eval(LEASES_AND_KEYS_FROM, leaseKeys, [this.#cursor, pattern, String(SCAN_COUNT)]);
      const [texts, next, keys] = isList(reply) ? reply : [];
      if (typeof next !== 'string' || !isList(keys)) throw new TypeError('Redis gave an unexpected answer to SCAN.');
      for (const key of keys) this.#heard.add(String(key));
      this.#cursor = next;
      return leasesOf(leaseKeys, texts);
    } catch (error) {
      this.#walked = false;
      if (this.#told && isRefusal(error)) this.#askNoMore();
      throw error;
    }
  }

  #askNoMore(): void {
    this.#told = false;
    this.#connection.destroy();
    this.#connection = new RedisConnection(this.#options);
  }

  #eval(script: string, keys: readonly string[], values: readonly string[]): Promise<unknown> {
    return this.#connection.send(['EVAL', script, String(keys.length), ...keys, ...values]);
  }
}

/** @param texts of each key, in their order */
const leasesOf = (leaseKeys: readonly string[], texts: unknown): Leases => {
  if (!isList(texts)) throw new TypeError('Redis gave an unexpected answer.');
  const standing = new Map<string, StandingLease>();
  for (const [index, leaseKey] of leaseKeys.entries()) {
    const text = texts[index];
    const report = typeof text === 'string' ? decodeLease(text) : undefined;
    // A lease says whose it is twice; the key is what the wire lets nobody else write.
    if (report !== undefined && leaseKey.endsWith(`:${report.guardId}`))
      standing.set(leaseKey, { leaseKey, ...report });
  }
  return standing;
};
