/**
 * Owns the documents that describe this server: its metadata (RFC 8414, OpenID Connect Discovery) and its keys (RFC 7517).
 * It names only what is built.
 */
import { createHash } from 'node:crypto';
import { acrOf } from '../authentication-context.js';
import { RESPONSE_MODES } from '../authorization-request.js';
import type { EndpointRequest, EndpointResponse } from '../endpoint.js';
import {
  CLIENT_AUTHENTICATION_METHODS,
  GRANT_TYPES,
  ID_TOKEN_ALGORITHMS,
  PUBLIC_KEY_ALGORITHMS,
  SUBJECT_TYPES,
} from '../ports/client.js';
import { openIdScopeNames } from '../scope.js';
import type { Api, ApiStore } from '../ports/api.js';
import { type ProtocolSettings, userinfoUrl } from '../settings.js';
import { standardClaims } from '../standard-claims.js';
import { PROMPT_VALUES } from './authorize-person.js';
import type { Endpoint } from './endpoint-handler.js';
import { alreadyHas } from './if-none-match.js';
import { refuseMethod } from './json-response.js';

/** What `KeyRing` answers. */
export interface PublicKeySet {
  /** Raised by each change of the keys; the set is another one only if this is. */
  readonly revision: number;
  jwks(): { readonly keys: readonly object[] };
}

/** By it a guard knows whether this set is the one that it was told of, or that of an instance or a cache that lags. */
export const KEYS_REVISION_HEADER = 'latchkey-keys-revision';

const METADATA_MAX_AGE_SECONDS = 300;

/** The document is written once for each set of scopes: nothing else in it changes while the server runs. */
export class MetadataEndpoint implements Endpoint {
  private written: { readonly apis: readonly Api[]; readonly scopes: string; readonly document: Document } | undefined;

  constructor(
    private readonly settings: ProtocolSettings,
    private readonly apis: ApiStore,
  ) {}

  async handle(request: EndpointRequest): Promise<EndpointResponse> {
    if (!isRead(request.method)) return refuseMethod('GET, HEAD');
    return answerOf(this.document(await this.apis.all()), request);
  }

  private document(apis: readonly Api[]): Document {
    const { written } = this;
    if (written?.apis === apis) return written.document;
    const apiScopes = apis.filter((api) => !api.administrative).flatMap((api) => api.scopes.map(({ name }) => name));
    // RFC 6749 §3.3: no scope token holds a space.
    const scopes = apiScopes.join(' ');
    const document =
      written?.scopes === scopes
        ? written.document
        : documentOf(metadata(this.settings.issuer, apiScopes), METADATA_MAX_AGE_SECONDS);
    this.written = { apis, scopes, document };
    return document;
  }
}

/** Answers from memory: the document is written once for each revision of the keys. */
export class JwksEndpoint implements Endpoint {
  private written: { readonly revision: number; readonly document: Document } | undefined;

  constructor(
    private readonly keys: PublicKeySet,
    private readonly maxAgeSeconds: number,
  ) {}

  handle(request: EndpointRequest): Promise<EndpointResponse> {
    return Promise.resolve(isRead(request.method) ? answerOf(this.document(), request) : refuseMethod('GET, HEAD'));
  }

  private document(): Document {
    const { revision } = this.keys;
    if (this.written?.revision !== revision) {
      const document = documentOf(this.keys.jwks(), this.maxAgeSeconds, {
        [KEYS_REVISION_HEADER]: String(revision),
        // A guard in a browser's script reads it too.
        'access-control-expose-headers': KEYS_REVISION_HEADER,
      });
      this.written = { revision, document };
    }
    return this.written.document;
  }
}

/** RFC 9110 §9.1: "All general-purpose servers MUST support the methods GET and HEAD." The door leaves the body out. */
const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

/** What every ID token says of the log-in and of itself; `nonce` where one was sent. */
const LOG_IN_CLAIMS = [
  ...['iss', 'sub', 'aud', 'azp', 'exp', 'iat', 'auth_time', 'nonce', 'acr', 'amr', 'sid', 'at_hash'],
];

/** RFC 8414 §2 and OpenID Connect Discovery §3: one document serves both. */
function metadata(issuer: string, apiScopes: readonly string[]): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    revocation_endpoint: `${issuer}/revoke`,
    end_session_endpoint: `${issuer}/logout`,
    introspection_endpoint: `${issuer}/introspect`,
    userinfo_endpoint: userinfoUrl(issuer),
    jwks_uri: `${issuer}/jwks`,
    scopes_supported: [...openIdScopeNames(), ...apiScopes],
    response_types_supported: ['code'],
    response_modes_supported: RESPONSE_MODES,
    display_values_supported: ['page'],
    ui_locales_supported: ['en'],
    grant_types_supported: GRANT_TYPES,
    subject_types_supported: SUBJECT_TYPES,
    id_token_signing_alg_values_supported: ID_TOKEN_ALGORITHMS,
    userinfo_signing_alg_values_supported: ID_TOKEN_ALGORITHMS,
    token_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION_METHODS,
    token_endpoint_auth_signing_alg_values_supported: PUBLIC_KEY_ALGORITHMS,
    revocation_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION_METHODS,
    revocation_endpoint_auth_signing_alg_values_supported: PUBLIC_KEY_ALGORITHMS,
    // RFC 7662 §2.1: whoever asks proves who it is.
    introspection_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION_METHODS.filter((method) => method !== 'none'),
    introspection_signing_alg_values_supported: PUBLIC_KEY_ALGORITHMS,
    introspection_endpoint_auth_signing_alg_values_supported: PUBLIC_KEY_ALGORITHMS,
    code_challenge_methods_supported: ['S256'],
    acr_values_supported: [acrOf(issuer)],
    claim_types_supported: ['normal'],
    claims_supported: [...LOG_IN_CLAIMS, ...standardClaims()],
    prompt_values_supported: PROMPT_VALUES,
    // OpenID Connect Back-Channel Logout 1.0 §2.1.
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    authorization_response_iss_parameter_supported: true,
    claims_parameter_supported: true,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    require_request_uri_registration: false,
  };
}

interface Document {
  readonly etag: string;
  readonly whole: EndpointResponse;
  readonly notModified: EndpointResponse;
}

function documentOf(content: object, maxAgeSeconds: number, more: Readonly<Record<string, string>> = {}): Document {
  const body = JSON.stringify(content);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const headers = {
    'cache-control': `public, max-age=${maxAgeSeconds}`,
    etag,
    // Public documents; a browser client reads them from its own origin (OpenID Connect Discovery §4).
    'access-control-allow-origin': '*',
    ...more,
  };
  return {
    etag,
    whole: { status: 200, headers: { ...headers, 'content-type': 'application/json' }, body },
    // RFC 9110 §15.4.5: 304 "MUST generate" the Cache-Control and ETag "that would have been sent in a 200 (OK) response";
    // of what describes the content nothing else.
    notModified: { status: 304, headers, body: '' },
  };
}

const answerOf = ({ etag, whole, notModified }: Document, { ifNoneMatch }: EndpointRequest): EndpointResponse =>
  alreadyHas(etag, ifNoneMatch) ? notModified : whole;
