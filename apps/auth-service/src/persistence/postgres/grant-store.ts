/**
 * Owns the atomic verbs on grants: each is one conditional write whose count says who won, and every revocation commits
 * with its cause. Does not own the rule of succession (succession) nor the way of a revocation to the guards.
 */
import type {
  CodeRedemption,
  GrantRevocationCause,
  GrantStore,
  RotationOutcome,
  StoredGrant,
} from '@latchkey/protocol';
import type { EpochSeconds, RevocationEntry } from '@latchkey/tokens';
import { appendAudit } from './audit-store.js';
import type { Database, Statements } from './database.js';
import { GrantTable } from './entities/grants.js';
import { GRANT_IS_ALIVE, grantFrom } from './grant-row.js';
import { writeRevocation, type OnRevoked } from './revocation-row.js';
import { bucketNow, rotationAssignments, standingOf } from './succession.js';
import { isUuid } from './uuid.js';

type RotationRequest = Parameters<GrantStore['rotateRefreshToken']>[0];
type Entries = readonly RevocationEntry[];

interface RevokedGrant {
  readonly grant_id: string;
  readonly client_id: string;
}

/** Between our UPDATE and our look at the row somebody rotated to what we present: a moment that passes. */
const ROTATION_ATTEMPTS = 5;

export class PostgresGrantStore implements GrantStore {
  /** @param onRevoked told of every revocation that a verb here has committed. */
  constructor(
    private readonly database: Database,
    private readonly onRevoked: OnRevoked,
  ) {}

  /** @throws Unavailable */
  async redeemCode({
    grant,
    codeDigest,
    revocationExpiresAt,
  }: CodeRedemption): Promise<'redeemed' | 'replayed' | 'ended'> {
    // ON CONFLICT without a target: the grant's id is as unique as the digest, and of 50 at once each may meet either.
    // A grant that ends with its session cannot outlive it.
    const { affected } = await this.database.run(
      `INSERT INTO auth.grants (grant_id, client_id, sub, scope, resource, auth_time, amr, sid, ends_with_session,
         gen_iss, gen_cli, gen_sub, created_at, expires_at, nonce, code_digest)
       SELECT $1, c.client_id, u.sub, $4, $5, to_timestamp($6::float8), $7, s.sid, $9,
         i.generation, c.generation, u.generation, to_timestamp($13::float8),
         CASE WHEN $9 THEN least(to_timestamp($14::float8), s.expires_at) ELSE to_timestamp($14::float8) END, $15, $16
       FROM auth.clients c, auth.users u, auth.issuer_state i, auth.login_sessions s
       WHERE c.client_id = $2 AND c.enabled AND c.generation = $11
         AND u.sub = $3 AND u.enabled AND u.generation = $12
         AND i.generation = $10
         AND s.sid = $8 AND s.sub = u.sub AND s.ended_at IS NULL AND s.expires_at > clock_timestamp()
       ON CONFLICT DO NOTHING`,
      [
        ...[grant.grantId, grant.clientId, grant.sub, grant.scope, grant.resource ?? null, grant.authTime, grant.amr],
        ...[grant.sid, grant.endsWithSession, grant.generations.iss, grant.generations.cli, grant.generations.sub],
        ...[grant.createdAt, grant.expiresAt, grant.nonce ?? null, codeDigest],
      ],
    );
    if (affected === 1) return 'redeemed';
    return (await this.replayExpiredCode(codeDigest, revocationExpiresAt)) === 'replayed' ? 'replayed' : 'ended';
  }

