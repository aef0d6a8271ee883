/**
 * Owns the checking of an authorization request whose return address is known: the faults that go back to the client. Does not
 * own that address (return-address), nor what happens next (authorize).
 */
import { type AuthorizationRequest, RESPONSE_MODES, type ResponseMode } from '../authorization-request.js';
import { OAuthError } from '../errors.js';
import type { Parameters } from '../parameters.js';
import { readCodeChallenge } from '../pkce.js';
import type { Api } from '../ports/api.js';
import type { Client } from '../ports/client.js';
import { named } from '../scope.js';
import { readClaims, readMaxAge, readPrompt, refuseUnmetAcr } from './authorize-person.js';
import { atResource, readRequestedScope, readResource } from './authorize-scope.js';
import { readResponseMode, type ReturnAddress } from './return-address.js';

/**
 * Everything else about the request.
 * @param acr the one that every log-in here has
 * @throws OAuthError to be sent to the redirect URI
 */
export function checkRequest(
  parameters: Parameters,
  address: ReturnAddress,
  apis: readonly Api[],
  acr: string,
): AuthorizationRequest {
  parameters.refuseRepetition();
  const responseMode = checkResponse(parameters, address);
  const codeChallenge = readCodeChallenge(parameters, address.client.requirePkce);
  const requestedScope = readRequestedScope(parameters, address.client, apis);
  const resource = readResource(parameters, requestedScope, apis);
  const prompt = readPrompt(parameters);
  // OpenID Connect Registration §2: default_max_age, which max_age overrides.
  const maxAgeSeconds = readMaxAge(parameters) ?? address.client.defaultMaxAge;
  const asked = readClaims(parameters, requestedScope, address.client);
  refuseUnmetAcr(asked, acr);
  return {
    clientId: address.client.clientId,
    redirectUri: address.redirectUri,
    redirectUriSent: address.redirectUriSent,
    responseMode,
    requestedScope: atResource(requestedScope, resource, apis),
    prompt,
    ...defined('state', address.state),
    ...defined('nonce', parameters.optional('nonce')),
    ...defined('codeChallenge', codeChallenge),
    ...defined('resource', resource),
    ...defined('maxAgeSeconds', maxAgeSeconds),
    ...defined('loginHint', parameters.optional('login_hint')),
    ...defined('claims', asked?.claims),
    ...defined('requestedSubs', asked?.subs),
    clientGeneration: address.client.generation,
  };
}

/** @returns how a code goes back */
function checkResponse(parameters: Parameters, { client, redirectUri, state }: ReturnAddress): ResponseMode {
  // OpenID Connect Core §3.1.2.6; ignoring a request object would answer a question that was not asked.
  if (parameters.optional('request') !== undefined)
    throw new OAuthError('request_not_supported', 'request objects are not supported');
  if (parameters.optional('request_uri') !== undefined) {
    throw new OAuthError('request_uri_not_supported', 'request objects by reference are not supported');
  }
  if (parameters.optional('registration') !== undefined) {
    throw new OAuthError('registration_not_supported', 'registration by the request is not supported');
  }
  if (parameters.required('response_type') !== 'code') {
    throw new OAuthError('unsupported_response_type', 'the response_type must be code');
  }
  const responseMode = readResponseMode(parameters, redirectUri);
  if (responseMode === undefined) {
    throw new OAuthError('invalid_request', `the response_mode must be ${RESPONSE_MODES.join(' or ')}`);
  }
  if (state !== parameters.optional('state')) throw new OAuthError('invalid_request', 'a form changes this state');
  checkGrantType(client);
  return responseMode;
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
  // What holds for a request that comes holds for one that waited (RFC 7636 §4.4.1).
  if (client.requirePkce && request.codeChallenge === undefined) {
    throw new OAuthError('invalid_request', 'code_challenge is required');
  }
  const forbidden = request.requestedScope.find((name) => !client.allowedScope.includes(name));
  if (forbidden !== undefined) {
    throw new OAuthError('invalid_scope', `the scope ${named(forbidden)} is not allowed for this client`);
  }
}

function defined<Name extends string, Value>(name: Name, value: Value | undefined): Partial<Record<Name, Value>> {
  const entry: Partial<Record<Name, Value>> = {};
  if (value !== undefined) entry[name] = value;
  return entry;
}
