/**
 * Owns the authorization_code grant (RFC 6749 §4.1.3, RFC 7636 §4.6). Does not own the code's birth (endpoints/authorize).
 */
import { chooseAudience, oneResource } from '../audience.js';
import { digestOf } from '../digest.js';
import { OAuthError } from '../errors.js';
import type { Parameters } from '../parameters.js';
import { verifierMatches } from '../pkce.js';
import type { Client } from '../ports/client.js';
import type { Grant } from '../ports/grant.js';
import { redirectUriIsRegistered } from '../redirect-uri.js';
import { CODE_LIFETIME_SECONDS, type ProtocolSettings, revocationExpiry, userinfoUrl } from '../settings.js';
import { tokenSubOf } from '../token-sub.js';
import { type CodeContext, recallCode } from './code-context.js';
import type { Proposal } from './decision.js';
import type { GrantParts } from './grant-parts.js';
import { claimsForIdToken, decideForPerson } from './person.js';
import { writeRefreshToken } from './refresh-token-form.js';

const refused = (detail: string): OAuthError =>
  new OAuthError('invalid_grant', 'the authorization code is invalid, expired or was issued to another client', {
    detail,
  });

export async function proposeFromCode(client: Client, parameters: Parameters, parts: GrantParts): Promise<Proposal> {
  const code = parameters.required('code');
  const now = parts.nowSeconds();

  // 1. Is it this client's code, sent to its redirect URI, with its verifier? A request that fails here consumes nothing.
  const context = await recallCode(parts.ephemeral, code);
  if (context === undefined) throw refused('no such code');
  checkBinding(context, client, parameters);

  // 2. RFC 6749 §4.1.2: "The authorization code MUST expire shortly". Past its life only a replay still matters.
  const apis = await parts.apis.all();
  const revocationExpiresAt = revocationExpiry(now, parts.settings, apis);
  if (now >= context.issuedAt + CODE_LIFETIME_SECONDS) {
    await parts.grants.replayExpiredCode(digestOf(code), revocationExpiresAt);
    throw refused('expired');
  }

  // 3. For which API? The request may narrow to a resource that lies within the grant.
  const resource = oneResource(parameters.all('resource')) ?? context.resource;
  if (context.resource !== undefined && resource !== context.resource) {
    throw new OAuthError('invalid_target', 'the resource was not part of the authorization request');
  }
  const audience = chooseAudience(context.grantedScope, resource, apis, userinfoUrl(parts.settings.issuer));

  const tokenSub = tokenSubOf(client, context.session.sub, parts.pairwise);
  const grant = grantFrom(context, tokenSub, now, grantLifetimeOf(client, parts.settings));
  const mayRefresh = client.grantTypes.includes('refresh_token');
  return {
    decision: decideForPerson(client, grant, {
      audience,
      grantedScope: grant.scope,
      refreshToken: mayRefresh
        ? await writeRefreshToken({ grantId: grant.grantId, generation: 0 }, parts.macKeys)
        : undefined,
      nonce: grant.nonce,
      idTokenClaims: await claimsForIdToken(grant, parts.claims),
    }),
    commit: async () => {
      // RFC 6749 §4.1.2: "If an authorization code is used more than once, the authorization server MUST deny the
      // request and SHOULD revoke (when possible) all tokens previously issued based on that authorization code."
      const { consentGeneration, consentedScope, asked } = context;
      const outcome = await parts.grants.redeemCode({
        ...{ grant, codeDigest: digestOf(code), consentGeneration, consentedScope, asked },
        revocationExpiresAt,
      });
      if (outcome !== 'redeemed') throw refused(outcome);
    },
  };
}

function checkBinding(context: CodeContext, client: Client, parameters: Parameters): void {
  // RFC 6749 §4.1.3: "ensure that the authorization code was issued to the authenticated confidential client, or ... to
  // client_id in the request", and that "redirect_uri ... values are identical".
  if (context.clientId !== client.clientId) throw refused('issued to another client');
  const redirectUri = parameters.optional('redirect_uri');
  const matches = redirectUri === context.redirectUri || (redirectUri === undefined && !context.redirectUriSent);
  if (!matches) throw refused('redirect_uri differs');
  // It may have been taken from the client since the code was sent there (RFC 9700 §2.1): then whoever got it is nobody's.
  if (!redirectUriIsRegistered(client, context.redirectUri)) throw refused('redirect_uri is not registered any more');
  // The client may have been told to use PKCE since (RFC 9700 §2.1.1): a code that has no challenge is anybody's.
  if (client.requirePkce && context.codeChallenge === undefined) throw refused('born without a challenge');
  if (!verifierMatches(context.codeChallenge, parameters.optional('code_verifier'))) throw refused('verifier differs');
}

/** What the server is set to bounds what a client may be registered with. */
const grantLifetimeOf = (client: Client, { grantLifetimeSeconds }: ProtocolSettings): number =>
  Math.min(grantLifetimeSeconds, client.refreshTokenLifetimeSeconds ?? grantLifetimeSeconds);

function grantFrom(context: CodeContext, tokenSub: string, now: number, lifetimeSeconds: number): Grant {
  const { session } = context;
  return {
    grantId: context.grantId,
    clientId: context.clientId,
    sub: session.sub,
    tokenSub,
    scope: context.grantedScope,
    ...(context.resource === undefined ? {} : { resource: context.resource }),
    authTime: session.authTime,
    amr: session.amr,
    sid: session.sid,
    // OpenID Connect Core §11: offline_access is for use "when the End-User is not present (not logged in)".
    endsWithSession: !context.grantedScope.includes('offline_access'),
    generations: { iss: session.generations.iss, cli: context.clientGeneration, sub: session.generations.sub },
    createdAt: now,
    expiresAt: now + lifetimeSeconds,
    ...(context.nonce === undefined ? {} : { nonce: context.nonce }),
    ...(context.claims === undefined ? {} : { claims: context.claims }),
  };
}
