/** Owns how a login session reads on the wire. Does not own what it says. */
import { toSeconds } from '@latchkey/tokens';
import type { SessionRecord } from './session-ports.js';
import type { SessionResource } from './session-schema.js';

export const resourceOf = (session: SessionRecord): SessionResource => ({
  sid: session.sid,
  sub: session.sub,
  auth_time: toSeconds(session.authTime),
  amr: [...session.amr],
  expires_at: session.expiresAt,
  ended_at: session.endedAt ?? null,
  replaced_by: session.replacedBy ?? null,
  active: session.active,
});
