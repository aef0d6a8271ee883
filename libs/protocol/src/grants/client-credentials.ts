/**
 * Owns the client_credentials grant (RFC 6749 §4.4). It writes no row at all.
 */
import { chooseAudience, oneResource } from '../audience.js';
import { OAuthError } from '../errors.js';
import type { Parameters } from '../parameters.js';
import type { Api } from '../ports/api.js';
import type { Client } from '../ports/client.js';
import { isOpenIdScope, named, parseScope } from '../scope.js';
import { userinfoUrl } from '../settings.js';
import type { Proposal } from './decision.js';
import type { GrantParts } from './grant-parts.js';

export async function proposeForClient(client: Client, parameters: Parameters, parts: GrantParts): Promise<Proposal> {
  // 1. RFC 6749 §4.4: "The client credentials grant type MUST only be used by confidential clients."
  if (client.tokenEndpointAuthMethod === 'none') {
    throw new OAuthError('unauthorized_client', 'a public client has no credentials');
  }

  // 2. Which scope? Never one that speaks of a person; without the parameter all that is allowed (§3.3) at the resource.
  const apis = await parts.apis.all();
  const resource = oneResource(parameters.all('resource'));
  const grantedScope = grantedScopeOf(client, parameters.optional('scope'), resource, apis);
  const audience = chooseAudience(grantedScope, resource, apis, userinfoUrl(parts.settings.issuer));
  // RFC 6749 §3.3: without a default the server must "fail the request indicating an invalid scope".
  if (grantedScope.length === 0) throw new OAuthError('invalid_scope', 'this client may have nothing by itself there');

  return {
    decision: {
      client,
      // RFC 9068 §2.2: "the value of sub SHOULD correspond to an identifier the authorization server uses to indicate
      // the client application."
      sub: client.clientId,
      audience,
      // The client row as it was read; a machine's token has no gen.sub.
      generations: { iss: await parts.issuerState.generation(), cli: client.generation },
    },
    // Nothing to win or lose, so nothing to commit.
    commit: () => Promise.resolve(),
  };
}

function grantedScopeOf(
  client: Client,
  requested: string | undefined,
  resource: string | undefined,
  apis: readonly Api[],
): readonly string[] {
  if (requested === undefined) {
    const atResource = apis.find((api) => api.identifier === resource)?.scopes.map((scope) => scope.name);
    return client.allowedScope.filter(
      (name) => !isOpenIdScope(name) && (atResource === undefined || atResource.includes(name)),
    );
  }
  const names = parseScope(requested);
  const tooMuch = names.find((name) => !client.allowedScope.includes(name) || isOpenIdScope(name));
  if (tooMuch !== undefined) {
    throw new OAuthError('invalid_scope', `the scope ${named(tooMuch)} is not allowed for this client by itself`);
  }
  return names;
}
