/**
 * Owns the checking of an authorization request: which faults are told on a page at this very URL, and which go back to the
 * client. Does not own what happens next (authorize).
 */
import type { AuthorizationRequest } from '../authorization-request.js';
import { oneResource } from '../audience.js';
import { OAuthError } from '../errors.js';
import type { Parameters } from '../parameters.js';
import { readCodeChallenge } from '../pkce.js';
import type { Api } from '../ports/api.js';
import type { Client } from '../ports/client.js';
import { redirectUriIsRegistered } from '../redirect-uri.js';
import { isOpenIdScope, ownerOf, parseScope } from '../scope.js';

/** Who asked, and where an answer may be sent: known before anything else is judged. */
export interface ReturnAddress {
  readonly client: Client;
  readonly redirectUri: string;
  readonly redirectUriSent: boolean;
  readonly state: string | undefined;
}

/**
 * RFC 6749 §4.1.2.1: if the redirection URI or client is missing, invalid or mismatching, the server "MUST NOT
 * automatically redirect the user-agent to the invalid redirection URI".
 * @throws OAuthError to be shown on a page
 */
export function returnAddress(parameters: Parameters, client: Client | undefined): ReturnAddress {
  if (parameters.repeated.includes('client_id') || parameters.repeated.includes('redirect_uri')) {
    parameters.refuseRepetition();
  }
  if (client === undefined || !client.enabled) {
    throw new OAuthError('invalid_request', 'this application is not known here');
  }
  const sent = parameters.optional('redirect_uri');
  const redirectUri = sent ?? soleRedirectUri(client, parameters);
  if (redirectUri === undefined) throw new OAuthError('invalid_request', 'the parameter redirect_uri is missing');
  if (!redirectUriIsRegistered(client, redirectUri)) {
    throw new OAuthError('invalid_request', 'the redirect_uri is not registered for this application');
  }
  // A repeated state has no byte-exact value to give back.
  const state = parameters.repeated.includes('state') ? undefined : parameters.optional('state');
  return { client, redirectUri, redirectUriSent: sent !== undefined, state };
}

/** RFC 6749 §3.1.2.3 lets a single registered URI stand for a missing one; OpenID Connect Core §3.1.2.1: "REQUIRED". */
function soleRedirectUri(client: Client, parameters: Parameters): string | undefined {
  const isOpenIdRequest = (parameters.optional('scope') ?? '').split(' ').includes('openid');
  return client.redirectUris.length === 1 && !isOpenIdRequest ? client.redirectUris[0] : undefined;
}

/**
 * Everything else about the request.
 * @throws OAuthError to be sent to the redirect URI
 */
export function checkRequest(
  parameters: Parameters,
  address: ReturnAddress,
  apis: readonly Api[],
): AuthorizationRequest {
  parameters.refuseRepetition();
  checkResponse(parameters, address.client);
  const codeChallenge = readCodeChallenge(parameters, address.client.requirePkce);
  const requestedScope = readRequestedScope(parameters, address.client, apis);
  const resource = readResource(parameters, requestedScope, apis);
  const prompt = readPrompt(parameters);
  const maxAgeSeconds = readMaxAge(parameters);
  return {
    clientId: address.client.clientId,
    redirectUri: address.redirectUri,
    redirectUriSent: address.redirectUriSent,
    requestedScope: atResource(requestedScope, resource, apis),
    prompt,
    ...defined('state', address.state),
    ...defined('nonce', parameters.optional('nonce')),
    ...defined('codeChallenge', codeChallenge),
    ...defined('resource', resource),
    ...defined('maxAgeSeconds', maxAgeSeconds),
    ...defined('loginHint', parameters.optional('login_hint')),
    clientGeneration: address.client.generation,
  };
}

function checkResponse(parameters: Parameters, client: Client): void {
  // OpenID Connect Core §3.1.2.6; ignoring a request object would answer a question that was not asked.
  if (parameters.has('request')) throw new OAuthError('request_not_supported', 'request objects are not supported');
  if (parameters.has('request_uri')) {
    throw new OAuthError('request_uri_not_supported', 'request objects by reference are not supported');
  }
  if (parameters.has('registration')) {
    throw new OAuthError('registration_not_supported', 'registration by the request is not supported');
  }
  if (parameters.required('response_type') !== 'code') {
    throw new OAuthError('unsupported_response_type', 'the response_type must be code');
  }
  const mode = parameters.optional('response_mode');
  if (mode !== undefined && mode !== 'query')
    throw new OAuthError('invalid_request', 'the response_mode must be query');
  checkGrantType(client);
}

function checkGrantType(client: Client): void {
  if (client.grantTypes.includes('authorization_code')) return;
  throw new OAuthError('unauthorized_client', 'this client is not registered for the authorization code grant');
}

/**
 * A request that was legal when it came, and waited: may the client still have what it asked for?
 * @throws OAuthError to be sent to the redirect URI
 */
export function checkStillAllowed(request: AuthorizationRequest, client: Client): void {
  checkGrantType(client);
  const forbidden = request.requestedScope.find((name) => !client.allowedScope.includes(name));
  if (forbidden !== undefined) {
    throw new OAuthError('invalid_scope', `the scope ${forbidden} is not allowed for this client`);
  }
}

function readRequestedScope(parameters: Parameters, client: Client, apis: readonly Api[]): readonly string[] {
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
    if (forbidden) throw new OAuthError('invalid_scope', `the scope ${name} is not allowed for this client`);
  }
  // OpenID Connect Core §11: offline_access is ignored where no refresh token could be issued.
  return understood.filter((name) => name !== 'offline_access' || client.grantTypes.includes('refresh_token'));
}

function readResource(parameters: Parameters, scope: readonly string[], apis: readonly Api[]): string | undefined {
  const resource = oneResource(parameters.all('resource'));
  if (resource === undefined) return undefined;
  const api = apis.find((candidate) => candidate.identifier === resource && !candidate.administrative);
  if (!api?.scopes.some(({ name }) => scope.includes(name))) {
    throw new OAuthError('invalid_target', 'the resource is not an API whose scope was requested');
  }
  return resource;
}

/** A named resource leaves only its own scopes, and those of OpenID Connect. */
const atResource = (scope: readonly string[], resource: string | undefined, apis: readonly Api[]): readonly string[] =>
  resource === undefined
    ? scope
    : scope.filter((name) => isOpenIdScope(name) || ownerOf(name, apis)?.identifier === resource);

function readPrompt(parameters: Parameters): readonly string[] {
  const values = (parameters.optional('prompt') ?? '').split(' ').filter((value) => value !== '');
  // OpenID Connect Core §3.1.2.1: "If this parameter contains none with any other value, an error is returned."
  if (values.includes('none') && values.length > 1) {
    throw new OAuthError('invalid_request', 'prompt=none stands alone');
  }
  return values;
}

function readMaxAge(parameters: Parameters): number | undefined {
  const text = parameters.optional('max_age');
  if (text === undefined) return undefined;
  if (!/^[0-9]{1,9}$/.test(text)) throw new OAuthError('invalid_request', 'max_age is not a number of seconds');
  return Number(text);
}

function defined<Name extends string, Value>(name: Name, value: Value | undefined): Partial<Record<Name, Value>> {
  const entry: Partial<Record<Name, Value>> = {};
  if (value !== undefined) entry[name] = value;
  return entry;
}
