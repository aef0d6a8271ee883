/**
 * Owns how the tokens of RFC 6749 §5.1 are written as JSON. Does not own what is in them.
 */
import type { EndpointResponse } from '../endpoint.js';
import type { TokenResponse } from '../token-issuer.js';
import { JSON_HEADERS } from './json-response.js';

/**
 * By hand, since JSON.stringify looks twice at every letter of the tokens, and none of them means anything to JSON: ours are
 * base64url and dots. Whatever is no token is written by it.
 */
export function tokenAnswer(tokens: TokenResponse): EndpointResponse {
  const { access_token: access, token_type: type, expires_in: seconds, refresh_token: refresh, id_token: id } = tokens;
  const scope = JSON.stringify(tokens.scope);
  const others =
    (refresh === undefined ? '' : `,"refresh_token":"${refresh}"`) + (id === undefined ? '' : `,"id_token":"${id}"`);
  return {
    status: 200,
    headers: JSON_HEADERS,
    body: `{"access_token":"${access}","token_type":"${type}","expires_in":${seconds},"scope":${scope}${others}}`,
  };
}
