/**
 * Owns what the protocol knows of a registered client, in the terms of RFC 7591, and the port that finds one.
 * Does not own registration: the admin API does.
 */
import type { SigningAlgorithm } from '@latchkey/tokens';

export const GRANT_TYPES = ['authorization_code', 'refresh_token', 'client_credentials'] as const;
export type GrantType = (typeof GRANT_TYPES)[number];

export const CLIENT_AUTHENTICATION_METHODS = ['client_secret_basic', 'client_secret_post', 'none'] as const;
export type ClientAuthenticationMethod = (typeof CLIENT_AUTHENTICATION_METHODS)[number];

/**
 * By which an ID token may be signed: whoever has the public keys verifies it. OpenID Connect Core §15.1: "OpenID Providers
 * MUST support signing ID Tokens with the RSA SHA-256 algorithm".
 */
export const ID_TOKEN_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const satisfies readonly SigningAlgorithm[];

export interface Client {
  /** 32 hex characters, from node:crypto. */
  readonly clientId: string;
  readonly clientName: string;
  /** RFC 8252: `native` clients may use loopback and private-use schemes. */
  readonly applicationType: 'web' | 'native';
  readonly redirectUris: readonly string[];
  readonly grantTypes: readonly GrantType[];
  /** Scope that this client may ever be granted: the *allowed* scope. */
  readonly allowedScope: readonly string[];
  readonly tokenEndpointAuthMethod: ClientAuthenticationMethod;
  /** SHA-256 digests (hex) of the live secrets; empty for public clients, at most two otherwise. */
  readonly secretDigests: readonly string[];
  /** RFC 7636. False only for a confidential client that was registered so. */
  readonly requirePkce: boolean;
  readonly idTokenSignedResponseAlg: SigningAlgorithm;
  readonly logoUri?: string;
  readonly policyUri?: string;
  readonly tosUri?: string;
  readonly enabled: boolean;
  /** Raised by every wide revocation of this client; tokens inherit it as `gen.cli`. */
  readonly generation: number;
}

export interface ClientStore {
  find(clientId: string): Promise<Client | undefined>;
}
