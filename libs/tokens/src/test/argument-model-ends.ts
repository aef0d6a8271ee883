/**
 * Owns the ends by which the processes of the model reach its Redis and its database: the ports of the product over calls
 * that take their time. The reader does what redis-feed does, call by call. Does not own either server.
 */
import type { Clock, EpochMilliseconds } from '../time.js';
import type {
  Epoch,
  FeedListener,
  LeaseWriting,
  RevocationFeed,
  RevocationLedger,
  RevocationWire,
} from '../revocation/feed.js';
import type { GuardRegister, LeaseReport } from '../revocation/lease.js';
import { precedes, START, type Position } from '../revocation/position.js';
import type { Publication } from '../revocation/receipt.js';
import type { Instant } from '../revocation/wire-clock.js';
import type { ModelDatabase } from './argument-model-database.js';
import type { ModelRedis } from './argument-model-redis.js';
import type { PlacedMessage } from './argument-model-servers.js';
import type { Party, Traffic } from './argument-model-traffic.js';

export const modelWire = (traffic: Traffic, from: Party, redis: ModelRedis): RevocationWire => {
  const ask = <Answer>(act: () => Answer) => traffic.call(from, 'redis', () => redis.of(from, act));
  const one = (positions: readonly Position[] | 'foreign-epoch') =>
    positions === 'foreign-epoch' ? positions : 'appended';
  return {
    inspect: () => ask(() => redis.inspect()),
    beginEpoch: (epoch) =>
      ask(() => {
        redis.beginEpoch(epoch);
      }),
    append: (epoch, entries, receipt) => ask(() => redis.appendEntries(epoch, entries, receipt)),
    watermark: (epoch, watermark) => ask(() => redis.watermark(epoch, watermark)),
    announceKeys: (epoch, revision) => ask(() => one(redis.append(epoch, [{ type: 'keys', epoch, revision }]))),
    announceRegistry: (epoch, revision) => ask(() => one(redis.append(epoch, [{ type: 'registry', epoch, revision }]))),
    acknowledgeGuard: (epoch, { guardId, registration }) =>
      ask(() => one(redis.append(epoch, [{ type: 'guard', epoch, guardId, registration }]))),
    allLeases: () => ask(() => redis.allLeases()),
    leases: (leaseKeys) => ask(() => redis.leases(leaseKeys)),
    close: () => Promise.resolve(),
  };
};

export type ModelLedger = RevocationLedger & { publicationOf(id: string): Promise<Publication | undefined> };

export const modelLedger = (traffic: Traffic, from: Party, database: ModelDatabase): ModelLedger => {
  const ask = <Answer>(act: () => Answer) => traffic.call(from, 'database', act);
  return {
    currentEpoch: () => ask(() => database.currentEpoch()),
    raiseEpoch: (epoch, identity) => ask(() => database.raiseEpoch(epoch, identity)),
    unpublished: (limit) => ask(() => database.unpublished(limit)),
    markPublished: (placed, epoch, moved) =>
      ask(() => {
        database.markPublished(placed, epoch, moved);
      }),
    standing: (epoch) => ask(() => database.standing(epoch)),
    oldestStanding: (epoch, before, limit) => ask(() => database.oldestStanding(epoch, before, limit)),
    publicationOf: (id) => ask(() => database.publicationOf(id)),
  };
};

export const modelRegister = (traffic: Traffic, from: Party, database: ModelDatabase): GuardRegister => {
  const ask = <Answer>(act: () => Answer) => traffic.call(from, 'database', act);
  return {
    roll: () => ask(() => database.roll()),
    enter: (leases) => ask(() => database.enter(leases)),
    strike: (guards) =>
      ask(() => {
        database.strike(guards);
      }),
    noteSeen: (leaseKeys) => ask(() => database.noteSeen(leaseKeys)),
  };
};

/** Few, so that a guard stands in the middle of the stream as often as not. */
const BATCH = 2;
const ASK_EVERY_MS = 1000;

export interface ModelFeedOptions {
  readonly traffic: Traffic;
  readonly from: Party;
  readonly redis: ModelRedis;
  readonly clock: Clock;
  /** The true time, to say when Redis's was true. */
  readonly trueNow: () => EpochMilliseconds;
}

export class ModelFeed implements RevocationFeed {
  /** When the newest answer to "what time is it?" was true, in true time. */
  toldAt: EpochMilliseconds | undefined;
  readonly #options: ModelFeedOptions;
  #lastId: Position = START;
  #epoch: Epoch | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: ModelFeedOptions) {
    this.#options = options;
  }

  start(listener: FeedListener): void {
    this.#restart(listener);
    void this.#run(listener);
  }

  writeLease(report: LeaseReport, writing: LeaseWriting): Promise<'written' | 'lost'> {
    const { traffic, from, redis } = this.#options;
    return traffic.call(from, 'leases', () => redis.of(from, () => redis.writeLease(report, writing)));
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  async #run(listener: FeedListener): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#ask(listener);
        while (!this.#isClosed()) await this.#turn(listener);
      } catch {
        // It tries again: the next call may take as long as it wants.
      }
    }
  }

  #isClosed(): boolean {
    return this.#closed;
  }

  async #turn(listener: FeedListener): Promise<void> {
    const { clock, redis } = this.#options;
    if (clock.monotonic() - this.#askedAt >= ASK_EVERY_MS) await this.#ask(listener);
    const placed = await this.#call(() => redis.read(this.#lastId, BATCH));
    if (!this.#isClosed()) this.#deliver(listener, placed);
  }

  async #ask(listener: FeedListener): Promise<void> {
    const { clock, redis, trueNow } = this.#options;
    const askedAt: Instant = { wall: clock.now(), monotonic: clock.monotonic() };
    const { wireNow, toldAt } = await this.#call(() => ({ wireNow: redis.time(), toldAt: trueNow() }));
    if (this.#closed) return;
    listener.clock(wireNow, askedAt);
    this.toldAt = toldAt;
    this.#askedAt = askedAt.monotonic;
    const end = await this.#call(() => redis.end());
    if (precedes(end, this.#lastId)) this.#restart(listener);
  }

  #deliver(listener: FeedListener, all: readonly PlacedMessage[]): void {
    for (const { position, messages } of all) {
      this.#lastId = position;
      for (const message of messages) listener.message(message, position);
      if (messages.some(({ epoch }) => this.#isNewEpoch(epoch))) {
        this.#restart(listener);
        return;
      }
    }
  }

  #isNewEpoch(epoch: Epoch): boolean {
    if (epoch <= (this.#epoch ?? Number.NEGATIVE_INFINITY)) return false;
    const first = this.#epoch === undefined;
    this.#epoch = epoch;
    return !first;
  }

  #restart(listener: FeedListener): void {
    this.#lastId = START;
    listener.restarted();
  }

  #call<Answer>(act: () => Answer): Promise<Answer> {
    const { traffic, from, redis } = this.#options;
    return traffic.call(from, 'redis', () => redis.of(from, act));
  }
}
