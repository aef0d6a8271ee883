/**
 * Owns what an authorization request says about the person: how they are asked, how fresh their log-in is, and which claims are
 * wanted of them. Does not own the asking (authorize), nor the reading of a claims parameter (claims-request).
 */
import { type ClaimsRequest, readClaimsRequest } from '../claims-request.js';
import { OAuthError } from '../errors.js';
import type { Parameters } from '../parameters.js';
import type { Client } from '../ports/client.js';

export const PROMPT_VALUES: readonly string[] = ['none', 'login', 'consent', 'select_account'];

export function readPrompt(parameters: Parameters): readonly string[] {
  const values = (parameters.optional('prompt') ?? '').split(' ').filter((value) => value !== '');
  // OpenID Connect Core §3.1.2.1: "If this parameter contains none with any other value, an error is returned."
  if (values.includes('none') && values.length > 1) {
    throw new OAuthError('invalid_request', 'prompt=none stands alone');
  }
  // Initiating User Registration 1.0 §4.1: a value that is not in prompt_values_supported is invalid_request.
  if (!values.every((value) => PROMPT_VALUES.includes(value))) {
    throw new OAuthError('invalid_request', `prompt knows ${PROMPT_VALUES.join(', ')}`);
  }
  return values;
}

export function readMaxAge(parameters: Parameters): number | undefined {
  const text = parameters.optional('max_age');
  if (text === undefined) return undefined;
  if (!/^[0-9]{1,15}$/.test(text)) throw new OAuthError('invalid_request', 'max_age is not a number of seconds');
  return Number(text);
}

/** OpenID Connect Core §5.5 is for requests of OpenID Connect; elsewhere the parameter is one that nobody knows. */
export function readClaims(
  parameters: Parameters,
  requestedScope: readonly string[],
  client: Client,
): Partial<ClaimsRequest> | undefined {
  const text = parameters.optional('claims');
  if (text === undefined || !requestedScope.includes('openid')) return undefined;
  const { claims, ...asked } = readClaimsRequest(text, client.allowedScope);
  return claims.userinfo.length + claims.idToken.length === 0 ? asked : { ...asked, claims };
}

/**
 * OpenID Connect Core §5.5.1.1: "If this is an Essential Claim and the requirement cannot be met, then the Authorization
 * Server MUST treat that outcome as a failed authentication attempt." The code is that of OpenID Connect Core Error Code
 * unmet_authentication_requirements 1.0.
 */
export function refuseUnmetAcr(asked: Partial<ClaimsRequest> | undefined, acr: string): void {
  if (asked?.acrs?.includes(acr) !== false) return;
  throw new OAuthError('unmet_authentication_requirements', 'no log-in here has the acr that is essential');
}
