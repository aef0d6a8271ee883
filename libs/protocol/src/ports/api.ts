/**
 * Owns what the protocol knows of a protected API (a resource server) and its scopes. Does not own registration.
 */
import type { SigningAlgorithm } from '@latchkey/tokens';

export interface ApiScope {
  readonly name: string;
  /** Plain words for the consent page. */
  readonly description: string;
}

export interface Api {
  /** The audience: an absolute URI without fragment (RFC 8707 §2). */
  readonly identifier: string;
  readonly name: string;
  readonly scopes: readonly ApiScope[];
  /** The server's own setting where an API says nothing. */
  readonly accessTokenLifetimeSeconds?: number;
  readonly accessTokenSigningAlg: SigningAlgorithm;
  /** The admin API: granted by client_credentials only, its audience always stands alone. */
  readonly administrative: boolean;
}

/** A scope name belongs to exactly one API. */
export interface ApiStore {
  /** Every API, the admin API included. */
  all(): Promise<readonly Api[]>;
}
