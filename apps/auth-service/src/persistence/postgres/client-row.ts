/** Owns how a client is written as a row. Does not own how it is read (client-columns), nor when it is written. */
import { browserOriginsOf, type Client } from '@latchkey/protocol';
import { toSeconds } from '@latchkey/tokens';
import type { NewClient, RegisteredClient } from '../../admin/ports.js';
import { insertFirstSecret } from './client-secrets.js';
import type { Statements } from './database.js';

/** What an operator decides of a client, and each is written as a whole. */
export type ClientFields = Omit<Client, 'clientId' | 'secretDigests' | 'enabled' | 'generation'>;

const FIELDS: readonly (readonly [column: string, value: (fields: ClientFields) => unknown])[] = [
  ['client_name', ({ clientName }) => clientName],
  ['application_type', ({ applicationType }) => applicationType],
  ['redirect_uris', ({ redirectUris }) => redirectUris],
  ['browser_origins', browserOriginsOf],
  ['grant_types', ({ grantTypes }) => grantTypes],
  ['allowed_scope', ({ allowedScope }) => allowedScope],
  ['token_endpoint_auth_method', ({ tokenEndpointAuthMethod }) => tokenEndpointAuthMethod],
  ['token_endpoint_auth_signing_alg', ({ tokenEndpointAuthSigningAlg: algorithm }) => algorithm ?? null],
  ['jwks', ({ jwks }) => (jwks === undefined ? null : JSON.stringify(jwks))],
  ['jwks_uri', ({ jwksUri }) => jwksUri ?? null],
  ['require_pkce', ({ requirePkce }) => requirePkce],
  ['id_token_signed_response_alg', ({ idTokenSignedResponseAlg }) => idTokenSignedResponseAlg],
  ['userinfo_signed_response_alg', ({ userinfoSignedResponseAlg: algorithm }) => algorithm ?? null],
  ['introspection_signed_response_alg', ({ introspectionSignedResponseAlg: algorithm }) => algorithm ?? null],
  ['subject_type', ({ subjectType }) => subjectType],
  ['sector_identifier', ({ sectorIdentifier }) => sectorIdentifier ?? null],
  ['post_logout_redirect_uris', ({ postLogoutRedirectUris }) => postLogoutRedirectUris],
  ['backchannel_logout_uri', ({ backchannelLogoutUri }) => backchannelLogoutUri ?? null],
  ['backchannel_logout_session_required', ({ backchannelLogoutSessionRequired: required }) => required],
  ['default_max_age', ({ defaultMaxAge }) => defaultMaxAge ?? null],
  ['require_auth_time', ({ requireAuthTime }) => requireAuthTime],
  ['refresh_token_lifetime_seconds', ({ refreshTokenLifetimeSeconds: seconds }) => seconds ?? null],
  ['refresh_token_idle_seconds', ({ refreshTokenIdleSeconds: seconds }) => seconds ?? null],
  ['logo_uri', ({ logoUri }) => logoUri ?? null],
  ['policy_uri', ({ policyUri }) => policyUri ?? null],
  ['tos_uri', ({ tosUri }) => tosUri ?? null],
  ['resource_server', ({ resourceServer }) => resourceServer ?? null],
];

const valuesOf = (fields: ClientFields): readonly unknown[] => FIELDS.map(([, value]) => value(fields));

/** For `SET` of an UPDATE whose `$1` is the client_id; the parameters follow it. */
export const assignmentsOf = (
  fields: ClientFields,
): { readonly set: string; readonly parameters: readonly unknown[] } => ({
  set: FIELDS.map(([column], index) => `${column} = $${index + 2}`).join(', '),
  parameters: valuesOf(fields),
});

/**
 * Client and secret; to be called inside a transaction. Rejects with a unique violation when the id is taken.
 *
 * It begins with the generation that the issuer has: an id that is given (the first admin client, a seed) may have been revoked under
 * a database before this one, and its guards still know (ADR 22).
 */
export const insertClient = async (statements: Statements, client: NewClient): Promise<RegisteredClient> => {
  const { rows } = await statements.run<{ readonly created_at: Date; readonly generation: number }>(
    `INSERT INTO auth.clients (client_id, generation, ${FIELDS.map(([column]) => column).join(', ')})
     VALUES ($1, (SELECT generation FROM auth.issuer_state), ${FIELDS.map((_, index) => `$${index + 2}`).join(', ')})
     RETURNING created_at, generation`,
    [client.clientId, ...valuesOf(client)],
  );
  const { secretDigest, secretSealed, ...fields } = client;
  if (secretDigest !== undefined) {
    await insertFirstSecret(statements, client.clientId, {
      digest: secretDigest,
      ...(secretSealed === undefined ? {} : { sealed: secretSealed }),
    });
  }
  const [row] = rows;
  if (row === undefined) throw new Error('PostgreSQL did not answer an INSERT … RETURNING.');
  return {
    ...fields,
    secretDigests: secretDigest === undefined ? [] : [secretDigest],
    secretsSealed: secretDigest === undefined || secretSealed !== undefined,
    enabled: true,
    generation: row.generation,
    createdAt: toSeconds(row.created_at.getTime()),
  };
};
