/**
 * Owns the error that a client is told of: a code from a closed union, its status, and two channels, the description
 * for the client and the detail for the log. Does not own how it is rendered (JSON, redirect or page): the endpoints do.
 */

import type { RateLimit } from './rate-limit.js';

/** RFC 6749 §4.1.2.1, §5.2; RFC 6750 §3.1; RFC 7009 §2.2.1; RFC 8707 §2; OpenID Connect Core §3.1.2.6; RFC 9396 is not supported. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_token_type'
  | 'unsupported_response_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'access_denied'
  | 'login_required'
  | 'consent_required'
  | 'unmet_authentication_requirements'
  | 'request_not_supported'
  | 'request_uri_not_supported'
  | 'registration_not_supported'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'temporarily_unavailable';

/** RFC 6749 §5.2: 400 "(unless specified otherwise)"; the others are named here. */
const STATUS: Partial<Record<OAuthErrorCode, number>> = {
  invalid_client: 401,
  invalid_token: 401,
  insufficient_scope: 403,
  temporarily_unavailable: 503,
};

/** RFC 6749 §5.2: values "MUST NOT include characters outside the set %x20-21 / %x23-5B / %x5D-7E". */
const legalDescription = (text: string): string => text.replace(/[^\x20-\x21\x23-\x5B\x5D-\x7E]/g, "'");

export class OAuthError extends Error {
  readonly status: number;
  readonly description: string;
  /** For the log alone. Never holds a secret, code, token or verifier. */
  readonly detail: string | undefined;
  /** It was refused because of this limit, and for nothing in it. */
  readonly limit: RateLimit | undefined;

  /**
   * @param code the word of the RFC
   * @param description public: what a developer of the client needs to mend the request
   */
  constructor(
    readonly code: OAuthErrorCode,
    description: string,
    options: { readonly detail?: string; readonly cause?: unknown; readonly limit?: RateLimit } = {},
  ) {
    super(`${code}: ${description}`, { cause: options.cause });
    this.name = 'OAuthError';
    this.limit = options.limit;
    this.status = options.limit === undefined ? (STATUS[code] ?? 400) : 429;
    this.description = legalDescription(description);
    this.detail = options.detail;
  }
}

/**
 * RFC 6749 §5.2 has no code for it. `temporarily_unavailable` (§4.1.2.1) is registered and says what is so: this request is
 * not served now, and may be later. `invalid_client` would tell whoever guesses that this guess was looked at, and `slow_down`
 * (RFC 8628 §3.5) speaks to a device that polls. The status, 429 (RFC 6585 §4), tells it from an outage.
 */
export const tooMany = (limit: RateLimit, description: string): OAuthError =>
  new OAuthError('temporarily_unavailable', description, { limit, detail: `limited: ${limit.policy}` });

/**
 * The world is broken (PostgreSQL, Redis, the signer do not answer): 503, never 401. Adapters throw it, so that no
 * endpoint mistakes an outage for bad input.
 */
export class Unavailable extends Error {
  constructor(
    readonly what: string,
    cause?: unknown,
  ) {
    super(`${what} is unavailable`, { cause });
    this.name = 'Unavailable';
  }
}
