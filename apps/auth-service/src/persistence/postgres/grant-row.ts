/** Owns how a grant reads from its row, and the condition under which it is alive. Does not own the verbs (grant-store). */
import type { StoredGrant } from '@latchkey/protocol';
import { toSeconds } from '@latchkey/tokens';
import type { GrantRow } from './entities/grants.js';

/**
 * What redeeming and refreshing ask again inside the statement that commits (revocation.md V1): `g` has not ended, client
 * and person are enabled, no generation was raised since it was stamped, its session is live if it ends with that.
 */
export const GRANT_IS_ALIVE = `(
  g.revoked_at IS NULL AND g.expires_at > clock_timestamp()
  AND EXISTS (SELECT FROM auth.clients c WHERE c.client_id = g.client_id AND c.enabled AND c.generation = g.gen_cli)
  AND EXISTS (SELECT FROM auth.users u WHERE u.sub = g.sub AND u.enabled AND u.generation = g.gen_sub)
  AND EXISTS (SELECT FROM auth.issuer_state i WHERE i.generation = g.gen_iss)
  AND (NOT g.ends_with_session OR EXISTS (
    SELECT FROM auth.login_sessions s WHERE s.sid = g.sid AND s.ended_at IS NULL AND s.expires_at > clock_timestamp())))`;

export const grantFrom = (row: GrantRow): StoredGrant => ({
  grantId: row.grantId,
  clientId: row.clientId,
  sub: row.sub,
  tokenSub: row.tokenSub,
  scope: row.scope,
  ...(row.resource === null ? {} : { resource: row.resource }),
  authTime: toSeconds(row.authTime.getTime()),
  amr: row.amr,
  sid: row.sid,
  endsWithSession: row.endsWithSession,
  generations: { iss: row.genIss, cli: row.genCli, sub: row.genSub },
  createdAt: toSeconds(row.createdAt.getTime()),
  expiresAt: toSeconds(row.expiresAt.getTime()),
  ...(row.nonce === null ? {} : { nonce: row.nonce }),
  refreshGeneration: row.refreshGeneration,
  revoked: row.revokedAt !== null,
});
