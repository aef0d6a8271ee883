/**
 * Owns the ports of the revocation feed: what a reader hears, what a publisher may do, and what PostgreSQL answers.
 * Does not own a wire: memory-feed and redis-feed are two, and both pass one contract suite.
 */
import type { EpochMilliseconds } from '../time.js';
import type { RevocationEntry } from './entry.js';
import type { LeaseReport, StandingLease } from './lease.js';
import type { Position } from './position.js';

/** Counts the lives of the wire. A Redis that lost anything, in whatever way, is a new epoch. */
export type Epoch = number;

/**
 * What travels. A watermark says: "every revocation acknowledged before `at` (the wire's clock) stands in this stream at
 * or before this message, and no access token lives longer than this". `keys` says that the issuer's keys have changed, and
 * which revision of them to wait for. `registry` says that what is registered with the issuer (clients, APIs, its own generation) has
 * changed: for the issuer's own instances alone, which remember what they have read of it. `guard` says: "this registration stands in the issuer's register"; whatever was published
 * without asking that guard stands before it.
 */
export type FeedMessage =
  | { readonly type: 'epoch'; readonly epoch: Epoch }
  | {
      readonly type: 'revocation';
      readonly epoch: Epoch;
      readonly entry: RevocationEntry;
      /** Somebody waits: a guard reports at once that it has applied this. */
      readonly receipt: boolean;
    }
  | {
      readonly type: 'watermark';
      readonly epoch: Epoch;
      readonly at: EpochMilliseconds;
      /** The longest lifetime of an access token that was ever in force (revocation.md V2). */
      readonly longestLifetimeSeconds: number;
      /** Every change of what is registered that was committed before `at` is of this revision or an earlier one. Undefined: nothing is said. */
      readonly registryRevision?: number;
    }
  | {
      readonly type: 'keys';
      readonly epoch: Epoch;
      /** Of the set of keys that stands since; undefined: whichever stands now. */
      readonly revision?: number;
    }
  | { readonly type: 'registry'; readonly epoch: Epoch; readonly revision: number }
  | { readonly type: 'guard'; readonly epoch: Epoch; readonly guardId: string; readonly registration: string };

