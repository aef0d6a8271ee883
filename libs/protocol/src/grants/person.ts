/**
 * Owns what every grant that a person gave decides alike: whom the tokens speak for, the session they end with, the ID token.
 * Does not own whether the grant is good (authorization-code, refresh-token).
 */
import type { Audience } from '../audience.js';
import type { ClaimsStore, KnownClaims } from '../ports/claims-store.js';
import type { Client } from '../ports/client.js';
import type { GivenGrant } from '../ports/grant.js';
import { toldClaims } from '../told-claims.js';
import type { Decision } from './decision.js';

export function decideForPerson(
  client: Client,
  grant: GivenGrant,
  answer: {
    readonly audience: Audience;
    /** What this answer is for: never more than the grant has. */
    readonly grantedScope: readonly string[];
    readonly refreshToken: string | undefined;
    /** For the ID token of the authorization response alone. */
    readonly nonce: string | undefined;
    readonly idTokenClaims: KnownClaims;
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
      ? {
          idToken: {
            ...{ sid: grant.sid, claims: answer.idTokenClaims },
            ...(answer.nonce === undefined ? {} : { nonce: answer.nonce }),
          },
        }
      : {}),
  };
}

/**
 * OpenID Connect Core §5.5: what was asked for by `claims.id_token`, and allowed, as it is known now. Nobody is asked where
 * nothing was; scopes put nothing into an ID token beside an access token (§5.4).
 */
export async function claimsForIdToken({ sub, claims }: GivenGrant, store: ClaimsStore): Promise<KnownClaims> {
  const requested = claims?.idToken ?? [];
  return requested.length === 0 ? {} : toldClaims((await store.find(sub)) ?? {}, [], requested);
}
