/** Owns the operations on `/clients` that register and read. Does not own their rules, forms, nor the register. */
import { cursorOf, DEFAULT_LIMIT, ListQuery, placeOf } from '../http/list.js';
import { NOTHING, operation, type Operation } from '../http/operation.js';
import type { RegisteredClient } from '../ports.js';
import { doneTo } from './client-audit.js';
import { lackingAmong, scopeIn } from './client-authority.js';
import { CLIENT_PATH, CLIENTS_PATH, clientAt, type ClientOperationsParts, defaultAlgorithmOf } from './client-parts.js';
import { prepare } from './client-preparation.js';
import { leaningOf } from './client-replacement.js';
import { replacementOperations } from './client-replacement-operations.js';
import { newClientOf, resourceOf } from './client-resource.js';
import { clientFaults } from './client-rules.js';
import { ClientParams, clientSchemas } from './client-schema.js';
import { clientSecretOperations } from './client-secret-operations.js';
import { standingOperations } from './client-standing-operations.js';

const CLIENT_ID = /^[0-9a-f]{32}$/;

export function clientOperations(parts: ClientOperationsParts): readonly Operation[] {
  const { clients, apis } = parts;
  const schemas = clientSchemas(parts.idTokenAlgorithms);
  return [
    operation({
      operationId: 'createClient',
      method: 'POST',
      path: CLIENTS_PATH,
      scope: 'clients:write',
      tag: 'clients',
      summary: 'Register a client',
      description:
        'The answer holds the client_secret, and nothing else ever does. Admin scopes only as far as you hold them.',
      params: NOTHING,
      query: NOTHING,
      body: schemas.NewClient,
      success: { status: 201, description: 'The client, with its secret.', schema: schemas.CreatedClient },
      audits: 'client.created',
      tagged: true,
      once: 'secret',
      howAgain: 'POST to its /secrets makes a new one',
      lacking: ({ body, caller }) => lackingAmong(scopeIn(body), caller),
      rules: async (body) => clientFaults(body, await apis.all()),
      handle: async ({ body, caller, keep }) => {
        // Its key stands in the JWK Set before anybody is told of a client that will be sent tokens signed with it.
        await prepare(body, parts);
        const { client, secret } = newClientOf(body, defaultAlgorithmOf(parts), parts.sealSecret);
        const location = `${CLIENTS_PATH}/${client.clientId}`;
        const detail = { client_name: client.clientName, grant_types: client.grantTypes, scope: client.allowedScope };
        const kept = (made: RegisteredClient) => ({
          location,
          resource: secret === undefined ? resourceOf(made) : undefined,
        });
        const registered = await clients.insert(client, doneTo(client.clientId, 'client.created', caller, detail), {
          leaning: leaningOf(body),
          ...(keep === undefined ? {} : { keep: (made: RegisteredClient) => keep(kept(made)) }),
        });
        const representation = resourceOf(registered);
        return {
          ...{ location, representation },
          resource: {
            ...representation,
            ...(secret === undefined ? {} : { client_secret: secret, client_secret_expires_at: 0 }),
          },
        };
      },
    }),
    operation({
      operationId: 'listClients',
      method: 'GET',
      path: CLIENTS_PATH,
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
      path: CLIENT_PATH,
      scope: 'clients:read',
      tag: 'clients',
      summary: 'See one client',
      params: ClientParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 200, description: 'The client.', schema: schemas.Client },
      tagged: true,
      handle: async ({ params }) => ({ resource: resourceOf(await clientAt(clients, params.client_id)) }),
    }),
    ...replacementOperations(parts, schemas),
    ...standingOperations(parts, schemas),
    ...clientSecretOperations(parts),
  ];
}
