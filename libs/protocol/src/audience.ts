/**
 * Owns the rule that picks the audience of an access token (RFC 8707, RFC 9068 §3). Does not own who may have a scope.
 */
import { OAuthError } from './errors.js';
import type { Api } from './ports/api.js';
import { isOpenIdScope, ownerOf } from './scope.js';

export interface Audience {
  /** What stands in `aud`, in this order. */
  readonly identifiers: readonly string[];
  /** What stands in `scope`: never a scope of another API. */
  readonly scope: readonly string[];
  /** The one API that decides lifetime and algorithm; undefined when the token is for userinfo alone. */
  readonly api: Api | undefined;
}

/**
 * @param grantedScope what the person or the operator allowed
 * @param resource the one API named by the request, if it named one
 * @throws OAuthError invalid_target when no single API is meant
 */
export function chooseAudience(
  grantedScope: readonly string[],
  resource: string | undefined,
  apis: readonly Api[],
  userinfoUrl: string,
): Audience {
  const api = resource === undefined ? soleOwner(grantedScope, apis) : namedApi(grantedScope, resource, apis);
  const openIdScope = grantedScope.filter(isOpenIdScope);
  if (api === undefined) return { identifiers: [userinfoUrl], scope: openIdScope, api };

  const apiScope = grantedScope.filter((name) => api.scopes.some((scope) => scope.name === name));
  // The admin API's audience stands alone; a symmetric key verifies only tokens whose aud is exactly its API.
  const standsAlone = api.administrative || api.accessTokenSigningAlg === 'HS256' || !openIdScope.includes('openid');
  return standsAlone
    ? { identifiers: [api.identifier], scope: apiScope, api }
    : { identifiers: [api.identifier, userinfoUrl], scope: [...apiScope, ...openIdScope], api };
}

function soleOwner(grantedScope: readonly string[], apis: readonly Api[]): Api | undefined {
  let sole: Api | undefined;
  for (const name of grantedScope) {
    const owner = ownerOf(name, apis);
    if (sole !== undefined && owner !== undefined && owner !== sole) {
      throw new OAuthError('invalid_target', 'the scope belongs to several APIs: name one with the resource parameter');
    }
    sole ??= owner;
  }
  return sole;
}

function namedApi(grantedScope: readonly string[], resource: string, apis: readonly Api[]): Api {
  const api = apis.find((candidate) => candidate.identifier === resource);
  // RFC 8707 §2: "The requested resource is invalid, missing, unknown, or malformed."
  if (api === undefined) throw new OAuthError('invalid_target', 'the resource is not an API of this server');
  if (!api.scopes.some((scope) => grantedScope.includes(scope.name))) {
    throw new OAuthError('invalid_target', 'no scope of this resource was granted');
  }
  return api;
}

/**
 * The one resource that a request names.
 * @throws OAuthError invalid_target for several: a token of this server is for one API (RFC 8707 §2 permits the refusal)
 */
export function oneResource(resources: readonly string[]): string | undefined {
  const distinct = [...new Set(resources)];
  if (distinct.length > 1) throw new OAuthError('invalid_target', 'a token is issued for one resource at a time');
  return distinct[0];
}
