/**
 * Owns the ports of the revocation feed: what a reader hears, what a publisher may do, and what PostgreSQL answers.
 * Does not own a wire: memory-feed and redis-feed are two, and both pass one contract suite.
 */
import type { EpochMilliseconds } from '../time.js';
import type { RevocationEntry } from './entry.js';

/** Counts the lives of the wire. A Redis that lost anything, in whatever way, is a new epoch. */
export type Epoch = number;

/**
 * What travels. A watermark says: "every revocation acknowledged before `at` (the wire's clock) stands in this stream at
 * or before this message". `keys` says that the issuer's JWKS has changed and should be fetched again.
 */
export type FeedMessage =
  | { readonly type: 'epoch'; readonly epoch: Epoch }
  | { readonly type: 'revocation'; readonly epoch: Epoch; readonly entry: RevocationEntry }
  | { readonly type: 'watermark'; readonly epoch: Epoch; readonly at: EpochMilliseconds }
  | { readonly type: 'keys'; readonly epoch: Epoch };

/** What a reader does with what it hears. Called in stream order, synchronously. */
export interface FeedListener {
  message(message: FeedMessage): void;
  /**
   * The wire's clock was asked: `wireNow` was true at some instant not before `askedAt` (this process's two clocks, read
   * before the question was sent).
   */
  clock(wireNow: EpochMilliseconds, askedAt: { wall: EpochMilliseconds; monotonic: number }): void;
  /** The reader starts again at the beginning of the stream (first connection, new epoch, last id went back). */
  restarted(): void;
  /** The stream holds something critical that this version cannot read: knowledge may no longer be trusted. */
  incomprehensible(detail: string): void;
}

/** The guard's end of the feed. Reconnects by itself, for ever, until closed. */
export interface RevocationFeed {
  /** Starts to deliver; resolves at once, whether the wire answers or not. */
  start(listener: FeedListener): void;
  close(): Promise<void>;
}

/** What tells one life of the wire from another (run id, replication id, the stream's own epoch mark and last id). */
export interface WireIdentity {
  readonly identity: string;
  /** The epoch mark found on the wire; undefined when it has none. */
  readonly epoch: Epoch | undefined;
  /** The wire's clock, read no later than anything else in this answer. */
  readonly now: EpochMilliseconds;
  /** The newest watermark on the wire, if any, of whatever epoch. */
  readonly newestWatermark: EpochMilliseconds | undefined;
}

/** The publisher's end. Every call rejects with an error when the wire does not answer. */
export interface RevocationWire {
  inspect(): Promise<WireIdentity>;
  /** Marks the stream with a new epoch; a lower or equal one than the mark found is refused. Idempotent. */
  beginEpoch(epoch: Epoch): Promise<void>;
  /** Appends in order, all or nothing, unless the stream's epoch is another one. */
  append(epoch: Epoch, entries: readonly RevocationEntry[]): Promise<'appended' | 'foreign-epoch'>;
  /** Writes the watermark and removes the one before it, unless the stream's epoch is another one. */
  watermark(epoch: Epoch, at: EpochMilliseconds): Promise<'appended' | 'foreign-epoch'>;
  /** Tells every guard that the JWKS has changed. */
  announceKeys(epoch: Epoch): Promise<'appended' | 'foreign-epoch'>;
  close(): Promise<void>;
}

/** The row in PostgreSQL that says which life of the wire is the current one. */
export interface EpochRecord {
  readonly epoch: Epoch;
  /** The identity of the wire for which it was raised; empty before the first. */
  readonly identity: string;
}

/** What the publisher asks of PostgreSQL, where the truth is. */
export interface RevocationLedger {
  currentEpoch(): Promise<EpochRecord>;
  /** Raises the epoch if it is still `from`; answers the record that stands afterwards, whoever won. */
  raiseEpoch(from: Epoch, identity: string): Promise<EpochRecord>;
  /** Every live entry not yet marked as published in this epoch: a fresh read, never by an id cursor, never SKIP LOCKED. */
  unpublished(epoch: Epoch, limit: number): Promise<readonly RevocationEntry[]>;
  /** To be called only after the wire has answered. Never lowers the epoch of a row. */
  markPublished(ids: readonly string[], epoch: Epoch): Promise<void>;
}
