/**
 * Owns the guard's end of the feed on a Redis Stream: it reads for ever, reconnects by itself, and writes the guard's lease.
 * Does not own what is made of what it hears (knowledge), nor what the lease says and when (membership).
 *
 * Commands sent, besides AUTH: XREAD and XINFO STREAM on the stream, TIME, and SET on the lease. `feedAclRules` allows these
 * and nothing else. XINFO is needed because XREAD is silent, not wrong, when the stream ends before the id that was read last.
 */
import { setImmediate as breath, setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../time.js';
import type { Epoch, FeedListener, FeedMessage, LeaseWriting, RevocationFeed } from './feed.js';
import type { LeaseReport } from './lease.js';
import { decodeLease, encodeLease } from './lease-format.js';
import { precedes, START } from './position.js';
import { RedisConnection } from './redis-connection.js';
import { parseStreamReply, parseTime, streamEndOf, type StreamEntry } from './redis-replies.js';
import { leaseKeyOf, REVOCATION_STREAM } from './stream.js';
import { decodeMessages } from './wire-format.js';

/** For the log. */
export type RedisFeedEvent =
  { readonly type: 'connected' } | { readonly type: 'disconnected'; readonly error: unknown };

export interface RedisFeedOptions {
  /** redis:// or rediss://; a user with feedAclRules is enough. */
  readonly url: string;
  readonly clock: Clock;
  /** Another stream than the one of this version; for specs. */
  readonly stream?: string;
  /** How long Redis may stay silent before another connection is tried; default 1000. */
  readonly timeoutMs?: number;
  readonly onEvent?: (event: RedisFeedEvent) => void;
}

const BLOCK_MS = 250;
/** Messages read at once; each may hold some hundred revocations. */
const BATCH = 1000;
/** Revocations applied without letting anybody else go first: about 5 ms. */
const AT_ONCE = 5000;
/** How often the wire's clock, and the stream's end, are asked for. */
const ASK_EVERY_MS = 1000;
/** Redis that is back is found again within a second. */
const MAX_BACKOFF_MS = 250;
/** After something critical that could not be read, the stream is read again from its start. */
const REREAD_AFTER_MS = 5000;
/** How long the issuer can still see that a guard has ended. */
const ENDED_MS = 600_000;

export class RedisFeed implements RevocationFeed {
  readonly #options: RedisFeedOptions;
  readonly #stream: string;
  readonly #connection: RedisConnection;
  /** Of its own: the other one waits in XREAD for most of its life. */
  readonly #leaseConnection: RedisConnection;
  readonly #user: string;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #lastId = START;
  #ahead: { readonly after: string; readonly reply: Promise<unknown> } | undefined;
  #epoch: Epoch | undefined;
  /** Something critical was read that this version does not know. */
  #distrustedAt: number | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(options: RedisFeedOptions) {
    this.#options = options;
    this.#stream = options.stream ?? REVOCATION_STREAM;
    const { url, timeoutMs = 1000 } = options;
    this.#connection = new RedisConnection({ url, timeoutMs });
    this.#leaseConnection = new RedisConnection({ url, timeoutMs });
    this.#user = decodeURIComponent(new URL(url).username) || 'default';
  }

  start(listener: FeedListener): void {
    if (this.#running !== undefined) throw new Error('The feed was started already.');
    this.#restart(listener);
    this.#running = this.#run(listener);
  }

  async writeLease(report: LeaseReport, writing: LeaseWriting): Promise<'written' | 'lost'> {
    if (this.#isClosing()) throw new Error('The feed is closed.');
    const key = leaseKeyOf(this.#stream, this.#user, report.guardId);
    const lifetimeMs = writing === 'over' ? ENDED_MS : report.leaseMs;
    const only = writing === 'held' ? ['XX', 'GET'] : [];
    const set = ['SET', key, encodeLease(report), ...only, 'PX', String(lifetimeMs)];
    const answer = await this.#leaseConnection.send(set);
    if (writing !== 'held') return 'written';
    // What stood there may be an older registration, written by a command that we had given up and that was carried out late.
    const before = typeof answer === 'string' ? decodeLease(answer) : undefined;
    return before?.registration === report.registration ? 'written' : 'lost';
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#connection.destroy();
    this.#leaseConnection.destroy();
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
        this.#ahead = undefined;
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
    const entries = parseStreamReply(await this.#next());
    if (this.#isClosing()) return;
    const last = entries.at(-1);
    // There is more: Redis gathers it while we apply this.
    if (last !== undefined && entries.length === BATCH) this.#readAhead(last.id);
    await this.#deliver(listener, entries);
  }

  /** What was read ahead, unless the reading has started again since. */
  async #next(): Promise<unknown> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const reply = await ahead?.reply;
    return ahead?.after === this.#lastId ? reply : this.#read(this.#lastId);
  }

  #readAhead(after: string): void {
    const reply = this.#read(after);
    // Whoever awaits it hears of a failure.
    reply.catch(() => undefined);
    this.#ahead = { after, reply };
  }

  #read(after: string): Promise<unknown> {
    const batch = ['COUNT', String(BATCH), 'BLOCK', String(BLOCK_MS)];
    return this.#connection.send(['XREAD', ...batch, 'STREAMS', this.#stream, after], BLOCK_MS);
  }

  /** Asks for the wire's clock, both of ours read before, and whether the stream still reaches to where we have read. */
  async #ask(listener: FeedListener): Promise<void> {
    const { clock } = this.#options;
    const askedAt = { wall: clock.now(), monotonic: clock.monotonic() };
    // One after the other on one connection.
    const [time, end] = await Promise.all([
      this.#connection.send(['TIME']),
      streamEndOf(() => this.#connection.send(['XINFO', 'STREAM', this.#stream])),
    ]);
    if (this.#isClosing()) return;
    listener.clock(parseTime(time), askedAt);
    this.#askedAt = askedAt.monotonic;
    const distrustedMs = askedAt.monotonic - (this.#distrustedAt ?? askedAt.monotonic);
    // What could not be read may have left the stream since.
    if (precedes(end, this.#lastId) || distrustedMs >= REREAD_AFTER_MS) this.#restart(listener);
  }

  /** In order, and with pauses: whoever asks a guard meanwhile is answered. */
  async #deliver(listener: FeedListener, entries: readonly StreamEntry[]): Promise<void> {
    let applied = 0;
    for (const { id, fields } of entries) {
      this.#lastId = id;
      const decoded = decodeMessages(fields);
      if (decoded.kind === 'incomprehensible') {
        listener.incomprehensible(decoded.detail);
        this.#distrustedAt ??= this.#options.clock.monotonic();
      }
      if (decoded.kind !== 'messages') continue;
      for (const message of decoded.messages) listener.message(message, id);
      // All that stand at one place are of one epoch.
      if (decoded.messages.some((message) => this.#isNewEpoch(message))) {
        this.#restart(listener);
        return;
      }
      applied += decoded.messages.length;
      if (applied < AT_ONCE) continue;
      applied = 0;
      await breath();
      if (this.#isClosing()) return;
    }
  }

  /** The mark of an epoch may have been trimmed: whatever belongs to a new one begins it. */
  #isNewEpoch({ epoch }: FeedMessage): boolean {
    if (epoch <= (this.#epoch ?? Number.NEGATIVE_INFINITY)) return false;
    const first = this.#epoch === undefined;
    this.#epoch = epoch;
    return !first;
  }

  #restart(listener: FeedListener): void {
    this.#distrustedAt = undefined;
    this.#lastId = START;
    listener.restarted();
  }
}
