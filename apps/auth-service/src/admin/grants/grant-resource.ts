/** Owns how a grant reads on the wire. Does not own what it says. */
import { formatScope } from '@latchkey/protocol';
import { toSeconds } from '@latchkey/tokens';
import type { GrantRecord } from './grant-ports.js';
import type { GrantResource } from './grant-schema.js';

export const resourceOf = (grant: GrantRecord): GrantResource => ({
  grant_id: grant.grantId,
  client_id: grant.clientId,
  sub: grant.sub,
  scope: formatScope(grant.scope),
  ...(grant.resource === undefined ? {} : { resource: grant.resource }),
  auth_time: grant.authTime,
  amr: [...grant.amr],
  sid: grant.sid,
  ends_with_session: grant.endsWithSession,
  created_at: toSeconds(grant.createdAt),
  expires_at: grant.expiresAt,
  revoked_at: grant.revokedAt ?? null,
  last_refreshed_at: grant.lastRefreshedAt ?? null,
  active: grant.active,
});
