/**
 * Owns the operations on the secrets of a client: two may live at once, so that one can follow the other without a gap. Does
 * not own the places that hold that, nor how a client proves itself (the protocol).
 */
import { randomUUID } from 'node:crypto';
import { cursorOf, DEFAULT_LIMIT, ListQuery, placeOf, UUID_PATTERN } from '../http/list.js';
import { NOTHING, operation, type Operation } from '../http/operation.js';
import { nothingHere, Problem } from '../http/problem.js';
import { revocationOf } from '../revocations/revocation-of.js';
import { doneTo } from './client-audit.js';
import { mustCover, whatMustNotBeLost } from './client-authority.js';
import { CLIENT_PATH, CLIENTS_PATH, clientAt, type ClientOperationsParts, done, lackingFor } from './client-parts.js';
import { keepsSecretsSealed } from './client-openid-rules.js';
import type { ClientSecret } from './client-ports.js';
import { provesWithSecret } from './client-proofs.js';
import { newClientSecret } from './client-resource.js';
import { ClientParams } from './client-schema.js';
import {
  ClientSecretListSchema,
  ClientSecretParams,
  type ClientSecretResource,
  CreatedClientSecretSchema,
  DeletedClientSecretSchema,
} from './client-secret-schema.js';

const PATH = `${CLIENT_PATH}/secrets`;
const UUID = new RegExp(UUID_PATTERN);

export function clientSecretOperations(parts: ClientOperationsParts): readonly Operation[] {
  const { clients, clientChanges, desk } = parts;
  return [
    operation({
      operationId: 'createClientSecret',
      method: 'POST',
      path: PATH,
      scope: 'clients:write',
      tag: 'clients',
      summary: 'Give a client another secret',
      description:
        'The answer holds it, and nothing else ever does. Two live at once: make the new one, let the client use it, ' +
        'delete the old one.',
      params: ClientParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 201, description: 'The secret.', schema: CreatedClientSecretSchema },
      problems: {
        409: 'Two live already, the client is public or proves itself with a key, or it was done before under this Idempotency-Key.',
      },
      audits: 'client_secret.created',
      tagged: true,
      once: 'secret',
      howAgain: 'delete it, and make another one',
      lacking: lackingFor(parts),
      handle: async ({ params, caller, keep }) => {
        const [secretId, { secret, digest }] = [randomUUID(), newClientSecret()];
        const location = `${CLIENTS_PATH}/${params.client_id}/secrets/${secretId}`;
        const made = await clientChanges.addSecret(params.client_id, {
          ...{ secretId, digest },
          sealed: (standing) =>
            keepsSecretsSealed(standing) ? parts.sealSecret(standing.clientId, secret) : undefined,
          decide: (standing) => {
            mustCover(caller, standing);
            if (!provesWithSecret(standing.tokenEndpointAuthMethod)) throw provesNothing();
            return doneTo(standing.clientId, 'client_secret.created', caller, { secret_id: secretId });
          },
          keep: keep?.({ location, resource: undefined }),
        });
        if (made === 'unknown') throw nothingHere();
        if (made === 'full') throw new Problem(409, 'two secrets of this client live already: delete one first');
        const representation = resourceOf(made);
        return {
          ...{ location, representation },
          resource: { ...representation, client_secret: secret, client_secret_expires_at: 0 },
        };
      },
    }),
    operation({
      operationId: 'listClientSecrets',
      method: 'GET',
      path: PATH,
      scope: 'clients:read',
      tag: 'clients',
      summary: 'List the secrets of a client, oldest first, without what is secret in them',
      params: ClientParams,
      query: ListQuery,
      body: NOTHING,
      success: { status: 200, description: 'A page of secrets: two at most.', schema: ClientSecretListSchema },
      handle: async ({ params, query }) => {
        const after = query.after === undefined ? undefined : placeOf(query.after, UUID);
        const { clientId } = await clientAt(clients, params.client_id);
        const { items, next } = await clientChanges.listSecrets({
          ...{ clientId, limit: query.limit ?? DEFAULT_LIMIT },
          ...(after === undefined ? {} : { after: { createdAt: after.at, secretId: after.id } }),
        });
        return {
          resource: {
            items: items.map(resourceOf),
            next: next === undefined ? null : cursorOf({ at: next.createdAt, id: next.secretId }),
          },
        };
      },
    }),
    operation({
      operationId: 'deleteClientSecret',
      method: 'DELETE',
      path: `${PATH}/{secret_id}`,
      scope: 'clients:write',
      tag: 'clients',
      summary: 'Let a client prove itself with a secret no more',
      description:
        'Every token and every grant of the client ends in the same transaction: nothing of a token says by which secret ' +
        'it was asked for. The client asks for new ones with the secret that is left. Without one it can ask for nothing ' +
        'until it is given another.',
      params: ClientSecretParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 200, description: 'The secret as it stood.', schema: DeletedClientSecretSchema },
      problems: {
        409: 'It is the last secret of the last client that holds all admin scopes: nobody could come in any more.',
      },
      audits: 'client_secret.deleted',
      tagged: true,
      waits: true,
      lacking: lackingFor(parts),
      handle: async ({ params, caller, waitSeconds, precondition }) => {
        const { secret, revocations } = done(
          await clientChanges.removeSecret(params.client_id, {
            ...{ secretId: params.secret_id, receipt: waitSeconds !== undefined },
            decide: (standing, secret) => {
              mustCover(caller, standing);
              precondition.check(resourceOf(secret));
              const after = { ...standing, secretDigests: standing.secretDigests.slice(1) };
              return {
                audit: doneTo(standing.clientId, 'client_secret.deleted', caller, { secret_id: secret.secretId }),
                ...whatMustNotBeLost(standing, after),
              };
            },
          }),
        );
        const representation = resourceOf(secret);
        const { revocation, ...waited } = await revocationOf(desk, revocations, waitSeconds);
        return { ...waited, representation, resource: { ...representation, revocation } };
      },
    }),
  ];
}

const resourceOf = ({ secretId, createdAt }: ClientSecret): ClientSecretResource => ({
  secret_id: secretId,
  created_at: createdAt,
});

/** RFC 6749 §2.1: a public client is "incapable of maintaining the confidentiality of their credentials". */
const provesNothing = (): Problem =>
  new Problem(409, 'it proves itself with no secret (token_endpoint_auth_method none or private_key_jwt)');
