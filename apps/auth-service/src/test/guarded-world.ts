/**
 * Owns revocation as this service composes it, over a database of a spec and a wire in memory, with its jobs running and
 * guards that come and go. Does not own what is expected; the specs of the whole service do the same over Redis.
 */
import {
  type FeedListener,
  GuardMembership,
  type GuardIdentity,
  MemoryWire,
  type RevocationFeed,
  RevocationKnowledge,
} from '@latchkey/tokens';
import { systemClock, until } from '@latchkey/tokens/testing';
import { pino } from 'pino';
import { serviceJobs } from '../jobs/service-jobs.js';
import type { Database } from '../persistence/postgres/database.js';
import { ExpiredRows } from '../persistence/postgres/expired-rows.js';
import { PostgresGuardRecords } from '../persistence/postgres/guard-records.js';
import { PostgresGuardRegister } from '../persistence/postgres/guard-register.js';
import { PostgresRevocationLedger } from '../persistence/postgres/revocation-ledger.js';
import { PostgresRevocationRegister } from '../persistence/postgres/revocation-register.js';
import { Revoking } from '../persistence/postgres/revoking.js';
import { openRevocation, type Revocation } from '../revocation.js';

/** An epoch is young for no longer than that; so short a standstill of the process loses no lease. */
export const LEASE_MS = 2000;

export interface GuardedWorld {
  readonly wire: MemoryWire;
  readonly revocation: Revocation;
  /** Whatever commits through it is published at once. */
  readonly revoking: Revoking;
  readonly revocations: PostgresRevocationRegister;
  readonly guards: PostgresGuardRecords;
  /** Whether each of the revocations that were committed asked the guards to report. */
  readonly receipts: boolean[];
  /** A guard that is registered; closed with the world unless before. */
  addGuard(over?: Partial<GuardIdentity>): Promise<TestGuard>;
  close(): Promise<void>;
}

export interface TestGuard {
  readonly membership: GuardMembership;
  /** The connection is held open and passes nothing, until released. */
  readonly hold: () => void;
  readonly release: () => void;
}

/** A feed whose connection can be held: what comes meanwhile is heard afterwards, and what is sent meanwhile is lost. */
class HeldFeed implements RevocationFeed {
  readonly #inner: RevocationFeed;
  #waiting: (() => void)[] | undefined;

  constructor(inner: RevocationFeed) {
    this.#inner = inner;
  }

  hold(): void {
    this.#waiting ??= [];
  }

  release(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const hear of waiting) hear();
  }

  start(listener: FeedListener): void {
    const pass = (hear: () => void): void => {
      if (this.#waiting === undefined) hear();
      else this.#waiting.push(hear);
    };
    this.#inner.start({
      message: (...heard) => {
        pass(() => {
          listener.message(...heard);
        });
      },
      clock: (...heard) => {
        pass(() => {
          listener.clock(...heard);
        });
      },
      restarted: () => {
        pass(() => {
          listener.restarted();
        });
      },
      incomprehensible: (...heard) => {
        pass(() => {
          listener.incomprehensible(...heard);
        });
      },
    });
  }

  writeLease(...written: Parameters<RevocationFeed['writeLease']>): Promise<'written' | 'lost'> {
    return this.#waiting === undefined
      ? this.#inner.writeLease(...written)
      : Promise.reject(new Error('the connection passes nothing'));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

export async function openGuardedWorld(database: Database): Promise<GuardedWorld> {
  const log = pino({ level: 'silent' });
  const wire = new MemoryWire(systemClock);
  const receipts: boolean[] = [];
  const revoking = new Revoking(database, (entries, receipt) => {
    receipts.push(receipt);
    revocation.onRevoked(entries, receipt);
  });
  const revocations = new PostgresRevocationRegister(revoking);
  const revocation = openRevocation({
    wires: { wire, feed: wire.feed() },
    stores: {
      ...{ revocations, ledger: new PostgresRevocationLedger(database) },
      guardRegister: new PostgresGuardRegister(database),
    },
    ...{ onKeysChanged: () => undefined, onRegistryHeard: () => undefined, onNewEpoch: () => undefined },
    ...{ maxStalenessMs: LEASE_MS, log },
  });
  const jobs = serviceJobs({
    ...{
      revocation,
      expiredRows: new ExpiredRows(database),
      failures: { endSpan: () => Promise.resolve() },
      watermarkIntervalMs: 50,
      log,
    },
    keys: { watch: () => Promise.resolve() },
    sealer: { round: () => Promise.resolve() },
    backchannel: { deliverDue: () => Promise.resolve() },
  });
  for (const job of jobs) job.start();
  const guards = new Set<GuardMembership>();
  await until(() => revocation.membership.judgeable(), 'the doors of the service are registered');
  return {
    ...{ wire, revocation, revoking, revocations, receipts, guards: new PostgresGuardRecords(database) },
    addGuard: async (over = {}) => {
      const feed = new HeldFeed(wire.feed());
      const membership = new GuardMembership({
        ...{ feed, clock: systemClock, knowledge: new RevocationKnowledge({ clock: systemClock }) },
        ...{ service: 'notes', onStale: 'refuse', leaseMs: LEASE_MS, ...over },
      });
      guards.add(membership);
      membership.start();
      await until(() => membership.judgeable(), 'the guard is registered');
      return {
        membership,
        hold: () => {
          feed.hold();
        },
        release: () => {
          feed.release();
        },
      };
    },
    close: async () => {
      await revocation.desk.close();
      await Promise.all([...guards].map((guard) => guard.close()));
      await Promise.all(jobs.map((job) => job.stop()));
      await revocation.close();
    },
  };
}
