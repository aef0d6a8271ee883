/** The door of protocol: how a token is granted. */
export { OAuthError, Unavailable, type OAuthErrorCode } from './errors.js';
export type { EndpointRequest, EndpointResponse } from './endpoint.js';
export type { Api, ApiScope, ApiStore } from './ports/api.js';
export {
  CLIENT_AUTHENTICATION_METHODS,
  GRANT_TYPES,
  ID_TOKEN_ALGORITHMS,
  type Client,
  type ClientAuthenticationMethod,
  type ClientStore,
  type GrantType,
} from './ports/client.js';
export type { Ephemeral } from './ports/ephemeral.js';
export type {
  CodeRedemption,
  Grant,
  GrantRevocationCause,
  GrantStore,
  RotationOutcome,
  StoredGrant,
} from './ports/grant.js';
export type { IssuerState } from './ports/issuer-state.js';
export type { LoginSession } from './ports/login-session.js';
export type { AuthorizationRequest } from './authorization-request.js';
export type { Authorization, AuthorizationStep } from './endpoints/authorization-step.js';
export type { Endpoint } from './endpoints/endpoint-handler.js';
export type { MacKey, MacKeys } from './ports/mac-keys.js';
export type { Receipts } from './ports/receipts.js';
export { appliedWait, LONGEST_WAIT_SECONDS, waitPreference } from './prefer.js';
export {
  createAuthorizationServer,
  type AuthorizationServer,
  type AuthorizationServerParts,
} from './authorization-server.js';
export { digestOf, randomSecret, sameDigest } from './digest.js';
export { describeScopes, formatScope, isOpenIdScope, openIdScopeNames, ownerOf, parseScope } from './scope.js';
export { revocationExpiry, userinfoUrl, type ProtocolSettings } from './settings.js';
