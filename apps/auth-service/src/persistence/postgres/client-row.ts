/** Owns how a client is written as a row and read back. Does not own when (client-store, bootstrap-store). */
import { randomUUID } from 'node:crypto';
import {
  CLIENT_AUTHENTICATION_METHODS,
  GRANT_TYPES,
  type Client,
  type ClientAuthenticationMethod,
  type GrantType,
} from '@latchkey/protocol';
import { isSigningAlgorithm, toSeconds, type EpochSeconds, type SigningAlgorithm } from '@latchkey/tokens';
import type { Statements } from './database.js';

/** A client as it is registered: enabled, of generation 0, with at most one secret, of which only the digest comes here. */
export type NewClient = Omit<Client, 'secretDigests' | 'enabled' | 'generation'> & {
  /** SHA-256, hex; absent for a public client. */
  readonly secretDigest?: string;
};

export interface RegisteredClient extends Client {
  readonly createdAt: EpochSeconds;
}

export interface ClientColumns {
  readonly client_id: string;
  readonly client_name: string;
  readonly application_type: string;
  readonly redirect_uris: string[];
  readonly grant_types: string[];
  readonly allowed_scope: string[];
  readonly token_endpoint_auth_method: string;
  readonly require_pkce: boolean;
  readonly id_token_signed_response_alg: string;
  readonly logo_uri: string | null;
  readonly policy_uri: string | null;
  readonly tos_uri: string | null;
  readonly enabled: boolean;
  readonly generation: number;
  readonly created_at: Date;
  readonly secret_digests: string[];
}

/** `c` is auth.clients. */
export const CLIENT_COLUMNS = `c.client_id, c.client_name, c.application_type, c.redirect_uris, c.grant_types,
  c.allowed_scope, c.token_endpoint_auth_method, c.require_pkce, c.id_token_signed_response_alg, c.logo_uri, c.policy_uri,
  c.tos_uri, c.enabled, c.generation, c.created_at,
  ARRAY(SELECT s.digest::text FROM auth.client_secrets s WHERE s.client_id = c.client_id ORDER BY s.place) AS secret_digests`;

/** Fails closed: a word that this version does not know must not become a default. */
const known = <Word extends string>(words: readonly Word[], text: string): Word => {
  const word = words.find((each) => each === text);
  if (word === undefined) throw new Error(`The clients table holds a word that this version does not know: ${text}`);
  return word;
};

const knownAlgorithm = (text: string): SigningAlgorithm => {
  if (!isSigningAlgorithm(text)) throw new Error(`The clients table holds an unknown algorithm: ${text}`);
  return text;
};

export const clientFrom = (row: ClientColumns): RegisteredClient => ({
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
  secretDigests: row.secret_digests,
  requirePkce: row.require_pkce,
  idTokenSignedResponseAlg: knownAlgorithm(row.id_token_signed_response_alg),
  ...(row.logo_uri === null ? {} : { logoUri: row.logo_uri }),
  ...(row.policy_uri === null ? {} : { policyUri: row.policy_uri }),
  ...(row.tos_uri === null ? {} : { tosUri: row.tos_uri }),
  enabled: row.enabled,
  generation: row.generation,
  createdAt: toSeconds(row.created_at.getTime()),
});

/** Client and secret; to be called inside a transaction. Rejects with a unique violation when the id is taken. */
export const insertClient = async (statements: Statements, client: NewClient): Promise<RegisteredClient> => {
  const { rows } = await statements.run<{ created_at: Date }>(
    `INSERT INTO auth.clients (client_id, client_name, application_type, redirect_uris, grant_types, allowed_scope,
       token_endpoint_auth_method, require_pkce, id_token_signed_response_alg, logo_uri, policy_uri, tos_uri)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING created_at`,
    [
      ...[client.clientId, client.clientName, client.applicationType],
      ...[client.redirectUris, client.grantTypes, client.allowedScope],
      ...[client.tokenEndpointAuthMethod, client.requirePkce, client.idTokenSignedResponseAlg],
      ...[client.logoUri ?? null, client.policyUri ?? null, client.tosUri ?? null],
    ],
  );
  if (client.secretDigest !== undefined) {
    await statements.run('INSERT INTO auth.client_secrets (id, client_id, place, digest) VALUES ($1, $2, 1, $3)', [
      ...[randomUUID(), client.clientId, client.secretDigest],
    ]);
  }
  const createdAt = rows[0]?.created_at;
  if (createdAt === undefined) throw new Error('PostgreSQL did not answer an INSERT … RETURNING.');
  const { secretDigest, ...fields } = client;
  return {
    ...fields,
    secretDigests: secretDigest === undefined ? [] : [secretDigest],
    enabled: true,
    generation: 0,
    createdAt: toSeconds(createdAt.getTime()),
  };
};
