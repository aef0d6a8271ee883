/**
 * Owns the refresh_token grant (RFC 6749 §6, RFC 9700 §4.14). Does not own the succession itself: one conditional UPDATE
 * in the grant store decides it.
 */
import { chooseAudience, oneResource } from '../audience.js';
import { OAuthError } from '../errors.js';
import type { Parameters } from '../parameters.js';
import type { Client } from '../ports/client.js';
import type { GivenGrant } from '../ports/grant.js';
import { named, parseScope } from '../scope.js';
import { revocationExpiry, userinfoUrl } from '../settings.js';
import type { Proposal } from './decision.js';
import type { GrantParts } from './grant-parts.js';
import { claimsForIdToken, decideForPerson } from './person.js';
import { readRefreshToken, writeRefreshToken } from './refresh-token-form.js';

const refused = (detail: string): OAuthError =>
  new OAuthError('invalid_grant', 'the refresh token is invalid, expired, revoked or was issued to another client', {
    detail,
  });

export async function proposeFromRefreshToken(
  client: Client,
  parameters: Parameters,
  parts: GrantParts,
): Promise<Proposal> {
  // 1. Is it genuine and this client's own? RFC 6749 §6: "bound to the client to which it was issued". A wrong MAC or a
  //    wrong client never revokes: anybody could send those.
  const content = await readRefreshToken(parameters.required('refresh_token'), parts.macKeys);
  if (content === undefined) throw refused('not genuine');
  const grant = await parts.grants.given(content.grantId);
  if (grant?.clientId !== client.clientId) throw refused('issued to another client, or swept');

  // 2. Narrower scope and resource, for this answer alone: the grant keeps what it has.
  const scope = narrowedScope(grant, parameters);
  const apis = await parts.apis.all();
  const resource = oneResource(parameters.all('resource')) ?? grant.resource;
  if (grant.resource !== undefined && resource !== grant.resource) {
    throw new OAuthError('invalid_target', 'the resource lies outside the grant');
  }
  const audience = chooseAudience(scope, resource, apis, userinfoUrl(parts.settings.issuer));

  return {
    decision: decideForPerson(client, grant, {
      audience,
      grantedScope: scope,
      refreshToken: await writeRefreshToken(
        { grantId: grant.grantId, generation: content.generation + 1 },
        parts.macKeys,
      ),
      // OpenID Connect Core §12.2: "it SHOULD NOT have a nonce Claim", the same auth_time, a new iat.
      nonce: undefined,
      idTokenClaims: await claimsForIdToken(grant, parts.claims),
    }),
    commit: async () => {
      const rotation = await parts.grants.rotateRefreshToken({
        grantId: grant.grantId,
        presented: content.generation,
        presentedKey: content.macKeyId,
        toleranceSeconds: parts.settings.refreshToleranceSeconds,
        revocationExpiresAt: revocationExpiry(parts.nowSeconds(), parts.settings, apis),
      });
      // A rotation and a retry both lead to presented + 1, so the token written above is the right one for both.
      if (rotation.outcome !== 'rotated' && rotation.outcome !== 'retried') throw refused(rotation.outcome);
    },
  };
}

/** RFC 6749 §6: the scope "MUST NOT include any scope not originally granted", and if omitted equals what was granted. */
function narrowedScope(grant: GivenGrant, parameters: Parameters): readonly string[] {
  const requested = parameters.optional('scope');
  if (requested === undefined) return grant.scope;
  const names = parseScope(requested);
  const tooMuch = names.find((name) => !grant.scope.includes(name));
  if (tooMuch !== undefined) throw new OAuthError('invalid_scope', `the scope ${named(tooMuch)} was not granted`);
  return names;
}
