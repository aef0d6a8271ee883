/** Owns the way of a client between the wire and the register. Does not own its rules nor its storing. */
import { randomBytes } from 'node:crypto';
import { type Client, digestOf, formatScope, type IdTokenAlgorithm, parseScope } from '@latchkey/protocol';
import { provesWithSecret } from './client-proofs.js';
import { keepsSecretsSealed, sectorOf } from './client-openid-rules.js';
import type { NewClient, RegisteredClient } from '../ports.js';
import type { ClientRequest, ClientResource } from './client-schema.js';

/** 128 random bits: unique and not guessable. */
const newClientId = (): string => randomBytes(16).toString('hex');
/** 256 random bits, and what is kept of them. */
export function newClientSecret(): { readonly secret: string; readonly digest: string } {
  const secret = randomBytes(32).toString('hex');
  return { secret, digest: digestOf(secret) };
}

/** What an operator decides of a client. */
export type ClientFields = Omit<Client, 'clientId' | 'secretDigests' | 'enabled' | 'generation'>;

/** With the defaults of RFC 7591 §2. Not checked: that the request obeys the rules. */
const fieldsOf = (request: ClientRequest, clientId: string, defaultAlgorithm: IdTokenAlgorithm): ClientFields => ({
  // RFC 7591 §2: "If omitted, the authorization server MAY display the raw "client_id" value to the end-user instead."
  clientName: request.client_name ?? clientId,
  applicationType: request.application_type ?? 'web',
  redirectUris: request.redirect_uris ?? [],
  grantTypes: request.grant_types ?? ['authorization_code'],
  allowedScope: parseScope(request.scope ?? ''),
  tokenEndpointAuthMethod: request.token_endpoint_auth_method ?? 'client_secret_basic',
  requirePkce: request.require_pkce ?? true,
  idTokenSignedResponseAlg: request.id_token_signed_response_alg ?? defaultAlgorithm,
  ...(request.token_endpoint_auth_signing_alg === undefined
    ? {}
    : { tokenEndpointAuthSigningAlg: request.token_endpoint_auth_signing_alg }),
  ...(request.jwks === undefined ? {} : { jwks: request.jwks }),
  ...(request.jwks_uri === undefined ? {} : { jwksUri: request.jwks_uri }),
  ...openIdFieldsOf(request),
  ...(request.logo_uri === undefined ? {} : { logoUri: request.logo_uri }),
  ...(request.policy_uri === undefined ? {} : { policyUri: request.policy_uri }),
  ...(request.tos_uri === undefined ? {} : { tosUri: request.tos_uri }),
  ...(request.resource_server === undefined ? {} : { resourceServer: request.resource_server }),
});

const openIdFieldsOf = (request: ClientRequest) => {
  const {
    userinfo_signed_response_alg: userinfoAlg,
    introspection_signed_response_alg: introspectionAlg,
    subject_type: subjectType = 'public',
    redirect_uris: redirectUris = [],
    backchannel_logout_uri: backchannelLogoutUri,
    default_max_age: defaultMaxAge,
    refresh_token_lifetime_seconds: lifetime,
    refresh_token_idle_seconds: idle,
  } = request;
  const sector = subjectType === 'pairwise' ? sectorOf(redirectUris) : undefined;
  return {
    ...(userinfoAlg === undefined ? {} : { userinfoSignedResponseAlg: userinfoAlg }),
    ...(introspectionAlg === undefined ? {} : { introspectionSignedResponseAlg: introspectionAlg }),
    subjectType,
    ...(sector === undefined ? {} : { sectorIdentifier: sector }),
    postLogoutRedirectUris: request.post_logout_redirect_uris ?? [],
    ...(backchannelLogoutUri === undefined ? {} : { backchannelLogoutUri }),
    backchannelLogoutSessionRequired: request.backchannel_logout_session_required ?? false,
    ...(defaultMaxAge === undefined ? {} : { defaultMaxAge }),
    requireAuthTime: request.require_auth_time ?? false,
    ...(lifetime === undefined ? {} : { refreshTokenLifetimeSeconds: lifetime }),
    ...(idle === undefined ? {} : { refreshTokenIdleSeconds: idle }),
  };
};

/** Makes of a secret what is kept of it besides its digest. */
export type SealSecret = (clientId: string, secret: string) => string;

/** What is kept of a first secret. */
export const keptOf = (client: ClientFields, secret: string, sealed: () => string) => ({
  secretDigest: digestOf(secret),
  ...(keepsSecretsSealed(client) ? { secretSealed: sealed() } : {}),
});

