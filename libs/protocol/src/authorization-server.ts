/**
 * Owns the composition of the protocol: endpoints over ports. Does not own any store, any clock, any HTTP.
 */
import type { Clock, VerificationKeys } from '@latchkey/tokens';
import { toSeconds } from '@latchkey/tokens';
import type { SignerSource } from '@latchkey/tokens/issuing';
import { ClientJwts } from './client-jwts.js';
import type { ClientAuthenticationParts } from './client-authentication/authenticate.js';
import { ClientAssertions } from './client-authentication/client-assertions.js';
import { AuthorizeEndpoint } from './endpoints/authorize.js';
import type { Authorization } from './endpoints/authorization-step.js';
import { JwksEndpoint, MetadataEndpoint, type PublicKeySet } from './endpoints/documents.js';
import type { Endpoint } from './endpoints/endpoint-handler.js';
import type { EndSession } from './endpoints/end-session-step.js';
import { EndSessionEndpoint } from './endpoints/end-session.js';
import { IntrospectionEndpoint } from './endpoints/introspect.js';
import { IntrospectionAnswers } from './endpoints/introspection-answer.js';
import { RevocationEndpoint } from './endpoints/revoke.js';
import { TokenEndpoint } from './endpoints/token.js';
import { UserinfoEndpoint } from './endpoints/userinfo.js';
import type { OAuthError } from './errors.js';
import type { GrantParts } from './grants/grant-parts.js';
import { type HintKeys, IdTokenHints } from './id-token-hint.js';
import { LogoutTokens } from './logout-token.js';
import { OwnAccessTokens } from './own-access-tokens.js';
import type { ApiStore } from './ports/api.js';
import type { ClaimsStore } from './ports/claims-store.js';
import type { ClientMacKeys } from './ports/client-mac-keys.js';
import type { AssertionMemory } from './ports/assertion-memory.js';
import type { ClientAttempts } from './ports/client-attempts.js';
import type { ClientKeySets } from './ports/client-key-sets.js';
import type { ClientStore } from './ports/client.js';
import type { ConsentStore } from './ports/consent.js';
import type { Ephemeral } from './ports/ephemeral.js';
import type { GrantStore } from './ports/grant.js';
import type { IssuerState } from './ports/issuer-state.js';
import type { MacKeys } from './ports/mac-keys.js';
import type { PairwiseSubjects } from './ports/pairwise-subjects.js';
import type { Receipts } from './ports/receipts.js';
import type { RevokedTokens } from './ports/revoked-tokens.js';
import type { ProtocolSettings } from './settings.js';
import type { SessionChains } from './ports/session-chains.js';
import { TokenIssuer } from './token-issuer.js';
import { UserinfoTokens } from './userinfo-tokens.js';

/** Of access tokens that APIs ask about (revocation.md V15). */
const REMEMBERED_SIGNATURES = 10_000;

export interface AuthorizationServerParts {
  readonly settings: ProtocolSettings;
  /**
   * Who asks as a machine does, and what is looked up beside that. May lag behind by a moment: revocation.md V1, "for machines another instance
   * may lag by the feed's delay".
   */
  readonly clients: ClientStore;
  /**
   * As they are at this very moment: a code is stamped with the generation that is read here, and V1 says of a revocation that "nothing
   * that began after" it is refused, "by any instance".
   */
  readonly currentClients: ClientStore;
  /** How often clients may fail to prove who they are. */
  readonly attempts: ClientAttempts;
  readonly apis: ApiStore;
  readonly consents: ConsentStore;
  readonly claims: ClaimsStore;
  readonly chains: SessionChains;
  readonly grants: GrantStore;
  readonly ephemeral: Ephemeral;
  /** How far back that reaches. */
  readonly assertionMemory: AssertionMemory;
  /** What clients publish at their jwks_uri. */
  readonly clientKeySets: ClientKeySets;
  readonly issuerState: IssuerState;
  readonly macKeys: MacKeys;
  readonly clientMacKeys: ClientMacKeys;
  readonly pairwise: PairwiseSubjects;
  /** ReceiptDesk of tokens. */
  readonly receipts: Receipts;
  /** What says that an access token was revoked. */
  readonly revoked: RevokedTokens;
  /** The key ring: it signs, verifies and publishes. */
  readonly keys: SignerSource & VerificationKeys & HintKeys & PublicKeySet;
  readonly clock: Clock;
  /** Hears every refusal with its private detail, which never holds a secret. */
  readonly onRefusal: (error: OAuthError) => void;
}

export interface AuthorizationServer {
  readonly authorization: Authorization;
  readonly endSession: EndSession;
  /** What applications are told of a session that has ended. */
  readonly logoutTokens: LogoutTokens;
  readonly token: Endpoint;
  readonly revocation: Endpoint;
  readonly introspection: Endpoint;
  readonly userinfo: Endpoint;
  readonly metadata: Endpoint;
  readonly jwks: Endpoint;
}

export function createAuthorizationServer(parts: AuthorizationServerParts): AuthorizationServer {
  const { settings, clients, attempts, apis, keys, receipts, revoked, onRefusal } = parts;
  const nowSeconds = (): number => toSeconds(parts.clock.now());
  const { issuer: here } = settings;
  const assertions = {
    keySets: parts.clientKeySets,
    ephemeral: parts.ephemeral,
    memory: parts.assertionMemory,
    nowSeconds,
  };
  // RFC 7523 §3: "The token endpoint URL of the authorization server MAY be used as a value for an "aud" element"; OpenID Connect Core §9: it
  // "SHOULD be the URL of the Authorization Server's Token Endpoint". Elsewhere the URL that is asked is as good a name.
  const authenticationAt = (path: string): ClientAuthenticationParts => ({
    ...{ clients, attempts },
    assertions: new ClientAssertions(assertions, [here, `${here}/token`, `${here}${path}`]),
  });
  const grantParts: GrantParts = { ...parts, nowSeconds };
  const clientJwts = new ClientJwts(keys, parts.clientMacKeys);
  const issuer = new TokenIssuer(keys, settings, clientJwts);
  const ownTokens = new OwnAccessTokens(settings.issuer, keys, parts.clock);
  const hints = new IdTokenHints(settings.issuer, keys, parts.clientMacKeys, clients);
  const userinfoTokens = new UserinfoTokens(settings, keys, revoked.heard, parts.clock);
  return {
    authorization: new AuthorizeEndpoint({ ...parts, clients: parts.currentClients, hints, nowSeconds }),
    endSession: new EndSessionEndpoint({ clients, hints, chains: parts.chains }),
    logoutTokens: new LogoutTokens(clientJwts, settings, nowSeconds),
    token: new TokenEndpoint(authenticationAt('/token'), grantParts, issuer, onRefusal),
    revocation: new RevocationEndpoint(authenticationAt('/revoke'), grantParts, ownTokens, receipts, onRefusal),
    introspection: new IntrospectionEndpoint({
      ...{ authentication: authenticationAt('/introspect'), parts: grantParts, revoked, onRefusal },
      answers: new IntrospectionAnswers(settings.issuer, clientJwts, nowSeconds),
      accessTokens: new OwnAccessTokens(settings.issuer, keys, parts.clock, revoked.heard, REMEMBERED_SIGNATURES),
    }),
    userinfo: new UserinfoEndpoint(userinfoTokens, parts.claims, settings.issuer, clientJwts, onRefusal),
    metadata: new MetadataEndpoint(settings, apis),
    jwks: new JwksEndpoint(keys, settings.jwksMaxAgeSeconds),
  };
}
