/**
 * Owns what PostgreSQL knows of revocations: what the publisher asks (V6, V7), what the auth-service's own doors ask while
 * the feed is stale (V5), and the raising of a generation (V1). Does not own the wire, nor revocations caused by grants.
 */
import type {
  Epoch,
  EpochRecord,
  EpochSeconds,
  RevocableClaims,
  RevocationEntry,
  RevocationKind,
  RevocationLedger,
} from '@latchkey/tokens';
import { appendAudit } from './audit-store.js';
import type { Database } from './database.js';
import {
  entryFrom,
  REVOCATION_COLUMNS,
  writeRevocation,
  type NewRevocation,
  type OnRevoked,
  type RevocationColumns,
} from './revocation-row.js';
import { isUuid } from './uuid.js';

/** Where each generation stands; `$1` is what it belongs to. */
const RAISE: Readonly<Record<'subject' | 'client' | 'issuer', string>> = {
  subject: 'UPDATE auth.users SET generation = generation + 1 WHERE sub = $1 RETURNING generation',
  client: 'UPDATE auth.clients SET generation = generation + 1 WHERE client_id = $1 RETURNING generation',
  issuer: `UPDATE auth.issuer_state SET generation = generation + 1 WHERE $1 = '' RETURNING generation`,
};

export class PostgresRevocationLedger implements RevocationLedger {
  /** @param onRevoked told of every revocation that a verb here has committed. */
  constructor(
    private readonly database: Database,
    private readonly onRevoked: OnRevoked,
  ) {}

  /** @throws Unavailable */
  async currentEpoch(): Promise<EpochRecord> {
    const { rows } = await this.database.run<EpochRecord>(
      'SELECT epoch::float8 AS epoch, identity FROM auth.revocation_epoch',
    );
    const [record] = rows;
    if (record === undefined) throw new Error('There is no epoch: the schema was not made by our migrations.');
    return record;
  }

  /** @throws Unavailable */
  async raiseEpoch(from: Epoch, identity: string): Promise<EpochRecord> {
    await this.database.run('UPDATE auth.revocation_epoch SET epoch = epoch + 1, identity = $2 WHERE epoch = $1', [
      from,
      identity,
    ]);
    return this.currentEpoch();
  }

  /** V6: "a fresh READ COMMITTED read … (never by an id cursor, never SKIP LOCKED)". @throws Unavailable */
  async unpublished(epoch: Epoch, limit: number): Promise<readonly RevocationEntry[]> {
    const { rows } = await this.database.run<RevocationColumns>(
      `SELECT ${REVOCATION_COLUMNS} FROM auth.revocations
       WHERE published_epoch < $1 AND (expires_at IS NULL OR expires_at > clock_timestamp()) LIMIT $2`,
      [epoch, limit],
    );
    return rows.map(entryFrom);
  }

  /** @throws Unavailable */
  async markPublished(ids: readonly string[], epoch: Epoch): Promise<void> {
    if (ids.length === 0) return;
    await this.database.run(
      'UPDATE auth.revocations SET published_epoch = $2 WHERE id = ANY ($1::uuid[]) AND published_epoch < $2',
      [ids, epoch],
    );
  }

  /** The question that a guard asks its list, asked to the truth: for our own doors while the feed is stale. @throws Unavailable */
  async isRevoked(claims: RevocableClaims, kid: string): Promise<RevocationKind | undefined> {
    // A token that speaks for a revoked subject without saying when it was born is older than everything.
    const { rows } = await this.database.run<RevocationColumns>(
      `SELECT ${REVOCATION_COLUMNS} FROM auth.revocations
       WHERE (kind = 'key' AND value = $1) OR (kind = 'token' AND value = $2)
         OR (kind = 'grant' AND value = $3) OR (kind = 'session' AND value = $4)
         OR (kind = 'subject' AND value = $5 AND generation > $6)
         OR (kind = 'client' AND value = $7 AND generation > $8)
         OR (kind = 'issuer' AND value = '' AND generation > $9)
       LIMIT 1`,
      [
        ...[kid, claims.jti, claims.grant_id ?? null, claims.sid ?? null, claims.sub, claims.gen.sub ?? -1],
        ...[claims.client_id, claims.gen.cli, claims.gen.iss],
      ],
    );
    return rows[0] === undefined ? undefined : entryFrom(rows[0]).kind;
  }

  /** By its id. @throws Unavailable */
  async find(id: string): Promise<RevocationEntry | undefined> {
    if (!isUuid(id)) return undefined;
    const { rows } = await this.database.run<RevocationColumns>(
      `SELECT ${REVOCATION_COLUMNS} FROM auth.revocations WHERE id = $1`,
      [id],
    );
    return rows[0] === undefined ? undefined : entryFrom(rows[0]);
  }

  /**
   * Writes one revocation with its audit event. Undefined when the same was said before.
   * Not for a generation (raise does that) nor for a grant (grant-store does). @throws Unavailable
   */
  async insert(revocation: NewRevocation): Promise<RevocationEntry | undefined> {
    const entries = await this.database.transaction(async (statements) => {
      const written = await writeRevocation(statements, revocation);
      for (const entry of written) await appendAudit(statements, auditOf(entry, revocation));
      return written;
    });
    if (entries.length > 0) this.onRevoked(entries);
    return entries[0];
  }

  /** V1: the generation is raised in the transaction of the revocation. Undefined when there is no such thing. @throws Unavailable */
  async raise(
    revocation: Omit<NewRevocation, 'kind' | 'generation' | 'expiresAt'> & {
      readonly kind: 'subject' | 'client' | 'issuer';
      readonly expiresAt: EpochSeconds;
    },
  ): Promise<RevocationEntry | undefined> {
    if (revocation.kind === 'subject' && !isUuid(revocation.value)) return undefined;
    const entries = await this.database.transaction(async (statements) => {
      const { rows } = await statements.run<{ generation: number }>(RAISE[revocation.kind], [revocation.value]);
      if (rows[0] === undefined) return [];
      const written = await writeRevocation(statements, { ...revocation, generation: rows[0].generation });
      for (const entry of written) await appendAudit(statements, auditOf(entry, revocation));
      return written;
    });
    if (entries.length > 0) this.onRevoked(entries);
    return entries[0];
  }
}

const auditOf = (entry: RevocationEntry, { actor, cause }: Pick<NewRevocation, 'actor' | 'cause'>) =>
  ({
    actor,
    kind: `${entry.kind}.revoked`,
    target: entry.value,
    outcome: 'done',
    detail: { cause, revocation: entry.id },
  }) as const;
