/**
 * Owns what the publisher asks of PostgreSQL: the epoch (V7), what is on no wire yet (V6), and where on the wire the living
 * stand (V8). Does not own the wire, what causes a revocation (the endings), nor the register that an operator sees.
 */
import type {
  Epoch,
  EpochRecord,
  Placed,
  Position,
  RevocableClaims,
  RevocationEntry,
  RevocationKind,
  RevocationLedger,
  StandingEntries,
  Unpublished,
} from '@latchkey/tokens';
import type { Statements } from './database.js';
import { matchingRevocation } from './revocation-question.js';
import { entryFrom, IS_LIVING, POSITION, REVOCATION_COLUMNS, type RevocationColumns } from './revocation-row.js';

/** The order of two places within one epoch, as numbers; the index has it. */
const BY_PLACE = 'published_epoch, position_ms, position_seq';

const RECORD = `e.epoch::float8 AS epoch, e.identity, i.longest_token_lifetime_seconds AS "longestLifetimeSeconds",
  r.revision::float8 AS "registryRevision"`;
const OF_THE_RECORD = 'auth.revocation_epoch e CROSS JOIN auth.issuer_state i CROSS JOIN auth.registry_revision r';

const noEpoch = (): Error => new Error('There is no epoch: the schema was not made by our migrations.');

export class PostgresRevocationLedger implements RevocationLedger {
  constructor(private readonly database: Statements) {}

  /** @throws Unavailable */
  async currentEpoch(): Promise<EpochRecord> {
    const { rows } = await this.database.run<EpochRecord>(`SELECT ${RECORD} FROM ${OF_THE_RECORD}`);
    const [record] = rows;
    if (record === undefined) throw noEpoch();
    return record;
  }

  /** When the epoch that stands was raised, in milliseconds by PostgreSQL's clock. @throws Unavailable */
  async epochBegan(): Promise<number> {
    const { rows } = await this.database.run<{ readonly at: number }>(
      'SELECT extract(epoch FROM raised_at)::float8 * 1000 AS at FROM auth.revocation_epoch',
    );
    if (rows[0] === undefined) throw noEpoch();
    return rows[0].at;
  }

  /** @throws Unavailable */
  async raiseEpoch(from: Epoch, identity: string): Promise<EpochRecord> {
    await this.database.run(
      `UPDATE auth.revocation_epoch SET epoch = epoch + 1, identity = $2, raised_at = clock_timestamp() WHERE epoch = $1`,
      [from, identity],
    );
    return this.currentEpoch();
  }

  /**
   * V6: "a fresh READ COMMITTED read … (never by an id cursor, never SKIP LOCKED)". Those that were on an older wire come
   * in the order in which they stood there. @throws Unavailable
   */
  async unpublished(limit: number): Promise<Unpublished> {
    // One row at least. Ordered by the index, so that statistics from before a million rows were marked never make it a walk over all; and
    // planned each time, so that no plan from before they were written does.
    const { rows } = await this.database.run<EpochRecord & (RevocationColumns | { readonly id: null })>(
      `SELECT ${RECORD}, u.* FROM ${OF_THE_RECORD} LEFT JOIN LATERAL (
         SELECT ${REVOCATION_COLUMNS} FROM auth.revocations
         WHERE published_epoch < e.epoch AND ${IS_LIVING} ORDER BY ${BY_PLACE} LIMIT $1) u ON true`,
      [limit],
    );
    const [first] = rows;
    if (first === undefined) throw noEpoch();
    const { epoch, identity, longestLifetimeSeconds, registryRevision } = first;
    return {
      record: { epoch, identity, longestLifetimeSeconds, registryRevision },
      entries: rows.flatMap((row) => (row.id === null ? [] : [entryFrom(row)])),
    };
  }

  /** @throws Unavailable */
  async markPublished(placed: readonly Placed[], epoch: Epoch, moved: boolean): Promise<void> {
    if (placed.length === 0) return;
    const places = placed.map(({ position }) => position.split('-'));
    // Locked in the order of their ids: two that mark the same rows at once never wait in a circle.
    await this.database.run(
      `WITH placed AS (
         SELECT DISTINCT ON (id) id, ms, seq FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS p (id, ms, seq)
         ORDER BY id, ms ${moved ? 'DESC, seq DESC' : ', seq'}),
       held AS MATERIALIZED (
         SELECT id FROM auth.revocations WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE)
       UPDATE auth.revocations r SET published_epoch = $4, position_ms = p.ms, position_seq = p.seq
       FROM placed p JOIN held USING (id)
       WHERE r.id = p.id AND (r.published_epoch < $4
         OR r.published_epoch = $4 AND (r.position_ms, r.position_seq) ${moved ? '<' : '>'} (p.ms, p.seq))`,
      [placed.map(({ id }) => id), places.map(([ms]) => ms), places.map(([, seq]) => seq), epoch],
    );
  }

  /** @throws Unavailable */
  async standing(epoch: Epoch): Promise<StandingEntries | 'epoch-over'> {
    const { rows } = await this.database.run<{
      readonly current: boolean;
      readonly places: number;
      readonly oldest: string | null;
    }>(
      `SELECT e.epoch = $1 AS current,
         (SELECT count(*) FROM (SELECT DISTINCT position_ms, position_seq FROM auth.revocations
           WHERE published_epoch = $1 AND ${IS_LIVING}) p)::float8 AS places,
         (SELECT ${POSITION} FROM auth.revocations WHERE published_epoch = $1 AND ${IS_LIVING}
          ORDER BY ${BY_PLACE} LIMIT 1) AS oldest
       FROM auth.revocation_epoch e`,
      [epoch],
    );
    const [row] = rows;
    if (row?.current !== true) return 'epoch-over';
    return { places: row.places, oldest: row.oldest ?? undefined };
  }

  /** @throws Unavailable */
  async oldestStanding(epoch: Epoch, before: Position, limit: number): Promise<readonly RevocationEntry[]> {
    const { rows } = await this.database.run<RevocationColumns>(
      `SELECT ${REVOCATION_COLUMNS} FROM auth.revocations
       WHERE published_epoch = $1 AND ${IS_LIVING} AND (position_ms, position_seq) < ($2::bigint, $3::bigint)
       ORDER BY ${BY_PLACE} LIMIT $4`,
      [epoch, ...before.split('-'), limit],
    );
    return rows.map(entryFrom);
  }

  /** The question that a guard asks its list, asked to the truth: for our own doors while the feed is stale. @throws Unavailable */
  async isRevoked(claims: RevocableClaims, kid: string): Promise<RevocationKind | undefined> {
    return (await matchingRevocation(this.database, claims, kid))?.kind;
  }
}
