/**
 * Owns the protocol's atomic verbs on grants: each is one conditional write whose count says who won, and every revocation
 * commits with its cause. Does not own the rule of succession (succession), the ending of grants by operators and people
 * (grant-endings) nor the way of a revocation to the guards.
 */
import type { CodeRedemption, GivenGrant, GrantStore, RotationOutcome, StoredGrant } from '@latchkey/protocol';
import type { EpochSeconds } from '@latchkey/tokens';
import { refreshKid } from '@latchkey/tokens/issuing';
import { auditOf } from './act.js';
import { appendAudit } from './audit-store.js';
import type { Database } from './database.js';
import { endGrants } from './grant-endings.js';
import { GRANT_COLUMNS, type GrantColumns, grantFrom } from './grant-row.js';
import { killed, successionOf } from './grant-succession.js';
import { GroupCommit } from './group-commit.js';
import { whenNotPassedOver } from './passed-over.js';
import { prepared } from './prepared.js';
import { redeemOne, redeemTogether, stillStands } from './redemptions.js';
import { RememberedGrants } from './remembered-grants.js';
import { standingRevocation, writeRevocation } from './revocation-row.js';
import { Revoking, type OnRevoked } from './revoking.js';
import { rotateTogether, type Rotation } from './rotations.js';
import { standingOf } from './succession.js';
import { isUuid } from './uuid.js';

type RotationRequest = Parameters<GrantStore['rotateRefreshToken']>[0];
type GrantRevocation = Awaited<ReturnType<GrantStore['revokeGrant']>>;

/** Nobody waits for what the server finds out by itself. */
const BY_ITSELF = { actor: 'system', receipt: false } as const;

const FIND = prepared(`SELECT ${GRANT_COLUMNS} FROM auth.grants g WHERE g.grant_id = $1`);

export class PostgresGrantStore implements GrantStore {
  readonly #revoking: Revoking;
  readonly #remembered = new RememberedGrants();
  readonly #redemptions: GroupCommit<CodeRedemption>;
  readonly #rotations: GroupCommit<Rotation>;

  /** @param onRevoked told of every revocation that a verb here has committed. */
  constructor(
    private readonly database: Database,
    onRevoked: OnRevoked,
  ) {
    this.#revoking = new Revoking(database, onRevoked);
    this.#redemptions = new GroupCommit((all) => redeemTogether(database, all), database.patienceMs);
    this.#rotations = new GroupCommit((all) => rotateTogether(database, all), database.patienceMs);
  }

  /** @throws Unavailable */
  async redeemCode(redemption: CodeRedemption): Promise<'redeemed' | 'replayed' | 'ended'> {
    const { grant, codeDigest, asked } = redemption;
    const together = !asked && (await this.#redemptions.done(codeDigest, redemption));
    const outcome = together ? 'redeemed' : await this.#redeemAlone(redemption);
    if (outcome === 'redeemed') this.#remembered.remember(grant);
    return outcome;
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
    const { rows } = await this.database.run<GrantColumns>(FIND, [grantId]);
    return rows[0] === undefined ? undefined : grantFrom(rows[0]);
  }

  /** @throws Unavailable */
  async given(grantId: string): Promise<GivenGrant | undefined> {
    const remembered = this.#remembered.find(grantId);
    if (remembered !== undefined) return remembered;
    const grant = await this.find(grantId);
    return grant && this.#remembered.remember(grant);
  }

  /** @throws Unavailable */
  async refreshableUntil(
    request: Parameters<GrantStore['refreshableUntil']>[0],
  ): ReturnType<GrantStore['refreshableUntil']> {
    if (!isUuid(request.grantId)) return undefined;
    const row = await successionOf(this.database, request);
    if (row?.alive !== true) return undefined;
    const standing = standingOf(request.presented, row, row.now, request.toleranceSeconds);
    return standing === 'current' || standing === 'retried' ? row.until : undefined;
  }

  /** @throws Unavailable */
  async rotateRefreshToken(request: RotationRequest): Promise<RotationOutcome> {
    if (!isUuid(request.grantId)) return { outcome: 'ended' };
    const rotated = { outcome: 'rotated', successor: request.presented + 1 } as const;
    if (await this.#rotations.done(request.grantId, request)) return rotated;
    return whenNotPassedOver(this.database.patienceMs, async () => {
      const outcome = await this.#classify(request);
      if (outcome !== undefined) return outcome;
      return (await rotateTogether(this.database, [request])).has(request) ? rotated : undefined;
    });
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

  #redeemAlone(redemption: CodeRedemption): Promise<'redeemed' | 'replayed' | 'ended'> {
    const { codeDigest, revocationExpiresAt } = redemption;
    return whenNotPassedOver(this.database.patienceMs, async () => {
      if (await redeemOne(this.database, redemption)) return 'redeemed';
      // Before the question for a replay: whoever ends what this stands on waits for a first use that is under way.
      const stands = await stillStands(this.database, redemption);
      if ((await this.replayExpiredCode(codeDigest, revocationExpiresAt)) === 'replayed') return 'replayed';
      return stands ? undefined : 'ended';
    });
  }

  /**
   * What a refresh token is that could not be rotated. Undefined: try again, since it is the valid one now, or reuse of a grant whose
   * row somebody else holds. Nothing is locked for an answer that changes nothing: it was so at one instant after the question came.
   */
  async #classify(request: RotationRequest): Promise<RotationOutcome | undefined> {
    const row = await successionOf(this.database, request);
    if (row?.alive !== true) return { outcome: 'ended' };
    switch (standingOf(request.presented, row, row.now, request.toleranceSeconds)) {
      case 'current':
        return undefined;
      case 'retried':
        return { outcome: 'retried', successor: row.generation };
      case 'superseded':
        return { outcome: 'superseded' };
      case 'reused':
        return this.#endReused(request);
    }
  }

  /**
   * RFC 9700 §4.14.2: "the authorization server … will revoke the active refresh token", and here its grant. What was reuse is
   * reuse for ever: a generation that lies so far back, or so far ahead, comes no nearer, unless the one ahead is reached
   * meanwhile. So it is judged again with the row held. Undefined also where somebody else holds it: nobody waits for a row on a
   * connection that others could use.
   */
  async #endReused(request: RotationRequest): Promise<RotationOutcome | undefined> {
    const { grantId, presented, toleranceSeconds, revocationExpiresAt } = request;
    return this.#revoking.commit<RotationOutcome | undefined>(false, async (statements) => {
      const row = await successionOf(statements, request, 'FOR UPDATE SKIP LOCKED');
      if (row === undefined) return { answer: undefined, entries: [] };
      if (!row.alive) return { answer: { outcome: 'ended' }, entries: [] };
      const standing = standingOf(presented, row, row.now, toleranceSeconds);
      if (standing !== 'reused') return { answer: undefined, entries: [] };
      const entries = await endGrants(statements, ['grant_id = $1', grantId], BY_ITSELF, {
        ...{ cause: 'refresh_token_reused', expiresAt: revocationExpiresAt },
      });
      return { answer: { outcome: 'reused' }, entries };
    });
  }
}
