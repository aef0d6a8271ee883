/**
 * Owns the ending of grants: the statement that ends them with their entries and audit events (revocation.md V4). Does not own
 * the protocol's verbs (grant-store), what an operator sees (grant-records), nor the taking back of a consent (consent-endings).
 */
import type { GrantRevocationCause } from '@latchkey/protocol';
import type { EpochSeconds, RevocationEntry } from '@latchkey/tokens';
import { auditOf, UNKNOWN, type Act, type Ending } from './act.js';
import { appendAudit } from './audit-store.js';
import type { Statements } from './database.js';
import { BY_TOKEN_LIFE, standingRevocation, writeRevocations } from './revocation-row.js';
import { isUuid } from './uuid.js';

export interface GrantEnding {
  readonly cause: GrantRevocationCause;
  readonly expiresAt: EpochSeconds;
}

/**
 * Ends every living grant that meets `condition`, in the order of their ids: an entry and an audit event for each. To be
 * called inside a transaction.
 * @param condition SQL over auth.grants, of this source alone; what it compares with is in `parameters`
 */
export const endGrants = async (
  statements: Statements,
  [condition, ...parameters]: readonly [condition: string, ...parameters: readonly unknown[]],
  act: Act,
  { cause, expiresAt }: GrantEnding,
): Promise<readonly RevocationEntry[]> => {
  const { rows } = await statements.run<{ readonly grant_id: string; readonly client_id: string }>(
    `UPDATE auth.grants SET revoked_at = clock_timestamp() WHERE revoked_at IS NULL AND grant_id IN (
       SELECT grant_id FROM auth.grants WHERE ${condition} AND revoked_at IS NULL ORDER BY grant_id FOR UPDATE)
     RETURNING grant_id, client_id`,
    parameters,
  );
  const { actor, reason } = act;
  const entries = await writeRevocations(
    statements,
    { kind: 'grant', cause, actor, expiresAt, ...(reason === undefined ? {} : { reason }) },
    rows.map(({ grant_id }) => grant_id),
  );
  await appendAudit(
    statements,
    ...rows.map(({ grant_id, client_id }) =>
      auditOf(act, { kind: 'grant.revoked', target: grant_id }, { cause, client_id }),
    ),
  );
  return entries;
};

/** One grant, whoever's client it is. To be called inside a transaction. */
export const endOneGrant = async (
  statements: Statements,
  grantId: string,
  act: Act,
  cause: GrantRevocationCause,
): Promise<Ending> => {
  if (!isUuid(grantId)) return UNKNOWN;
  const value = grantId.toLowerCase();
  const ending = { cause, expiresAt: BY_TOKEN_LIFE };
  const entries = await endGrants(statements, ['grant_id = $1', value], act, ending);
  if (entries.length > 0) return { outcome: 'ended', revocations: entries };
  const { rows } = await statements.run('SELECT 1 FROM auth.grants WHERE grant_id = $1', [value]);
  if (rows.length === 0) return UNKNOWN;
  const standing = await standingRevocation(statements, { kind: 'grant', value });
  return { outcome: 'before', revocations: standing === undefined ? [] : [standing] };
};
