/**
 * Owns the documents that describe this server: its metadata (RFC 8414, OpenID Connect Discovery) and its keys (RFC 7517).
 * It names only what is built.
 */
import { createHash } from 'node:crypto';
import type { EndpointRequest, EndpointResponse } from '../endpoint.js';
import { CLIENT_AUTHENTICATION_METHODS, GRANT_TYPES } from '../ports/client.js';
import { openIdScopeNames } from '../scope.js';
import type { ApiStore } from '../ports/api.js';
import type { ProtocolSettings } from '../settings.js';
import type { Endpoint } from './endpoint-handler.js';
import { refuseMethod } from './json-response.js';

/** What `KeyRing` answers. */
export interface PublicKeySet {
  jwks(): { readonly keys: readonly object[] };
}

const METADATA_MAX_AGE_SECONDS = 300;
/** Shorter than any span in which a key is announced before it signs. */
const JWKS_MAX_AGE_SECONDS = 60;

export class MetadataEndpoint implements Endpoint {
  constructor(
    private readonly settings: ProtocolSettings,
    private readonly apis: ApiStore,
  ) {}

  async handle(request: EndpointRequest): Promise<EndpointResponse> {
    if (!isRead(request.method)) return refuseMethod('GET');
    const apis = await this.apis.all();
    const apiScopes = apis.filter((api) => !api.administrative).flatMap((api) => api.scopes.map(({ name }) => name));
    return documentResponse(metadata(this.settings.issuer, apiScopes), METADATA_MAX_AGE_SECONDS);
  }
}

export class JwksEndpoint implements Endpoint {
  constructor(private readonly keys: PublicKeySet) {}

  handle(request: EndpointRequest): Promise<EndpointResponse> {
    if (!isRead(request.method)) return Promise.resolve(refuseMethod('GET'));
    return Promise.resolve(documentResponse(this.keys.jwks(), JWKS_MAX_AGE_SECONDS));
  }
}

/** RFC 9110 §9.1: "All general-purpose servers MUST support the methods GET and HEAD." The door leaves the body out. */
const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

/** RFC 8414 §2 and OpenID Connect Discovery §3: one document serves both. */
function metadata(issuer: string, apiScopes: readonly string[]): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    revocation_endpoint: `${issuer}/revoke`,
    jwks_uri: `${issuer}/jwks`,
    scopes_supported: [...openIdScopeNames(), ...apiScopes],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: GRANT_TYPES,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'ES256'],
    token_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION_METHODS,
    revocation_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION_METHODS,
    code_challenge_methods_supported: ['S256'],
    claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'amr', 'sid', 'at_hash'],
    prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
    authorization_response_iss_parameter_supported: true,
    claims_parameter_supported: false,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    require_request_uri_registration: false,
  };
}

function documentResponse(document: object, maxAgeSeconds: number): EndpointResponse {
  const body = JSON.stringify(document);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      'cache-control': `public, max-age=${maxAgeSeconds}`,
      etag,
      // Public documents; a browser client reads them from its own origin (OpenID Connect Discovery §4).
      'access-control-allow-origin': '*',
    },
    body,
  };
}
