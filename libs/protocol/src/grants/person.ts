/**
 * Owns what every grant that a person gave decides alike: whom the tokens speak for, the session they end with, the ID token.
 * Does not own whether the grant is good (authorization-code, refresh-token).
 */
import type { Audience } from '../audience.js';
import type { Client } from '../ports/client.js';
import type { Grant } from '../ports/grant.js';
import type { Decision } from './decision.js';

export function decideForPerson(
  client: Client,
  grant: Grant,
  answer: {
    readonly audience: Audience;
    /** What this answer is for: never more than the grant has. */
    readonly grantedScope: readonly string[];
    readonly refreshToken: string | undefined;
    /** For the ID token of the authorization response alone. */
    readonly nonce: string | undefined;
  },
): Decision {
  return {
    client,
    sub: grant.tokenSub,
    audience: answer.audience,
    generations: grant.generations,
    person: {
      grantId: grant.grantId,
      authTime: grant.authTime,
      amr: grant.amr,
      ...(grant.endsWithSession ? { sid: grant.sid } : {}),
    },
    ...(answer.refreshToken === undefined ? {} : { refreshToken: answer.refreshToken }),
    // OpenID Connect Core §3.1.3.3, §12.2: an ID token wherever `openid` was granted.
    ...(answer.grantedScope.includes('openid')
      ? { idToken: { sid: grant.sid, ...(answer.nonce === undefined ? {} : { nonce: answer.nonce }) } }
      : {}),
  };
}
