/**
 * Owns a model of what PostgreSQL holds of revocations and of guards: rows, the epoch's compare-and-swap, the register, each
 * verb in one instant. It loses nothing. Does not own the network (argument-model-traffic).
 */
import type { RevocationEntry } from '../revocation/entry.js';
import type { Epoch, EpochRecord, Placed, StandingEntries, Unpublished } from '../revocation/feed.js';
import type { GuardRoll, RegisteredGuard, StandingLease } from '../revocation/lease.js';
import { precedes, START, type Position } from '../revocation/position.js';
import type { Publication } from '../revocation/receipt.js';
import type { EpochMilliseconds } from '../time.js';

interface Row {
  readonly entry: RevocationEntry;
  readonly committedAt: EpochMilliseconds;
  publishedIn: Epoch;
  position: Position;
}

/** A guard, and when its lease was last known to stand. */
type SeenGuard = RegisteredGuard & { readonly seenAt: EpochMilliseconds };

const STRUCK_AFTER_MS = 3_600_000;

export class ModelDatabase {
  readonly #now: () => EpochMilliseconds;
  readonly #rows = new Map<string, Row>();
  readonly #guards = new Map<string, SeenGuard>();
  #record: EpochRecord = { epoch: 0, identity: '', longestLifetimeSeconds: 300, registryRevision: 0 };
  #raisedAt: EpochMilliseconds;

  constructor(now: () => EpochMilliseconds) {
    this.#now = now;
    this.#raisedAt = now();
  }

  commit(entry: RevocationEntry): void {
    this.#rows.set(entry.id, { entry, committedAt: this.#now(), publishedIn: 0, position: START });
  }

  /** Removes the rows that no living token can match. */
  sweep(): void {
    for (const [id, { entry }] of this.#rows) if (!this.isLiving(entry)) this.#rows.delete(id);
  }

  isLiving({ expiresAt }: RevocationEntry): boolean {
    return expiresAt === null || expiresAt * 1000 > this.#now();
  }

  get living(): readonly { readonly entry: RevocationEntry; readonly committedAt: EpochMilliseconds }[] {
    return [...this.#rows.values()].filter(({ entry }) => this.isLiving(entry));
  }

  // The ledger.

  currentEpoch(): EpochRecord {
    return this.#record;
  }

  raiseEpoch(from: Epoch, identity: string): EpochRecord {
    if (this.#record.epoch === from) {
      this.#record = { ...this.#record, epoch: from + 1, identity };
      this.#raisedAt = this.#now();
    }
    return this.#record;
  }

  unpublished(limit: number): Unpublished {
    const record = this.#record;
    const rows = [...this.#rows.values()].filter(
      ({ publishedIn, entry }) => publishedIn < record.epoch && this.isLiving(entry),
    );
    return { record, entries: rows.slice(0, limit).map(({ entry }) => entry) };
  }

  markPublished(placed: readonly Placed[], epoch: Epoch, moved: boolean): void {
    for (const { id, position } of placed) {
      const row = this.#rows.get(id);
      if (row === undefined || row.publishedIn > epoch) continue;
      if (row.publishedIn < epoch || precedes(row.position, position) === moved) row.position = position;
      row.publishedIn = epoch;
    }
  }

  standing(epoch: Epoch): StandingEntries | 'epoch-over' {
    if (epoch !== this.#record.epoch) return 'epoch-over';
    const rows = this.#inOrder(epoch);
    return { places: new Set(rows.map(({ position }) => position)).size, oldest: rows[0]?.position };
  }

  oldestStanding(epoch: Epoch, before: Position, limit: number): readonly RevocationEntry[] {
    return this.#inOrder(epoch)
      .slice(0, limit)
      .map(({ entry }) => entry);
  }

  publicationOf(id: string): Publication | undefined {
    const row = this.#rows.get(id);
    return row === undefined || row.publishedIn === 0 ? undefined : { epoch: row.publishedIn, position: row.position };
  }

  // The register.

  roll(): GuardRoll {
    return {
      guards: [...this.#guards.values()],
      epoch: this.#record.epoch,
      epochAgeMs: this.#now() - this.#raisedAt,
    };
  }

  enter(leases: readonly StandingLease[]): readonly string[] {
    const now = this.#now();
    return leases.flatMap(({ leaseKey, guardId, service, onStale, leaseMs, registration }) => {
      const known = this.#guards.get(leaseKey);
      const registeredAt = known?.registration === registration ? known.registeredAt : now;
      this.#guards.set(leaseKey, {
        ...{ leaseKey, guardId, service, onStale, leaseMs, registration, registeredAt, seenAt: now },
      });
      return [leaseKey];
    });
  }

  strike(guards: readonly Pick<RegisteredGuard, 'leaseKey' | 'registration'>[]): void {
    for (const { leaseKey, registration } of guards) {
      if (this.#guards.get(leaseKey)?.registration === registration) this.#guards.delete(leaseKey);
    }
  }

  noteSeen(leaseKeys: readonly string[]): GuardRoll {
    const now = this.#now();
    const seen = new Set(leaseKeys);
    const before = this.roll();
    const { epochAgeMs, guards } = before;
    const young = epochAgeMs <= Math.max(0, ...guards.map(({ leaseMs }) => leaseMs));
    for (const [key, guard] of this.#guards) {
      if (seen.has(key)) this.#guards.set(key, { ...guard, seenAt: now });
      else if (!young && guard.onStale === 'refuse' && now - guard.seenAt > STRUCK_AFTER_MS) this.#guards.delete(key);
    }
    return before;
  }

  #inOrder(epoch: Epoch): readonly Row[] {
    return [...this.#rows.values()]
      .filter(({ publishedIn, entry }) => publishedIn === epoch && this.isLiving(entry))
      .sort((left, right) => (precedes(left.position, right.position) ? -1 : 1));
  }
}