/**
 * A client to be saved, with an identity of its own and, unless it is public, a secret that is kept nowhere.
 * Not checked: that the request obeys the rules.
 */
export function newClientOf(
  request: ClientRequest,
  defaultAlgorithm: IdTokenAlgorithm,
  seal: SealSecret,
): { readonly client: NewClient; readonly secret: string | undefined } {
  const clientId = newClientId();
  const fields = fieldsOf(request, clientId, defaultAlgorithm);
  if (!provesWithSecret(fields.tokenEndpointAuthMethod)) return { client: { clientId, ...fields }, secret: undefined };
  const { secret } = newClientSecret();
  return { client: { clientId, ...fields, ...keptOf(fields, secret, () => seal(clientId, secret)) }, secret };
}

/** The same client with everything that can be written as the request says; a public one has no secrets. */
export function replacedBy(
  standing: RegisteredClient,
  request: ClientRequest,
  defaultAlgorithm: IdTokenAlgorithm,
): RegisteredClient {
  const { clientId, secretDigests, secretsSealed, enabled, generation, createdAt } = standing;
  const fields = fieldsOf(request, clientId, defaultAlgorithm);
  const secrets = provesWithSecret(fields.tokenEndpointAuthMethod)
    ? undefined
    : { secretDigests: [], secretsSealed: true };
  return {
    ...{ clientId, enabled, generation, createdAt },
    ...(secrets ?? { secretDigests, secretsSealed }),
    ...fields,
  };
}

const openIdOf = (client: ClientFields) => ({
  ...(client.userinfoSignedResponseAlg === undefined
    ? {}
    : { userinfo_signed_response_alg: client.userinfoSignedResponseAlg }),
  ...(client.introspectionSignedResponseAlg === undefined
    ? {}
    : { introspection_signed_response_alg: client.introspectionSignedResponseAlg }),
  subject_type: client.subjectType,
  post_logout_redirect_uris: [...client.postLogoutRedirectUris],
  ...(client.backchannelLogoutUri === undefined ? {} : { backchannel_logout_uri: client.backchannelLogoutUri }),
  backchannel_logout_session_required: client.backchannelLogoutSessionRequired,
  ...(client.defaultMaxAge === undefined ? {} : { default_max_age: client.defaultMaxAge }),
  require_auth_time: client.requireAuthTime,
  ...(client.refreshTokenLifetimeSeconds === undefined
    ? {}
    : { refresh_token_lifetime_seconds: client.refreshTokenLifetimeSeconds }),
  ...(client.refreshTokenIdleSeconds === undefined
    ? {}
    : { refresh_token_idle_seconds: client.refreshTokenIdleSeconds }),
});

/** What an operator writes of it, and what a patch is merged into. */
export const writableOf = (client: ClientFields) => ({
  client_name: client.clientName,
  application_type: client.applicationType,
  redirect_uris: [...client.redirectUris],
  grant_types: [...client.grantTypes],
  scope: formatScope(client.allowedScope),
  token_endpoint_auth_method: client.tokenEndpointAuthMethod,
  require_pkce: client.requirePkce,
  id_token_signed_response_alg: client.idTokenSignedResponseAlg,
  ...(client.tokenEndpointAuthSigningAlg === undefined
    ? {}
    : { token_endpoint_auth_signing_alg: client.tokenEndpointAuthSigningAlg }),
  ...(client.jwks === undefined ? {} : { jwks: { keys: [...client.jwks.keys] } }),
  ...(client.jwksUri === undefined ? {} : { jwks_uri: client.jwksUri }),
  ...openIdOf(client),
  ...(client.logoUri === undefined ? {} : { logo_uri: client.logoUri }),
  ...(client.policyUri === undefined ? {} : { policy_uri: client.policyUri }),
  ...(client.tosUri === undefined ? {} : { tos_uri: client.tosUri }),
  ...(client.resourceServer === undefined ? {} : { resource_server: client.resourceServer }),
});

/** What anybody who may read clients sees: no digest, no generation. response_types follows from grant_types. */
export const resourceOf = (client: RegisteredClient): ClientResource => ({
  client_id: client.clientId,
  client_id_issued_at: client.createdAt,
  enabled: client.enabled,
  ...writableOf(client),
  response_types: client.grantTypes.includes('authorization_code') ? ['code'] : [],
});
