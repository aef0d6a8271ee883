/** Owns how a client is read from its row. Does not own how it is written (client-row), nor when (client-store, client-locked). */
import {
  CLIENT_AUTHENTICATION_METHODS,
  GRANT_TYPES,
  ID_TOKEN_ALGORITHMS,
  PUBLIC_KEY_ALGORITHMS,
  SUBJECT_TYPES,
  type ClientAuthenticationMethod,
  type GrantType,
} from '@latchkey/protocol';
import { toSeconds } from '@latchkey/tokens';
import type { RegisteredClient } from '../../admin/ports.js';

export interface ClientColumns {
  readonly client_id: string;
  readonly client_name: string;
  readonly application_type: string;
  readonly redirect_uris: string[];
  readonly grant_types: string[];
  readonly allowed_scope: string[];
  readonly token_endpoint_auth_method: string;
  readonly token_endpoint_auth_signing_alg: string | null;
  readonly jwks: { readonly keys: readonly object[] } | null;
  readonly jwks_uri: string | null;
  readonly require_pkce: boolean;
  readonly id_token_signed_response_alg: string;
  readonly userinfo_signed_response_alg: string | null;
  readonly introspection_signed_response_alg: string | null;
  readonly subject_type: string;
  readonly sector_identifier: string | null;
  readonly post_logout_redirect_uris: string[];
  readonly backchannel_logout_uri: string | null;
  readonly backchannel_logout_session_required: boolean;
  readonly default_max_age: number | null;
  readonly require_auth_time: boolean;
  readonly refresh_token_lifetime_seconds: number | null;
  readonly refresh_token_idle_seconds: number | null;
  readonly logo_uri: string | null;
  readonly policy_uri: string | null;
  readonly tos_uri: string | null;
  readonly resource_server: string | null;
  readonly enabled: boolean;
  readonly generation: number;
  readonly created_at: Date;
  readonly secret_digests: string[];
  readonly secrets_sealed: boolean;
}

/**
 * `c` is auth.clients. The secrets of each client are counted, not asked for by NOT EXISTS: for a list PostgreSQL may answer
 * that by reading every secret there is.
 */
export const CLIENT_COLUMNS = `c.client_id, c.client_name, c.application_type, c.redirect_uris, c.grant_types,
  c.allowed_scope, c.token_endpoint_auth_method, c.token_endpoint_auth_signing_alg, c.jwks, c.jwks_uri, c.require_pkce, c.id_token_signed_response_alg,
  c.userinfo_signed_response_alg, c.introspection_signed_response_alg, c.subject_type, c.sector_identifier,
  c.post_logout_redirect_uris, c.backchannel_logout_uri, c.backchannel_logout_session_required, c.default_max_age,
  c.require_auth_time, c.refresh_token_lifetime_seconds, c.refresh_token_idle_seconds, c.logo_uri, c.policy_uri,
  c.tos_uri, c.resource_server, c.enabled, c.generation, c.created_at,
  ARRAY(SELECT s.digest::text FROM auth.client_secrets s WHERE s.client_id = c.client_id ORDER BY s.place) AS secret_digests,
  (SELECT count(*) = count(s.sealed) FROM auth.client_secrets s WHERE s.client_id = c.client_id) AS secrets_sealed`;

/** Fails closed: a word that this version does not know must not become a default. */
const known = <Word extends string>(words: readonly Word[], text: string): Word => {
  const word = words.find((each) => each === text);
  if (word === undefined) throw new Error(`The clients table holds a word that this version does not know: ${text}`);
  return word;
};

/** The same for a column that may be empty. */
export const knownOrNone = <Word extends string>(words: readonly Word[], text: string | null): Word | undefined =>
  text === null ? undefined : known(words, text);

export const clientFrom = (row: ClientColumns): RegisteredClient => {
  const userinfoAlg = knownOrNone(ID_TOKEN_ALGORITHMS, row.userinfo_signed_response_alg);
  const assertionAlg = knownOrNone(PUBLIC_KEY_ALGORITHMS, row.token_endpoint_auth_signing_alg);
  const introspectionAlg = knownOrNone(PUBLIC_KEY_ALGORITHMS, row.introspection_signed_response_alg);
  return {
    clientId: row.client_id,
    clientName: row.client_name,
    applicationType: known(['web', 'native'], row.application_type),
    redirectUris: row.redirect_uris,
    grantTypes: row.grant_types.map((text) => known<GrantType>(GRANT_TYPES, text)),
    allowedScope: row.allowed_scope,
    tokenEndpointAuthMethod: known<ClientAuthenticationMethod>(
      CLIENT_AUTHENTICATION_METHODS,
      row.token_endpoint_auth_method,
    ),
    ...(assertionAlg === undefined ? {} : { tokenEndpointAuthSigningAlg: assertionAlg }),
    ...(row.jwks === null ? {} : { jwks: row.jwks }),
    ...(row.jwks_uri === null ? {} : { jwksUri: row.jwks_uri }),
    secretDigests: row.secret_digests,
    secretsSealed: row.secrets_sealed,
    requirePkce: row.require_pkce,
    idTokenSignedResponseAlg: known(ID_TOKEN_ALGORITHMS, row.id_token_signed_response_alg),
    ...(userinfoAlg === undefined ? {} : { userinfoSignedResponseAlg: userinfoAlg }),
    ...(introspectionAlg === undefined ? {} : { introspectionSignedResponseAlg: introspectionAlg }),
    subjectType: known(SUBJECT_TYPES, row.subject_type),
    ...(row.sector_identifier === null ? {} : { sectorIdentifier: row.sector_identifier }),
    postLogoutRedirectUris: row.post_logout_redirect_uris,
    ...(row.backchannel_logout_uri === null ? {} : { backchannelLogoutUri: row.backchannel_logout_uri }),
    backchannelLogoutSessionRequired: row.backchannel_logout_session_required,
    ...(row.default_max_age === null ? {} : { defaultMaxAge: row.default_max_age }),
    requireAuthTime: row.require_auth_time,
    ...(row.refresh_token_lifetime_seconds === null
      ? {}
      : { refreshTokenLifetimeSeconds: row.refresh_token_lifetime_seconds }),
    ...(row.refresh_token_idle_seconds === null ? {} : { refreshTokenIdleSeconds: row.refresh_token_idle_seconds }),
    ...(row.logo_uri === null ? {} : { logoUri: row.logo_uri }),
    ...(row.policy_uri === null ? {} : { policyUri: row.policy_uri }),
    ...(row.tos_uri === null ? {} : { tosUri: row.tos_uri }),
    ...(row.resource_server === null ? {} : { resourceServer: row.resource_server }),
    enabled: row.enabled,
    generation: row.generation,
    createdAt: toSeconds(row.created_at.getTime()),
  };
};
