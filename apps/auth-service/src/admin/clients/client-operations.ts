/** Owns the operations on `/clients`. Does not own their rules, forms, nor the register. */
import type { ApiStore } from '@latchkey/protocol';
import type { SigningAlgorithm } from '@latchkey/tokens';
import { isAdminScope } from '../admin-scopes.js';
import { cursorOf, DEFAULT_LIMIT, ListQuery, placeOf } from '../http/list.js';
import { NOTHING, operation, type Operation } from '../http/operation.js';
import { nothingHere } from '../http/problem.js';
import type { ClientRegistry } from '../ports.js';
import { newClientOf, resourceOf } from './client-resource.js';
import { clientFaults } from './client-rules.js';
import { ClientParams, clientSchemas } from './client-schema.js';

export interface ClientOperationsParts {
  readonly clients: ClientRegistry;
  readonly apis: ApiStore;
  readonly idTokenAlgorithms: readonly SigningAlgorithm[];
  readonly ensureRing: (algorithm: SigningAlgorithm) => Promise<void>;
}

const PATH = '/admin/v1/clients';
const CLIENT_ID = /^[0-9a-f]{32}$/;

export function clientOperations(parts: ClientOperationsParts): readonly Operation[] {
  const { clients, apis, idTokenAlgorithms, ensureRing } = parts;
  const schemas = clientSchemas(idTokenAlgorithms);
  // OpenID Connect Registration §2: "The default, if omitted, is RS256."
  const defaultAlgorithm =
    idTokenAlgorithms.find((algorithm) => algorithm === 'RS256') ?? idTokenAlgorithms[0] ?? 'ES256';
  return [
    operation({
      operationId: 'createClient',
      method: 'POST',
      path: PATH,
      scope: 'clients:write',
      tag: 'clients',
      summary: 'Register a client',
      description:
        'The answer holds the client_secret, and nothing else ever does. Admin scopes only as far as you hold them.',
      params: NOTHING,
      query: NOTHING,
      body: schemas.NewClient,
      success: { status: 201, description: 'The client, with its secret.', schema: schemas.CreatedClient },
      lacking: (body, caller) => adminScopesIn(body).filter((name) => !caller.grantedScope.has(name)),
      rules: async (body) => clientFaults(body, await apis.all()),
      handle: async ({ body, caller }) => {
        // Its key stands in the JWK Set before anybody is told of a client that will be sent tokens signed with it.
        if (body.id_token_signed_response_alg !== undefined) await ensureRing(body.id_token_signed_response_alg);
        const { client, secret } = newClientOf(body, defaultAlgorithm);
        const registered = await clients.insert(client, {
          actor: caller.clientId,
          kind: 'client.created',
          target: client.clientId,
          outcome: 'done',
          address: caller.address,
          detail: { client_name: client.clientName, grant_types: client.grantTypes, scope: client.allowedScope },
        });
        return {
          location: `${PATH}/${registered.clientId}`,
          resource: {
            ...resourceOf(registered),
            ...(secret === undefined ? {} : { client_secret: secret, client_secret_expires_at: 0 }),
          },
        };
      },
    }),
    operation({
      operationId: 'listClients',
      method: 'GET',
      path: PATH,
      scope: 'clients:read',
      tag: 'clients',
      summary: 'List the clients, oldest first',
      params: NOTHING,
      query: ListQuery,
      body: NOTHING,
      success: { status: 200, description: 'A page of clients.', schema: schemas.ClientList },
      handle: async ({ query }) => {
        const limit = query.limit ?? DEFAULT_LIMIT;
        const after = query.after === undefined ? undefined : placeOf(query.after, CLIENT_ID);
        const { items, next } = await clients.list({
          limit,
          ...(after === undefined ? {} : { after: { createdAt: after.at, clientId: after.id } }),
        });
        return {
          resource: {
            items: items.map(resourceOf),
            next: next === undefined ? null : cursorOf({ at: next.createdAt, id: next.clientId }),
          },
        };
      },
    }),
    operation({
      operationId: 'getClient',
      method: 'GET',
      path: `${PATH}/{client_id}`,
      scope: 'clients:read',
      tag: 'clients',
      summary: 'See one client',
      params: ClientParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 200, description: 'The client.', schema: schemas.Client },
      handle: async ({ params }) => {
        const client = await clients.find(params.client_id);
        if (client === undefined) throw nothingHere();
        return { resource: resourceOf(client) };
      },
    }),
  ];
}

/** Read from whatever was sent, before anything else of it is looked at. */
const adminScopesIn = (body: unknown): readonly string[] => {
  const scope = typeof body === 'object' && body !== null && 'scope' in body ? body.scope : undefined;
  return typeof scope === 'string' ? [...new Set(scope.split(' '))].filter(isAdminScope) : [];
};