/** What a reader does with what it hears. Called in stream order, synchronously. */
export interface FeedListener {
  message(message: FeedMessage, position: Position): void;
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

/**
 * How a lease is written: `new` whether or not one stands, `held` only if the one of this registration still stands, `over` for the last time, kept
 * long enough for the issuer to see it.
 */
export type LeaseWriting = 'new' | 'held' | 'over';

/** The guard's end of the feed. Reconnects by itself, for ever, until closed. */
export interface RevocationFeed {
  /** Starts to deliver; resolves at once, whether the wire answers or not. */
  start(listener: FeedListener): void;
  /**
   * Writes this guard's own lease, which the wire forgets `report.leaseMs` after it has taken it. `lost`: none was standing
   * any more, and nothing was written. Rejects when the wire does not answer.
   */
  writeLease(report: LeaseReport, writing: LeaseWriting): Promise<'written' | 'lost'>;
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
  /** The last place that the stream gave out: whatever is appended after this answer stands behind it. */
  readonly end: Position;
  /** How many messages the stream holds. */
  readonly length: number;
}

export interface NewWatermark {
  readonly at: EpochMilliseconds;
  readonly longestLifetimeSeconds: number;
  /** Of what is registered, read after `at`. Left out: this issuer's instances remember nothing. */
  readonly registryRevision?: number;
  /** See revocation.md V8. */
  readonly trimTo?: Position;
}

/** The publisher's end. Every call rejects with an error when the wire does not answer. */
export interface RevocationWire {
  inspect(): Promise<WireIdentity>;
  /** Marks the stream with a new epoch; a lower or equal one than the mark found is refused. Idempotent. */
  beginEpoch(epoch: Epoch): Promise<void>;
  /** Appends in order, all or nothing, and answers where each stands; unless the stream's epoch is another one. */
  append(
    epoch: Epoch,
    entries: readonly RevocationEntry[],
    receipt: boolean,
  ): Promise<readonly Position[] | 'foreign-epoch'>;
  /**
   * Writes the watermark and removes the one before it, unless the stream's epoch is another one. In the same act it removes
   * every message before `trimTo`, if one is given and the watermark was written.
   */
  watermark(epoch: Epoch, watermark: NewWatermark): Promise<'appended' | 'foreign-epoch'>;
  /** Tells every guard that the keys have changed: a safe integer, not negative, that only grows. */
  announceKeys(epoch: Epoch, revision: number): Promise<'appended' | 'foreign-epoch'>;
  /** Tells the issuer's own instances that what is registered has changed: a safe integer, not negative. */
  announceRegistry(epoch: Epoch, revision: number): Promise<'appended' | 'foreign-epoch'>;
  /** Tells a guard that its registration stands in the register. */
  acknowledgeGuard(
    epoch: Epoch,
    guard: Pick<LeaseReport, 'guardId' | 'registration'>,
  ): Promise<'appended' | 'foreign-epoch'>;
  /** Every lease that stands, of whatever guard. Walks the whole wire: for the register, never for a request. */
  allLeases(): Promise<readonly StandingLease[]>;
  /** Those of these leases that stand now, by their keys. */
  leases(leaseKeys: readonly string[]): Promise<ReadonlyMap<string, StandingLease>>;
  close(): Promise<void>;
}

/** The row in PostgreSQL that says which life of the wire is the current one. */
export interface EpochRecord {
  readonly epoch: Epoch;
  /** The identity of the wire for which it was raised; empty before the first. */
  readonly identity: string;
  /** The high-water mark of access token lifetimes (revocation.md V2), read in the same statement. */
  readonly longestLifetimeSeconds: number;
  /** Of what is registered, read in the same statement: another one with each change, and none of them ever again. */
  readonly registryRevision: number;
}

/** The record, and what is on no wire of its epoch yet: of one snapshot. */
export interface Unpublished {
  readonly record: EpochRecord;
  readonly entries: readonly RevocationEntry[];
}

/** Where an entry was appended. */
export interface Placed {
  readonly id: string;
  readonly position: Position;
}

/** What of the living stands on the wire in one epoch. */
export interface StandingEntries {
  /** At how many places: many entries may stand in one message. */
  readonly places: number;
  /** The place of the one that stands furthest back; undefined when there is none. */
  readonly oldest: Position | undefined;
}

/**
 * What the publisher asks of PostgreSQL, where the truth is. `epoch-over`: in the snapshot of that very statement the epoch
 * is another one. Two wires may live at once (a failover that not everybody has followed): then rows are marked for the one
 * while a round of the other still looks, and what it does not find stands on a wire that its guards never read.
 */
export interface RevocationLedger {
  currentEpoch(): Promise<EpochRecord>;
  /** Raises the epoch if it is still `from`; answers the record that stands afterwards, whoever won. */
  raiseEpoch(from: Epoch, identity: string): Promise<EpochRecord>;
  /**
   * The record, and every live entry not yet marked as published in its epoch, so many at the most: one fresh read, never by an id cursor,
   * never SKIP LOCKED. Not checked: that this epoch is that of any wire.
   */
  unpublished(limit: number): Promise<Unpublished>;
  /**
   * To be called only after the wire has answered. Never lowers the epoch of a row. Of several places within one epoch the
   * first is kept, since whoever has read up to there has read the entry; an entry that was `moved` takes the last.
   */
  markPublished(placed: readonly Placed[], epoch: Epoch, moved: boolean): Promise<void>;
  /** Where the living entries marked as published in this epoch stand. */
  standing(epoch: Epoch): Promise<StandingEntries | 'epoch-over'>;
  /** Of those, the ones that stand furthest back, and before this place. */
  oldestStanding(epoch: Epoch, before: Position, limit: number): Promise<readonly RevocationEntry[]>;
}
