/** Owns the list of the operations on `/apis`, and those that only read. Does not own how one comes to be, changes or goes. */
import { cursorOf, DEFAULT_LIMIT, ListQuery, placeOf } from '../http/list.js';
import { NOTHING, operation, type Operation } from '../http/operation.js';
import type { ApiPosition } from '../ports.js';
import { apiChangeOperations, type ApiChangeParts } from './api-change-operations.js';
import { apiAt, APIS_PATH } from './api-paths.js';
import { identifierOf, idOf, resourceOf } from './api-resource.js';
import { ApiListSchema, ApiParams, ApiSchema } from './api-schema.js';
import { newApiOperation, type NewApiParts } from './new-api-operation.js';

export type ApiOperationsParts = NewApiParts & ApiChangeParts;

export function apiOperations(parts: ApiOperationsParts): readonly Operation[] {
  const { apis } = parts;
  return [
    newApiOperation(parts),
    operation({
      operationId: 'listApis',
      method: 'GET',
      path: APIS_PATH,
      scope: 'apis:read',
      tag: 'apis',
      summary: 'List the protected APIs, oldest first',
      description: 'The admin API is none of them: it is fixed.',
      params: NOTHING,
      query: ListQuery,
      body: NOTHING,
      success: { status: 200, description: 'A page of APIs.', schema: ApiListSchema },
      handle: async ({ query }) => {
        const { items, next } = await apis.list({
          limit: query.limit ?? DEFAULT_LIMIT,
          ...(query.after === undefined ? {} : { after: positionOf(query.after) }),
        });
        return {
          resource: {
            items: items.map(resourceOf),
            next: next === undefined ? null : cursorOf({ at: next.createdAt, id: idOf(next) }),
          },
        };
      },
    }),
    operation({
      operationId: 'getApi',
      method: 'GET',
      path: `${APIS_PATH}/{id}`,
      scope: 'apis:read',
      tag: 'apis',
      summary: 'See one protected API',
      params: ApiParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 200, description: 'The API.', schema: ApiSchema },
      tagged: true,
      handle: async ({ params }) => ({ resource: resourceOf(await apiAt(apis, params.id)) }),
    }),
    ...apiChangeOperations(parts),
  ];
}

const HAS_IDENTIFIER = { test: (id: string): boolean => identifierOf(id) !== undefined };

function positionOf(after: string): ApiPosition {
  const { at, id } = placeOf(after, HAS_IDENTIFIER);
  return { createdAt: at, identifier: identifierOf(id) ?? '' };
}
