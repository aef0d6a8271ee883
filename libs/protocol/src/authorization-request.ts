/**
 * Owns an authorization request that has been checked: the client exists, the redirect URI is its own, every parameter
 * is legal. Plain data, so that it can wait in the ephemeral store while the person logs in.
 * Does not own the checking (endpoints/authorize).
 */
export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  /** True when the request named its redirect_uri: then the token request must repeat it (RFC 6749 §4.1.3). */
  readonly redirectUriSent: boolean;
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
  /** The login session at arrival: `prompt=login` is never satisfied by the same one. */
  readonly sidAtArrival?: string;
}
