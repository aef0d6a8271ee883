/**
 * Owns the composition of the protocol: endpoints over ports. Does not own any store, any clock, any HTTP.
 */
import type { Clock, VerificationKeys } from '@latchkey/tokens';
import { toSeconds } from '@latchkey/tokens';
import type { SignerSource } from '@latchkey/tokens/issuing';
import { AuthorizeEndpoint } from './endpoints/authorize.js';
import type { Authorization } from './endpoints/authorization-step.js';
import { JwksEndpoint, MetadataEndpoint, type PublicKeySet } from './endpoints/documents.js';
import type { Endpoint } from './endpoints/endpoint-handler.js';
import { RevocationEndpoint } from './endpoints/revoke.js';
import { TokenEndpoint } from './endpoints/token.js';
import type { OAuthError } from './errors.js';
import type { GrantParts } from './grants/grant-parts.js';
import { OwnAccessTokens } from './own-access-tokens.js';
import type { ApiStore } from './ports/api.js';
import type { ClientStore } from './ports/client.js';
import type { Ephemeral } from './ports/ephemeral.js';
import type { GrantStore } from './ports/grant.js';
import type { IssuerState } from './ports/issuer-state.js';
import type { MacKeys } from './ports/mac-keys.js';
import type { Receipts } from './ports/receipts.js';
import type { ProtocolSettings } from './settings.js';
import { TokenIssuer } from './token-issuer.js';

export interface AuthorizationServerParts {
  readonly settings: ProtocolSettings;
  readonly clients: ClientStore;
  readonly apis: ApiStore;
  readonly grants: GrantStore;
  readonly ephemeral: Ephemeral;
  readonly issuerState: IssuerState;
  readonly macKeys: MacKeys;
  /** ReceiptDesk of tokens. */
  readonly receipts: Receipts;
  /** The key ring: it signs, verifies and publishes. */
  readonly keys: SignerSource & VerificationKeys & PublicKeySet;
  readonly clock: Clock;
  /** Hears every refusal with its private detail, which never holds a secret. */
  readonly onRefusal: (error: OAuthError) => void;
}

export interface AuthorizationServer {
  readonly authorization: Authorization;
  readonly token: Endpoint;
  readonly revocation: Endpoint;
  readonly metadata: Endpoint;
  readonly jwks: Endpoint;
}

export function createAuthorizationServer(parts: AuthorizationServerParts): AuthorizationServer {
  const { settings, clients, apis, keys, receipts, onRefusal } = parts;
  const nowSeconds = (): number => toSeconds(parts.clock.now());
  const grantParts: GrantParts = { ...parts, nowSeconds };
  const issuer = new TokenIssuer(keys, settings);
  const ownTokens = new OwnAccessTokens(settings.issuer, keys, parts.clock);
  return {
    authorization: new AuthorizeEndpoint({ ...parts, nowSeconds }),
    token: new TokenEndpoint(clients, grantParts, issuer, onRefusal),
    revocation: new RevocationEndpoint(clients, grantParts, ownTokens, receipts, onRefusal),
    metadata: new MetadataEndpoint(settings, apis),
    jwks: new JwksEndpoint(keys, settings.jwksMaxAgeSeconds),
  };
}
