/**
 * Owns the guard's end of the feed on a Redis Stream: it reads for ever, and reconnects by itself.
 * Does not own what is made of what it hears (knowledge).
 *
 * Commands sent, besides AUTH: XREAD and XINFO STREAM on the stream, and TIME. `FEED_ACL_RULES` allows these and nothing
 * else. XINFO is needed because XREAD is silent, not wrong, when the stream ends before the id that was read last.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../time.js';
import type { Epoch, FeedListener, FeedMessage, RevocationFeed } from './feed.js';
import { RedisConnection } from './redis-connection.js';
import { parseStreamReply, parseTime, precedes, START, streamEndOf, type StreamEntry } from './redis-replies.js';
import { REVOCATION_STREAM } from './stream.js';
import { decodeMessage } from './wire-format.js';

/** For the log. */
export type RedisFeedEvent =
  { readonly type: 'connected' } | { readonly type: 'disconnected'; readonly error: unknown };

export interface RedisFeedOptions {
  /** redis:// or rediss://; a user with FEED_ACL_RULES is enough. */
  readonly url: string;
  readonly clock: Clock;
  /** Another stream than the one of this version; for specs. */
  readonly stream?: string;
  /** How long Redis may stay silent before another connection is tried; default 1000. */
  readonly timeoutMs?: number;
  readonly onEvent?: (event: RedisFeedEvent) => void;
}

const BLOCK_MS = 250;
const BATCH = 5000;
/** How often the wire's clock, and the stream's end, are asked for. */
const ASK_EVERY_MS = 1000;
/** Redis that is back is found again within a second. */
const MAX_BACKOFF_MS = 250;

export class RedisFeed implements RevocationFeed {
  readonly #options: RedisFeedOptions;
  readonly #stream: string;
  readonly #connection: RedisConnection;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #lastId = START;
  #epoch: Epoch | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(options: RedisFeedOptions) {
    this.#options = options;
    this.#stream = options.stream ?? REVOCATION_STREAM;
    this.#connection = new RedisConnection({ url: options.url, timeoutMs: options.timeoutMs ?? 1000 });
  }

  start(listener: FeedListener): void {
    if (this.#running !== undefined) throw new Error('The feed was started already.');
    this.#restart(listener);
    this.#running = this.#run(listener);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#connection.destroy();
    await this.#running;
  }

  async #run(listener: FeedListener): Promise<void> {
    let backoffMs = 10;
    while (!this.#isClosing()) {
      try {
        await this.#ask(listener);
        this.#options.onEvent?.({ type: 'connected' });
        backoffMs = 10;
        while (!this.#isClosing()) await this.#turn(listener);
      } catch (error) {
        this.#connection.destroy();
        if (this.#isClosing()) return;
        this.#options.onEvent?.({ type: 'disconnected', error });
        await delay(backoffMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
        backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
      }
    }
  }

  #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  async #turn(listener: FeedListener): Promise<void> {
    if (this.#options.clock.monotonic() - this.#askedAt >= ASK_EVERY_MS) await this.#ask(listener);
    const batch = ['COUNT', String(BATCH), 'BLOCK', String(BLOCK_MS)];
    const reply = await this.#connection.send(['XREAD', ...batch, 'STREAMS', this.#stream, this.#lastId], BLOCK_MS);
    if (this.#isClosing()) return;
    this.#deliver(listener, parseStreamReply(reply));
  }

  /** Asks for the wire's clock, both of ours read before, and whether the stream still reaches to where we have read. */
  async #ask(listener: FeedListener): Promise<void> {
    const { clock } = this.#options;
    const askedAt = { wall: clock.now(), monotonic: clock.monotonic() };
    const wireNow = parseTime(await this.#connection.send(['TIME']));
    if (this.#isClosing()) return;
    listener.clock(wireNow, askedAt);
    this.#askedAt = askedAt.monotonic;
    const end = await streamEndOf(() => this.#connection.send(['XINFO', 'STREAM', this.#stream]));
    if (precedes(end, this.#lastId)) this.#restart(listener);
  }

  #deliver(listener: FeedListener, entries: readonly StreamEntry[]): void {
    for (const { id, fields } of entries) {
      this.#lastId = id;
      const decoded = decodeMessage(fields);
      if (decoded.kind === 'incomprehensible') listener.incomprehensible(decoded.detail);
      if (decoded.kind !== 'message') continue;
      listener.message(decoded.message);
      if (this.#isNewEpoch(decoded.message)) {
        this.#restart(listener);
        return;
      }
    }
  }

  #isNewEpoch({ type, epoch }: FeedMessage): boolean {
    if (type !== 'epoch' || epoch <= (this.#epoch ?? Number.NEGATIVE_INFINITY)) return false;
    const first = this.#epoch === undefined;
    this.#epoch = epoch;
    return !first;
  }

  #restart(listener: FeedListener): void {
    this.#lastId = START;
    listener.restarted();
  }
}
