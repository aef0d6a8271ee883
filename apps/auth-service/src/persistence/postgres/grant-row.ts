/** Owns how a grant reads from its row, and the condition under which it is alive. Does not own the verbs (grant-store). */
import type { RequestedClaims, StoredGrant } from '@latchkey/protocol';

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

/**
 * When `g` can be refreshed no more, if nobody uses it until then: by what was stamped at its birth, and by what its client
 * says *now*, so that a span which was shortened binds the living. What was stamped is never prolonged. `least` passes over
 * what its client does not say.
 */
export const REFRESHABLE_UNTIL = `(SELECT least(g.expires_at,
    g.created_at + make_interval(secs => c.refresh_token_lifetime_seconds),
    g.last_used_at + make_interval(secs => c.refresh_token_idle_seconds))
  FROM auth.clients c WHERE c.client_id = g.client_id)`;

/** Alive, and within the spans in which its client may refresh. An access token that it gave before may outlive them. */
export const GRANT_IS_REFRESHABLE = `(${GRANT_IS_ALIVE} AND ${REFRESHABLE_UNTIL} > clock_timestamp())`;

/** A row of auth.grants AS g, in seconds where it says when. */
export const GRANT_COLUMNS = `g.grant_id, g.client_id, g.sub, g.token_sub, g.scope, g.resource, g.amr, g.sid,
  g.ends_with_session, g.gen_iss, g.gen_cli, g.gen_sub, g.nonce, g.claims, g.refresh_generation,
  floor(extract(epoch FROM g.auth_time))::float8 AS auth_time,
  floor(extract(epoch FROM g.created_at))::float8 AS created_at,
  floor(extract(epoch FROM g.expires_at))::float8 AS expires_at, g.revoked_at IS NOT NULL AS revoked`;

export interface GrantColumns {
  readonly grant_id: string;
  readonly client_id: string;
  readonly sub: string;
  readonly token_sub: string;
  readonly scope: readonly string[];
  readonly resource: string | null;
  readonly amr: readonly string[];
  readonly sid: string;
  readonly ends_with_session: boolean;
  readonly gen_iss: number;
  readonly gen_cli: number;
  readonly gen_sub: number;
  readonly nonce: string | null;
  readonly claims: RequestedClaims | null;
  readonly refresh_generation: number;
  readonly auth_time: number;
  readonly created_at: number;
  readonly expires_at: number;
  readonly revoked: boolean;
}

export const grantFrom = (row: GrantColumns): StoredGrant => ({
  grantId: row.grant_id,
  clientId: row.client_id,
  sub: row.sub,
  tokenSub: row.token_sub,
  scope: row.scope,
  ...(row.resource === null ? {} : { resource: row.resource }),
  authTime: row.auth_time,
  amr: row.amr,
  sid: row.sid,
  endsWithSession: row.ends_with_session,
  generations: { iss: row.gen_iss, cli: row.gen_cli, sub: row.gen_sub },
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  ...(row.nonce === null ? {} : { nonce: row.nonce }),
  ...(row.claims === null ? {} : { claims: row.claims }),
  refreshGeneration: row.refresh_generation,
  revoked: row.revoked,
});
