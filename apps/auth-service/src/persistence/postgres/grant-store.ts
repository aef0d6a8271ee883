/**
 * Owns the protocol's atomic verbs on grants: each is one conditional write whose count says who won, and every revocation
 * commits with its cause. Does not own the rule of succession (succession), the ending of grants by operators and people
 * (grant-endings) nor the way of a revocation to the guards.
 */
import type { CodeRedemption, GrantStore, RotationOutcome, StoredGrant } from '@latchkey/protocol';
import type { EpochSeconds } from '@latchkey/tokens';
import { refreshKid } from '@latchkey/tokens/issuing';
import { auditOf } from './act.js';
import { appendAudit } from './audit-store.js';
import type { Database } from './database.js';
import { GrantTable } from './entities/grants.js';
import { endGrants } from './grant-endings.js';
import { GRANT_IS_ALIVE, grantFrom } from './grant-row.js';
import { standingRevocation, writeRevocation } from './revocation-row.js';
import { Revoking, type OnRevoked } from './revoking.js';
import { bucketNow, rotationAssignments, standingOf } from './succession.js';
import { isUuid } from './uuid.js';

type RotationRequest = Parameters<GrantStore['rotateRefreshToken']>[0];
type GrantRevocation = Awaited<ReturnType<GrantStore['revokeGrant']>>;

/** Nobody waits for what the server finds out by itself. */
const BY_ITSELF = { actor: 'system', receipt: false } as const;

/**
 * Whether the MAC key of a token that is shown here has been killed. In the statement that commits: what this instance holds
 * in memory may be older than the kill.
 */
const killed = (kid: string): string =>
  `EXISTS (SELECT FROM auth.revocations r WHERE r.kind = 'key' AND r.value = ${kid}::text)`;

/** Between our UPDATE and our look at the row somebody rotated to what we present: a moment that passes. */
const ROTATION_ATTEMPTS = 5;

export class PostgresGrantStore implements GrantStore {
  readonly #revoking: Revoking;

  /** @param onRevoked told of every revocation that a verb here has committed. */
  constructor(
    private readonly database: Database,
    onRevoked: OnRevoked,
  ) {
    this.#revoking = new Revoking(database, onRevoked);
  }

  /** @throws Unavailable */
  async redeemCode({
    grant,
    codeDigest,
    revocationExpiresAt,
  }: CodeRedemption): Promise<'redeemed' | 'replayed' | 'ended'> {
    // ON CONFLICT without a target: the grant's id is as unique as the digest, and of 50 at once each may meet either.
    // A grant that ends with its session cannot outlive it. The person's row is held until the commit: whoever revokes the
    // person meanwhile waits, and then sees by which `sub` this grant speaks (revocation.md V3).
    const { affected } = await this.database.run(
      `INSERT INTO auth.grants (grant_id, client_id, sub, scope, resource, auth_time, amr, sid, ends_with_session,
         gen_iss, gen_cli, gen_sub, created_at, expires_at, nonce, code_digest, token_sub)
       SELECT $1, c.client_id, u.sub, $4, $5, to_timestamp($6::float8), $7, s.sid, $9,
         i.generation, c.generation, u.generation, to_timestamp($13::float8),
         CASE WHEN $9 THEN least(to_timestamp($14::float8), s.expires_at) ELSE to_timestamp($14::float8) END, $15, $16, $17
       FROM auth.clients c, auth.users u, auth.issuer_state i, auth.login_sessions s
       WHERE c.client_id = $2 AND c.enabled AND c.generation = $11
         AND u.sub = $3 AND u.enabled AND u.generation = $12
         AND i.generation = $10
         AND s.sid = $8 AND s.sub = u.sub AND s.ended_at IS NULL AND s.expires_at > clock_timestamp()
       FOR SHARE OF u
       ON CONFLICT DO NOTHING`,
      [
        ...[grant.grantId, grant.clientId, grant.sub, grant.scope, grant.resource ?? null, grant.authTime, grant.amr],
        ...[grant.sid, grant.endsWithSession, grant.generations.iss, grant.generations.cli, grant.generations.sub],
        ...[grant.createdAt, grant.expiresAt, grant.nonce ?? null, codeDigest, grant.tokenSub],
      ],
    );
    if (affected === 1) return 'redeemed';
    return (await this.replayExpiredCode(codeDigest, revocationExpiresAt)) === 'replayed' ? 'replayed' : 'ended';
  }

