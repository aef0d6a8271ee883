/**
 * Owns the register of guards in PostgreSQL (revocation.md V16, V17): a Redis that is lost forgets nobody who may still admit.
 * Does not own the leases on the wire, who is acknowledged, nor what an operator reads and removes (guard-records).
 */
import type { GuardRegister, GuardRoll, RegisteredGuard, StandingLease } from '@latchkey/tokens';
import { isStorable } from './act.js';
import type { Answer, Database } from './database.js';
import { GUARD_COLUMNS, guardFrom, type GuardColumns } from './guard-row.js';
import { isUuid } from './uuid.js';

/** So long must a lease be missed, by PostgreSQL's clock, before its guard is struck. */
const FORGOTTEN_AFTER = "interval '1 hour'";
/** A lease that stands is noted this often: each note is a write. */
const NOTED_EVERY = "interval '10 seconds'";
const LONGEST_LEASE_MS = 2_147_483_647;

type RollColumns = { readonly epoch: number; readonly epoch_age_ms: number } & (
  GuardColumns | { readonly lease_key: null }
);

export class PostgresGuardRegister implements GuardRegister {
  constructor(private readonly database: Database) {}

  /** Guards, epoch and its age in one statement: of one instant. @throws Unavailable */
  async roll(): Promise<GuardRoll> {
    return rollFrom(await this.database.run<RollColumns>(ROLL));
  }

  /**
   * The time of registration is that of the first, so that a list keeps its order. A lease that cannot be kept (no UUID, a
   * length that is none) is not entered, and never keeps others from being. Of two instances that enter the same at once
   * one may be answered without it: it is asked again a moment later. @throws Unavailable
   */
  async enter(leases: readonly StandingLease[]): Promise<readonly string[]> {
    const sound = leases.filter(isSound);
    if (sound.length === 0) return [];
    const { rows } = await this.database.run<{ readonly lease_key: string }>(
      `WITH lease AS (
         SELECT * FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::integer[])
           AS l (lease_key, guard_id, registration, service, on_stale, lease_ms)),
       held AS MATERIALIZED (
         SELECT lease_key FROM auth.guards WHERE lease_key = ANY ($1) ORDER BY lease_key FOR UPDATE),
       renewed AS (
         UPDATE auth.guards g SET registration = l.registration, service = l.service, on_stale = l.on_stale,
           lease_ms = l.lease_ms, last_seen_at = clock_timestamp(), missing_since = NULL
         FROM lease l JOIN held USING (lease_key)
         WHERE g.lease_key = l.lease_key AND g.guard_id = l.guard_id RETURNING g.lease_key),
       entered AS (
         INSERT INTO auth.guards (lease_key, guard_id, registration, service, on_stale, lease_ms)
         SELECT lease_key, guard_id, registration, service, on_stale, lease_ms FROM lease
         WHERE lease_key NOT IN (SELECT lease_key FROM held) ORDER BY lease_key
         ON CONFLICT DO NOTHING RETURNING lease_key)
       SELECT lease_key FROM renewed UNION ALL SELECT lease_key FROM entered`,
      [
        ...[sound.map(({ leaseKey }) => leaseKey), sound.map(({ guardId }) => guardId)],
        ...[sound.map(({ registration }) => registration), sound.map(({ service }) => service)],
        ...[sound.map(({ onStale }) => onStale), sound.map(({ leaseMs }) => leaseMs)],
      ],
    );
    return rows.map(({ lease_key }) => lease_key);
  }

  /** @throws Unavailable */
  async strike(guards: readonly Pick<RegisteredGuard, 'leaseKey' | 'registration'>[]): Promise<void> {
    const named = guards.filter(({ leaseKey, registration }) => isStorable(leaseKey) && isUuid(registration));
    if (named.length === 0) return;
    await this.database.run(
      `DELETE FROM auth.guards WHERE lease_key IN (
         SELECT g.lease_key FROM auth.guards g JOIN unnest($1::text[], $2::uuid[]) AS s (lease_key, registration)
           ON g.lease_key = s.lease_key AND g.registration = s.registration ORDER BY g.lease_key FOR UPDATE OF g)`,
      [named.map(({ leaseKey }) => leaseKey), named.map(({ registration }) => registration)],
    );
  }

  /**
   * "Not seen for an hour": somebody looked an hour ago and did not find it, nor ever since; an hour in which nobody looked
   * says nothing. One statement for both: every instance asks some times in a second, for ever, and hardly ever has anything to note.
   * @throws Unavailable
   */
  async noteSeen(leaseKeys: readonly string[]): Promise<GuardRoll> {
    // Only rows of which there is something to note are locked: that is a write. SKIP LOCKED: whoever holds a row notes the same of it.
    const before = await this.database.run<RollColumns>(
      `WITH look AS MATERIALIZED (
         SELECT lease_key, lease_key = ANY ($1::text[]) AS seen, on_stale, last_seen_at, missing_since FROM auth.guards
         WHERE CASE WHEN lease_key = ANY ($1::text[])
           THEN missing_since IS NOT NULL OR last_seen_at < clock_timestamp() - ${NOTED_EVERY}
           ELSE missing_since IS NULL OR missing_since < clock_timestamp() - ${FORGOTTEN_AFTER} END
         FOR UPDATE SKIP LOCKED),
       noted AS (
         UPDATE auth.guards g SET
           last_seen_at = CASE WHEN look.seen THEN clock_timestamp() ELSE g.last_seen_at END,
           missing_since = CASE WHEN look.seen THEN NULL ELSE clock_timestamp() END
         FROM look WHERE g.lease_key = look.lease_key AND CASE WHEN look.seen
           THEN look.missing_since IS NOT NULL OR look.last_seen_at < clock_timestamp() - ${NOTED_EVERY}
           ELSE look.missing_since IS NULL END),
       forgotten AS (
         DELETE FROM auth.guards g USING look
         WHERE g.lease_key = look.lease_key AND NOT look.seen AND look.on_stale = 'refuse'
           AND look.missing_since < clock_timestamp() - ${FORGOTTEN_AFTER}
           AND (SELECT raised_at FROM auth.revocation_epoch) <
             clock_timestamp() - (SELECT make_interval(secs => max(lease_ms) / 1000.0) FROM auth.guards))
       ${ROLL}`,
      [leaseKeys.filter(isStorable)],
    );
    return rollFrom(before);
  }
}

/** In a statement that writes as well: as it stood before. */
const ROLL = `SELECT e.epoch::float8 AS epoch, ${GUARD_COLUMNS},
    greatest(0, extract(epoch FROM clock_timestamp() - e.raised_at) * 1000)::float8 AS epoch_age_ms
  FROM auth.revocation_epoch e LEFT JOIN auth.guards g ON true ORDER BY g.registered_at, g.guard_id`;

function rollFrom({ rows }: Answer<RollColumns>): GuardRoll {
  const [first] = rows;
  if (first === undefined) throw new Error('There is no epoch: the schema was not made by our migrations.');
  return {
    guards: rows.flatMap((row) => (row.lease_key === null ? [] : [guardFrom(row)])),
    epoch: first.epoch,
    epochAgeMs: first.epoch_age_ms,
  };
}

const isSound = (lease: StandingLease): boolean =>
  isUuid(lease.guardId) &&
  isUuid(lease.registration) &&
  isStorable(lease.leaseKey) &&
  isStorable(lease.service) &&
  Number.isInteger(lease.leaseMs) &&
  lease.leaseMs > 0 &&
  lease.leaseMs <= LONGEST_LEASE_MS;
