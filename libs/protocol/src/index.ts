/** The door of protocol: how a token is granted. */
export { weightOf } from './accept.js';
export { OAuthError, Unavailable, type OAuthErrorCode } from './errors.js';
export type { EndpointRequest, EndpointResponse } from './endpoint.js';
export type { Api, ApiScope, ApiStore } from './ports/api.js';
export {
  CLIENT_AUTHENTICATION_METHODS,
  GRANT_TYPES,
  ID_TOKEN_ALGORITHMS,
  PUBLIC_KEY_ALGORITHMS,
  SUBJECT_TYPES,
  type Client,
  type ClientAuthenticationMethod,
  type ClientStore,
  type GrantType,
  type IdTokenAlgorithm,
  type PublicKeyAlgorithm,
  type SubjectType,
} from './ports/client.js';
export { browserOriginsOf, isWebOrigin } from './browser-origins.js';
export type { BrowserOrigins } from './ports/browser-origins.js';
export type { ClaimsStore, ClaimValue, KnownClaims, TokenHolder } from './ports/claims-store.js';
export type { ClientMacKey, ClientMacKeys } from './ports/client-mac-keys.js';
export type { AssertionMemory } from './ports/assertion-memory.js';
export type { ClientKeySets } from './ports/client-key-sets.js';
export type { ClientAttempts, FailedClient } from './ports/client-attempts.js';
export type { Ephemeral } from './ports/ephemeral.js';
export type {
  CodeRedemption,
  GivenGrant,
  Grant,
  GrantRevocationCause,
  GrantStore,
  RotationOutcome,
  StoredGrant,
} from './ports/grant.js';
export { scopeToAllow } from './consent.js';
export type { ConsentStore, StandingConsent } from './ports/consent.js';
export type { IssuerState } from './ports/issuer-state.js';
export type { SessionChains } from './ports/session-chains.js';
export type { LoginSession } from './ports/login-session.js';
export type { RequestedClaim, RequestedClaims } from './claims-request.js';
export type { AuthorizationRequest, ResponseMode } from './authorization-request.js';
export type { AnsweredConsent, AnswerStep, Authorization, AuthorizationStep } from './endpoints/authorization-step.js';
export type { EndSession, LogoutRequest, LogoutStep } from './endpoints/end-session-step.js';
export { LogoutTokens } from './logout-token.js';
export type { Endpoint } from './endpoints/endpoint-handler.js';
export type { MacKey, MacKeys } from './ports/mac-keys.js';
export type { PairwiseSubjects } from './ports/pairwise-subjects.js';
export type { Receipts } from './ports/receipts.js';
export { createPairwiseSubjects, PAIRWISE_SALT_BYTES } from './pairwise-subjects.js';
export type { RevokedTokens } from './ports/revoked-tokens.js';
export { appliedWait, LONGEST_WAIT_SECONDS, waitPreference } from './prefer.js';
export {
  createAuthorizationServer,
  type AuthorizationServer,
  type AuthorizationServerParts,
} from './authorization-server.js';
export { limitedFields, rateLimitFields, type RateLimit } from './rate-limit.js';
export { digestOf, randomSecret, sameDigest } from './digest.js';
export { looksLikeRefreshToken } from './grants/refresh-token-form.js';
export { describeScopes, formatScope, isOpenIdScope, openIdScopeNames, ownerOf, parseScope } from './scope.js';
export { admitSilentCode } from './silent-codes.js';
export { revocationExpiry, userinfoUrl, type ProtocolSettings } from './settings.js';
