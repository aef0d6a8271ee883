/**
 * Owns what an authorization request asks access to: its scope and its resource. Does not own what is granted of it (consent).
 */
import { oneResource } from '../audience.js';
import { OAuthError } from '../errors.js';
import type { Parameters } from '../parameters.js';
import type { Api } from '../ports/api.js';
import type { Client } from '../ports/client.js';
import { isOpenIdScope, named, ownerOf, parseScope } from '../scope.js';

export function readRequestedScope(parameters: Parameters, client: Client, apis: readonly Api[]): readonly string[] {
  const scope = parameters.optional('scope');
  // RFC 6749 §3.3: without a scope the server MUST use a default "or fail the request indicating an invalid scope".
  if (scope === undefined) throw new OAuthError('invalid_scope', 'the parameter scope is missing');
  const names = parseScope(scope);
  // OpenID Connect Core §3.1.2.1: "Scope values used that are not understood by an implementation SHOULD be ignored."
  const understood = names.includes('openid')
    ? names.filter((name) => isOpenIdScope(name) || ownerOf(name, apis) !== undefined)
    : names;
  for (const name of understood) {
    // No person can consent to the administration of this server.
    const forbidden = !client.allowedScope.includes(name) || ownerOf(name, apis)?.administrative === true;
    if (forbidden) throw new OAuthError('invalid_scope', `the scope ${named(name)} is not allowed for this client`);
  }
  // OpenID Connect Core §11: offline_access is ignored where no refresh token could be issued.
  return understood.filter((name) => name !== 'offline_access' || client.grantTypes.includes('refresh_token'));
}

export function readResource(
  parameters: Parameters,
  scope: readonly string[],
  apis: readonly Api[],
): string | undefined {
  const resource = oneResource(parameters.all('resource'));
  if (resource === undefined) return undefined;
  const api = apis.find((candidate) => candidate.identifier === resource && !candidate.administrative);
  if (!api?.scopes.some(({ name }) => scope.includes(name))) {
    throw new OAuthError('invalid_target', 'the resource is not an API whose scope was requested');
  }
  return resource;
}

/** A named resource leaves only its own scopes, and those of OpenID Connect. */
export const atResource = (
  scope: readonly string[],
  resource: string | undefined,
  apis: readonly Api[],
): readonly string[] =>
  resource === undefined
    ? scope
    : scope.filter((name) => isOpenIdScope(name) || ownerOf(name, apis)?.identifier === resource);