  /** @throws Unavailable */
  async replayExpiredCode(codeDigest: string, revocationExpiresAt: EpochSeconds): Promise<'replayed' | 'unknown'> {
    const known = await this.#revoking.commit(false, async (statements) => {
      const { rows: grants } = await statements.run('SELECT 1 FROM auth.grants WHERE code_digest = $1', [codeDigest]);
      const entries = await endGrants(statements, ['code_digest = $1', codeDigest], BY_ITSELF, {
        ...{ cause: 'code_replayed', expiresAt: revocationExpiresAt },
      });
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
         WHERE g.grant_id = $1 AND g.refresh_generation = $2 AND ${GRANT_IS_ALIVE} AND NOT ${killed('$4')}`,
        [request.grantId, request.presented, request.toleranceSeconds, refreshKid(request.presentedKey)],
      );
      if (affected === 1) return { outcome: 'rotated', successor: request.presented + 1 };
      const outcome = await this.#classify(request);
      if (outcome !== undefined) return outcome;
    }
    throw new Error('A refresh token was neither rotated nor refused: its row changed under every attempt.');
  }

  /** @throws Unavailable */
  async revokeGrant(request: Parameters<GrantStore['revokeGrant']>[0]): Promise<GrantRevocation> {
    const { clientId, cause, revocationExpiresAt, receipt } = request;
    const none = { outcome: 'unknown', revocation: undefined } as const;
    if (!isUuid(request.grantId)) return none;
    const grantId = request.grantId.toLowerCase();
    const presented = request.presentedKey === undefined ? null : refreshKid(request.presentedKey);
    return this.#revoking.commit<GrantRevocation>(receipt, async (statements) => {
      const act = { actor: clientId, receipt };
      const { rows: forged } = await statements.run(`SELECT 1 WHERE ${killed('$1')}`, [presented]);
      if (forged.length > 0) return { answer: none, entries: [] };
      const whose = ['grant_id = $1 AND client_id = $2', grantId, clientId] as const;
      const entries = await endGrants(statements, whose, act, { cause, expiresAt: revocationExpiresAt });
      if (entries[0] !== undefined) return { answer: { outcome: 'revoked', revocation: entries[0].id }, entries };
      // What stands is told to nobody but the grant's own client.
      const { rows } = await statements.run(`SELECT 1 FROM auth.grants WHERE ${whose[0]}`, [grantId, clientId]);
      if (rows.length === 0) return { answer: none, entries };
      const standing = await standingRevocation(statements, { kind: 'grant', value: grantId });
      return { answer: { outcome: 'unknown', revocation: standing?.id }, entries };
    });
  }

  /** @throws Unavailable */
  async revokeAccessToken(
    request: Parameters<GrantStore['revokeAccessToken']>[0],
  ): ReturnType<GrantStore['revokeAccessToken']> {
    const { jti, clientId, expiresAt, receipt } = request;
    const [act, cause] = [{ actor: clientId, receipt }, 'revoked_by_client'];
    return this.#revoking.commit(receipt, async (statements) => {
      const meaning = { kind: 'token', value: jti } as const;
      const entry = await writeRevocation(statements, { ...meaning, cause, actor: clientId, expiresAt });
      if (entry === undefined) {
        return { answer: { revocation: (await standingRevocation(statements, meaning))?.id }, entries: [] };
      }
      await appendAudit(statements, auditOf(act, { kind: 'token.revoked', target: jti }, { cause }));
      return { answer: { revocation: entry.id }, entries: [entry] };
    });
  }

  /** What a refresh token is that could not be rotated. Undefined: it is the valid one now, so try again. */
  async #classify(request: RotationRequest): Promise<RotationOutcome | undefined> {
    const { grantId, presented, toleranceSeconds, revocationExpiresAt } = request;
    return this.#revoking.commit<RotationOutcome | undefined>(false, async (statements) => {
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
           g.previous_bucket_low, ${GRANT_IS_ALIVE} AND NOT ${killed('$3')} AS alive,
           ${bucketNow('$2::integer')}::float8 AS now
         FROM auth.grants g WHERE g.grant_id = $1 FOR UPDATE`,
        [grantId, toleranceSeconds, refreshKid(request.presentedKey)],
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
          const entries = await endGrants(statements, ['grant_id = $1', grantId], BY_ITSELF, {
            ...{ cause: 'refresh_token_reused', expiresAt: revocationExpiresAt },
          });
          return { answer: { outcome: 'reused' }, entries };
        }
      }
    });
  }
}
