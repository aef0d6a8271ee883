/**
 * Owns how an endpoint for machines answers in JSON, errors included. Does not own redirects or pages.
 */
import type { EndpointRequest, EndpointResponse } from '../endpoint.js';
import { OAuthError } from '../errors.js';
import { limitedFields } from '../rate-limit.js';

/** RFC 6749 §5.1: `Cache-Control: no-store` "in any response containing tokens"; it stands on errors too. */
const NO_STORE = Object.freeze({ 'cache-control': 'no-store', pragma: 'no-cache' });
export const JSON_HEADERS = Object.freeze({ 'content-type': 'application/json', ...NO_STORE });

export const jsonResponse = (status: number, value: unknown): EndpointResponse => ({
  status,
  headers: JSON_HEADERS,
  body: JSON.stringify(value),
});

export const emptyResponse = (status: number): EndpointResponse => ({ status, headers: NO_STORE, body: '' });

/** RFC 6749 §5.2. The detail of the error is not in it. */
export function errorResponse(error: OAuthError, request: EndpointRequest): EndpointResponse {
  const response = jsonResponse(error.status, { error: error.code, error_description: error.description });
  if (error.limit !== undefined) {
    return { ...response, headers: { ...response.headers, ...limitedFields(error.limit) } };
  }
  if (error.code !== 'invalid_client' || request.authorization === undefined) return response;
  // §5.2: "If the client attempted to authenticate via the Authorization request header field, the authorization server
  // MUST respond with an HTTP 401 status code and include the WWW-Authenticate response header field".
  return { ...response, headers: { ...response.headers, 'www-authenticate': 'Basic realm="latchkey"' } };
}

/** RFC 6749 §3.2: "The client MUST use the HTTP POST method when making access token requests." */
export function refuseMethod(allowed: string): EndpointResponse {
  const error = new OAuthError('invalid_request', `the method must be ${allowed}`);
  const response = jsonResponse(405, { error: error.code, error_description: error.description });
  return { ...response, headers: { ...response.headers, allow: allowed } };
}
