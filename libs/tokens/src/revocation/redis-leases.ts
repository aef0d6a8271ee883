/**
 * Owns how leases are found in Redis and read. Others fill Redis, too, so that to look for leases among all keys costs more the
 * fuller it is: Redis is walked once for each connection, and tells by itself of each lease that is written since (CLIENT TRACKING).
 * Does not own what a lease says (lease-format).
 */
import { decodeLease } from './lease-format.js';
import type { StandingLease } from './lease.js';
import { RedisConnection, TellingRefused } from './redis-connection.js';
import { LEASES, LEASES_FROM, MOST_KEY_BYTES } from './redis-scripts.js';
import { leasePatternOf, leasePrefixOf } from './stream.js';

export interface RedisLeasesOptions {
  readonly url: string;
  readonly stream: string;
  readonly timeoutMs: number;
}

type Leases = ReadonlyMap<string, StandingLease>;

/** Keys that one SCAN looks at. */
const SCAN_COUNT = 1000;
/** Leases that are read at once: Redis does nothing else meanwhile. */
const READ_COUNT = 500;
/** Where more is told between two looks, all is walked instead: a guard's user may write as many as it likes. */
const MOST_HEARD = 10_000;
const START = '0';

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

export class RedisLeases {
  readonly #options: RedisLeasesOptions;
  #connection: RedisConnection;
  #closed = false;
  #last: Promise<unknown> = Promise.resolve();
  /** Whether Redis tells of leases that are written. Where it may not be asked to, every look is a walk. */
  #told = true;
  /** Whether all keys were walked since Redis began to tell. */
  #walked = false;
  /** Where the page of the next look begins. */
  #cursor = START;
  /** Those that stood at the last look. */
  #known: readonly string[] = [];
  /** Told of since the last look. */
  #heard = new Set<string>();

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
   * has not told, whatever the reason, is found some time. One look at a time: another waits for it.
   * @throws TellingRefused the first time that Redis will not tell of leases; all keys are walked in each later call
   */
  all(): Promise<Leases> {
    const look = this.#last.then(() => this.#look());
    this.#last = look.catch(() => undefined);
    return look;
  }

  /** Those of these that stand. */
  async read(leaseKeys: readonly string[]): Promise<Leases> {
    const standing = new Map<string, StandingLease>();
    for (let at = 0; at < leaseKeys.length; at += READ_COUNT) {
      const page = leaseKeys.slice(at, at + READ_COUNT);
      addStanding(standing, page, await this.#eval(LEASES, page, []));
    }
    return standing;
  }

  close(): void {
    this.#closed = true;
    this.#connection.destroy();
  }

  #hear(key: string | undefined): void {
    if (key === undefined || this.#heard.size >= MOST_HEARD) {
      this.#walked = false;
      this.#heard.clear();
    } else if (Buffer.byteLength(key) <= MOST_KEY_BYTES) this.#heard.add(key);
  }

  async #look(): Promise<Leases> {
    try {
      // 1. A page of all keys. Before its answer comes whatever was written before; a connection that had to be made has begun by then.
      const standing = new Map<string, StandingLease>();
      this.#cursor = await this.#page(this.#cursor, standing);
      if (!this.#told || !this.#walked) return await this.#walk();
      // 2. What is known, or was told of. What is told of from here on is read by the next look.
      const asked = [...new Set([...this.#known, ...this.#heard])].filter((key) => !standing.has(key));
      this.#heard.clear();
      for (const [key, lease] of await this.read(asked)) standing.set(key, lease);
      this.#known = [...standing.keys()];
      return standing;
    } catch (error) {
      this.#walked = false;
      if (error instanceof TellingRefused) {
        this.#told = false;
        this.#connection = new RedisConnection(this.#options);
      }
      throw error;
    }
  }

  async #walk(): Promise<Leases> {
    // Before it begins: what is lost, or told of, meanwhile is for the next look.
    this.#walked = true;
    this.#heard.clear();
    const standing = new Map<string, StandingLease>();
    let cursor = START;
    do {
      cursor = await this.#page(cursor, standing);
    } while (cursor !== START);
    this.#known = [...standing.keys()];
    return standing;
  }

  /** Adds the leases of one page of all keys. @returns where the next begins */
  async #page(cursor: string, standing: Map<string, StandingLease>): Promise<string> {
    const reply = await this.#eval(LEASES_FROM, [], [cursor, leasePatternOf(this.#options.stream), String(SCAN_COUNT)]);
    const [next, keys, texts] = isList(reply) ? reply : [];
    if (typeof next !== 'string' || !isList(keys)) throw new TypeError('Redis gave an unexpected answer to SCAN.');
    addStanding(standing, keys.map(String), texts);
    return next;
  }

  async #eval(script: string, keys: readonly string[], values: readonly string[]): Promise<unknown> {
    if (this.#closed) throw new Error('The wire is closed.');
    return this.#connection.send(['EVAL', script, String(keys.length), ...keys, ...values]);
  }
}

/** @param texts of each key, in their order */
const addStanding = (standing: Map<string, StandingLease>, leaseKeys: readonly string[], texts: unknown): void => {
  if (!isList(texts)) throw new TypeError('Redis gave an unexpected answer.');
  for (const [index, leaseKey] of leaseKeys.entries()) {
    const text = texts[index];
    const report = typeof text === 'string' ? decodeLease(text) : undefined;
    // A lease says whose it is twice; the key is what the wire lets nobody else write.
    if (report !== undefined && leaseKey.endsWith(`:${report.guardId}`))
      standing.set(leaseKey, { leaseKey, ...report });
  }
};
