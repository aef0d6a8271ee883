/**
 * Owns the refusal of credentials in a request URI, where logs and histories keep them.
 */
import { OAuthError } from '../errors.js';
import { Parameters } from '../parameters.js';

const CREDENTIALS = ['client_secret', 'client_assertion', 'code', 'code_verifier', 'refresh_token', 'token'];

/**
 * RFC 6749 §2.3.1: credentials "MUST NOT be included in the request URI"; other names in the query are ignored.
 * @throws OAuthError invalid_request
 */
export function refuseSecretsInQuery(query: string): void {
  if (query === '') return;
  const parameters = Parameters.read(query);
  const found = CREDENTIALS.find((name) => parameters.has(name));
  if (found !== undefined)
    throw new OAuthError('invalid_request', `${found} belongs into the body, never into the URI`);
}
