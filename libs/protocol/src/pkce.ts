/**
 * Owns Proof Key for Code Exchange (RFC 7636), S256 alone. Does not own which clients must use it.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { OAuthError } from './errors.js';
import type { Parameters } from './parameters.js';

/** A SHA-256 in base64url without padding. */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;
/** RFC 7636 §4.1: code-verifier = 43*128unreserved. */
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

/**
 * The challenge of an authorization request.
 * @throws OAuthError invalid_request when it is missing but required, malformed, or not S256
 */
export function readCodeChallenge(parameters: Parameters, required: boolean): string | undefined {
  const challenge = parameters.optional('code_challenge');
  const method = parameters.optional('code_challenge_method');
  if (challenge === undefined) {
    // RFC 7636 §4.4.1: "the authorization endpoint MUST return ... error value set to invalid_request".
    if (required) throw new OAuthError('invalid_request', 'code_challenge is required');
    if (method !== undefined) throw new OAuthError('invalid_request', 'code_challenge_method without code_challenge');
    return undefined;
  }
  // RFC 9700 §2.1.1: methods "that do not expose the PKCE verifier". §4.3: absent means plain.
  if (method !== 'S256') throw new OAuthError('invalid_request', 'code_challenge_method must be S256');
  if (!CHALLENGE.test(challenge))
    throw new OAuthError('invalid_request', 'code_challenge is not a SHA-256 in base64url');
  return challenge;
}

/**
 * RFC 7636 §4.6. A verifier for a request without a challenge is refused too: RFC 9700 §2.1.1 asks to "ensure that a
 * token request containing a code_verifier parameter is accepted only if a code_challenge parameter was present".
 */
export function verifierMatches(challenge: string | undefined, verifier: string | undefined): boolean {
  if (challenge === undefined) return verifier === undefined;
  if (verifier === undefined || !VERIFIER.test(verifier)) return false;
  const computed = createHash('sha256').update(verifier, 'ascii').digest();
  const expected = Buffer.from(challenge, 'base64url');
  return expected.length === computed.length && timingSafeEqual(expected, computed);
}