  /** @throws Unavailable */
  async replayExpiredCode(codeDigest: string, revocationExpiresAt: EpochSeconds): Promise<'replayed' | 'unknown'> {
    const known = await this.#revoking(async (statements) => {
      const { rows: grants } = await statements.run('SELECT 1 FROM auth.grants WHERE code_digest = $1', [codeDigest]);
      const { rows: revoked } = await statements.run<RevokedGrant>(
        `UPDATE auth.grants SET revoked_at = clock_timestamp() WHERE code_digest = $1 AND revoked_at IS NULL
         RETURNING grant_id, client_id`,
        [codeDigest],
      );
      const entries = await recordRevoked(statements, revoked, 'code_replayed', 'system', revocationExpiresAt);
      return { answer: grants.length > 0, entries };
    });
    return known ? 'replayed' : 'unknown';
  }

  /** @throws Unavailable */
  async find(grantId: string): Promise<StoredGrant | undefined> {
    if (!isUuid(grantId)) return undefined;
    const row = await this.database.read(GrantTable, (grants) => grants.findOneBy({ grantId }));
    return row === null ? undefined : grantFrom(row);
  }

  /** @throws Unavailable */
  async rotateRefreshToken(request: RotationRequest): Promise<RotationOutcome> {
    if (!isUuid(request.grantId)) return { outcome: 'ended' };
    for (let attempt = 0; attempt < ROTATION_ATTEMPTS; attempt += 1) {
      const { affected } = await this.database.run(
        `UPDATE auth.grants AS g SET ${rotationAssignments('t.bucket', '$3::integer')}
         FROM (SELECT ${bucketNow('$3::integer')} AS bucket) t
         WHERE g.grant_id = $1 AND g.refresh_generation = $2 AND ${GRANT_IS_ALIVE}`,
        [request.grantId, request.presented, request.toleranceSeconds],
      );
      if (affected === 1) return { outcome: 'rotated', successor: request.presented + 1 };
      const outcome = await this.#classify(request);
      if (outcome !== undefined) return outcome;
    }
    throw new Error('A refresh token was neither rotated nor refused: its row changed under every attempt.');
  }

  /** @throws Unavailable */
  async revokeGrant(request: Parameters<GrantStore['revokeGrant']>[0]): Promise<'revoked' | 'unknown'> {
    const { grantId, clientId, cause, revocationExpiresAt } = request;
    if (!isUuid(grantId)) return 'unknown';
    return this.#revoking(async (statements) => {
      const { rows: revoked } = await statements.run<RevokedGrant>(
        `UPDATE auth.grants SET revoked_at = clock_timestamp()
         WHERE grant_id = $1 AND client_id = $2 AND revoked_at IS NULL RETURNING grant_id, client_id`,
        [grantId, clientId],
      );
      const entries = await recordRevoked(statements, revoked, cause, clientId, revocationExpiresAt);
      return { answer: revoked.length > 0 ? 'revoked' : 'unknown', entries };
    });
  }

  /** @throws Unavailable */
  async revokeAccessToken(request: Parameters<GrantStore['revokeAccessToken']>[0]): Promise<void> {
    const { jti, clientId, expiresAt } = request;
    await this.#revoking(async (statements) => {
      const entries = await writeRevocation(statements, {
        kind: 'token',
        value: jti,
        cause: 'revoked_by_client',
        actor: clientId,
        expiresAt,
      });
      if (entries.length > 0) {
        await appendAudit(statements, { actor: clientId, kind: 'token.revoked', target: jti, outcome: 'done' });
      }
      return { answer: undefined, entries };
    });
  }

  /** What a refresh token is that could not be rotated. Undefined: it is the valid one now, so try again. */
  async #classify(request: RotationRequest): Promise<RotationOutcome | undefined> {
    const { grantId, presented, toleranceSeconds, revocationExpiresAt } = request;
    return this.#revoking<RotationOutcome | undefined>(async (statements) => {
      const { rows } = await statements.run<{
        readonly client_id: string;
        readonly generation: number;
        readonly bucket: number | null;
        readonly bucket_low: number | null;
        readonly previous_bucket_low: number | null;
        readonly alive: boolean;
        readonly now: number;
      }>(
        `SELECT g.client_id, g.refresh_generation AS generation, g.rotation_bucket::float8 AS bucket, g.bucket_low,
           g.previous_bucket_low, ${GRANT_IS_ALIVE} AS alive, ${bucketNow('$2::integer')}::float8 AS now
         FROM auth.grants g WHERE g.grant_id = $1 FOR UPDATE`,
        [grantId, toleranceSeconds],
      );
      const [row] = rows;
      if (row?.alive !== true) return { answer: { outcome: 'ended' }, entries: [] };
      const succession = { ...row, bucketLow: row.bucket_low, previousBucketLow: row.previous_bucket_low };
      switch (standingOf(presented, succession, row.now, toleranceSeconds)) {
        case 'current':
          return { answer: undefined, entries: [] };
        case 'retried':
          return { answer: { outcome: 'retried', successor: row.generation }, entries: [] };
        case 'superseded':
          return { answer: { outcome: 'superseded' }, entries: [] };
        case 'reused': {
          // RFC 9700 §4.14.2: "the authorization server … will revoke the active refresh token", and here its grant.
          await statements.run('UPDATE auth.grants SET revoked_at = clock_timestamp() WHERE grant_id = $1', [grantId]);
          const revoked = [{ grant_id: grantId, client_id: row.client_id }];
          const entries = await recordRevoked(
            statements,
            revoked,
            'refresh_token_reused',
            'system',
            revocationExpiresAt,
          );
          return { answer: { outcome: 'reused' }, entries };
        }
      }
    });
  }

  /** One transaction; whoever publishes hears of its revocations when they are committed, and not before. */
  async #revoking<Answer>(
    work: (statements: Statements) => Promise<{ readonly answer: Answer; readonly entries: Entries }>,
  ): Promise<Answer> {
    const { answer, entries } = await this.database.transaction(work);
    if (entries.length > 0) this.onRevoked(entries);
    return answer;
  }
}

const recordRevoked = async (
  statements: Statements,
  revoked: readonly RevokedGrant[],
  cause: GrantRevocationCause,
  actor: string,
  expiresAt: EpochSeconds,
): Promise<Entries> => {
  const entries: RevocationEntry[] = [];
  for (const { grant_id: value, client_id: clientId } of revoked) {
    entries.push(...(await writeRevocation(statements, { kind: 'grant', value, cause, actor, expiresAt })));
    await appendAudit(statements, {
      actor,
      kind: 'grant.revoked',
      target: value,
      outcome: 'done',
      detail: { cause, client_id: clientId },
    });
  }
  return entries;
};
