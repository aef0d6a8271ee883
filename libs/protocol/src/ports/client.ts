/**
 * Owns what the protocol knows of a registered client, in the terms of RFC 7591, and the port that finds one.
 * Does not own registration: the admin API does.
 */
import type { SigningAlgorithm } from '@latchkey/tokens';

export const GRANT_TYPES = ['authorization_code', 'refresh_token', 'client_credentials'] as const;
export type GrantType = (typeof GRANT_TYPES)[number];

export const CLIENT_AUTHENTICATION_METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'none',
] as const;
export type ClientAuthenticationMethod = (typeof CLIENT_AUTHENTICATION_METHODS)[number];

/** Whoever has the public keys verifies. OpenID Connect Core §15.1: "MUST support … the RSA SHA-256 algorithm". */
export const PUBLIC_KEY_ALGORITHMS = [
  'RS256',
  'PS256',
  'ES256',
  'EdDSA',
] as const satisfies readonly SigningAlgorithm[];
export type PublicKeyAlgorithm = (typeof PUBLIC_KEY_ALGORITHMS)[number];

/** By which an ID token may be signed. HS256 is keyed with the client's own secret (OpenID Connect Core §10.1). */
export const ID_TOKEN_ALGORITHMS = [...PUBLIC_KEY_ALGORITHMS, 'HS256'] as const satisfies readonly SigningAlgorithm[];
export type IdTokenAlgorithm = (typeof ID_TOKEN_ALGORITHMS)[number];

/** OpenID Connect Core §8. */
export const SUBJECT_TYPES = ['public', 'pairwise'] as const;
export type SubjectType = (typeof SUBJECT_TYPES)[number];

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
  /** For private_key_jwt (OpenID Connect Core §9). Undefined: whichever its keys are for. */
  readonly tokenEndpointAuthSigningAlg?: PublicKeyAlgorithm;
  /** Its public keys (RFC 7517 §5), or where they are read; never both. */
  readonly jwks?: { readonly keys: readonly object[] };
  readonly jwksUri?: string;
  /** SHA-256 digests (hex) of the live secrets; empty for public clients, at most two otherwise. */
  readonly secretDigests: readonly string[];
  /** RFC 7636. False only for a confidential client that was registered so. */
  readonly requirePkce: boolean;
  readonly idTokenSignedResponseAlg: IdTokenAlgorithm;
  /** OpenID Connect Core §5.3.2. Undefined: the answer of userinfo is plain JSON. */
  readonly userinfoSignedResponseAlg?: IdTokenAlgorithm;
  /** RFC 9701 §6. Undefined: RS256, when it asks for a JWT. */
  readonly introspectionSignedResponseAlg?: PublicKeyAlgorithm;
  /** OpenID Connect Core §8: `pairwise`, every sector knows a person by another `sub`. */
  readonly subjectType: SubjectType;
  /** §8.1: the one host of its redirect URIs; present for a pairwise client. */
  readonly sectorIdentifier?: string;
  /** OpenID Connect RP-Initiated Logout §3.1: compared letter by letter. */
  readonly postLogoutRedirectUris: readonly string[];
  /** OpenID Connect Back-Channel Logout §2.2. */
  readonly backchannelLogoutUri?: string;
  /** §2.2: whether its logout tokens must name the session. */
  readonly backchannelLogoutSessionRequired: boolean;
  /** OpenID Connect Registration §2, in seconds: what counts where a request names no `max_age`. */
  readonly defaultMaxAge?: number;
  /** §2: whether `auth_time` must stand in each of its ID tokens. */
  readonly requireAuthTime: boolean;
  /** How long its grants may be refreshed, if the server is not set to less. Undefined: as the server is set. */
  readonly refreshTokenLifetimeSeconds?: number;
  /** How long a refresh token may lie unused. Undefined: as long as the grant lives. */
  readonly refreshTokenIdleSeconds?: number;
  readonly logoUri?: string;
  readonly policyUri?: string;
  readonly tosUri?: string;
  /** The identifier of the API that this client is: one that asks about tokens (RFC 7662 §2.1). */
  readonly resourceServer?: string;
  readonly enabled: boolean;
  /** Raised by every wide revocation of this client; tokens inherit it as `gen.cli`. */
  readonly generation: number;
}

export interface ClientStore {
  find(clientId: string): Promise<Client | undefined>;
}
