/**
 * Owns an authorization request that has been checked: the client exists, the redirect URI is its own, every parameter
 * is legal. Plain data, so that it can wait in the ephemeral store while the person logs in.
 * Does not own the checking (endpoints/authorize).
 */
import type { RequestedClaims } from './claims-request.js';

/** OAuth 2.0 Multiple Response Type Encoding Practices §2.1, OAuth 2.0 Form Post Response Mode §2. */
export const RESPONSE_MODES = ['query', 'form_post'] as const;
export type ResponseMode = (typeof RESPONSE_MODES)[number];
/** How an answer goes back; `fragment` is for errors alone, as nothing is given that belongs there. */
export type AnswerMode = ResponseMode | 'fragment';

export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  /** True when the request named its redirect_uri: then the token request must repeat it (RFC 6749 §4.1.3). */
  readonly redirectUriSent: boolean;
  /** How the answer goes back. */
  readonly responseMode: ResponseMode;
  readonly requestedScope: readonly string[];
  /** Byte-exact, as it came (RFC 6749 §4.1.2). */
  readonly state?: string;
  readonly nonce?: string;
  /** RFC 7636: the S256 challenge. */
  readonly codeChallenge?: string;
  /** RFC 8707. */
  readonly resource?: string;
  readonly prompt: readonly string[];
  readonly maxAgeSeconds?: number;
  readonly loginHint?: string;
  /** OpenID Connect Core §5.5; absent when none was asked for. */
  readonly claims?: RequestedClaims;
  /** Of whom an answer may speak, as the client knows them: each a `sub` of its tokens. Absent: of anybody. */
  readonly requestedSubs?: readonly string[];
  /** The client's generation as it was read when the request arrived (revocation.md V1): the code inherits it. */
  readonly clientGeneration: number;
  /**
   * The session that the person began on behalf of this very request. It alone satisfies `prompt=login`, and it satisfies
   * any `max_age`. Whoever shows the pages sets it; a session cookie that comes and goes proves nothing.
   */
  readonly authenticatedSid?: string;
  /** The session that the person has chosen to go on with: it satisfies `prompt=select_account`. */
  readonly selectedSid?: string;
}
