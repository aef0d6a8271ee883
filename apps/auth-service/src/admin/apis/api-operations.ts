/**
 * Owns the operations on `/apis`, and in which order a new one comes to be. Does not own its rules, its form, the register,
 * nor the life of a shared secret (secret-operations, the rotation of keys).
 */
import type { Api } from '@latchkey/protocol';
import type { SigningAlgorithm } from '@latchkey/tokens';
import type { KeyRotation } from '@latchkey/tokens/issuing';
import { cursorOf, DEFAULT_LIMIT, ListQuery, placeOf } from '../http/list.js';
import { type Caller, NOTHING, operation, type Operation } from '../http/operation.js';
import { nothingHere, Problem } from '../http/problem.js';
import type { ApiPosition, ApiRegistry, AuditRecord } from '../ports.js';
import { identifierOf, idOf, newApiOf, resourceOf } from './api-resource.js';
import { apiFaults } from './api-rules.js';
import { ApiListSchema, ApiParams, ApiSchema, CreatedApiSchema, NewApiSchema } from './api-schema.js';
import { newSecret } from './new-secret.js';

export interface ApiOperationsParts {
  readonly issuer: string;
  readonly adminUrl: string;
  readonly apis: ApiRegistry;
  readonly secrets: Pick<KeyRotation, 'addSecret'>;
  /** Makes the first key of this algorithm, unless there is one. */
  readonly ensureRing: (algorithm: SigningAlgorithm) => Promise<void>;
  /**
   * Before any token is valid for so long: what is revoked is kept for it, keys verify for it, and guards hear of it
   * (revocation.md V2). Rejects when it cannot be written.
   */
  readonly raiseLongestLifetime: (seconds: number) => Promise<void>;
}

export const APIS_PATH = '/admin/v1/apis';
export function apiOperations(parts: ApiOperationsParts): readonly Operation[] {
  const { apis, secrets } = parts;
  return [
    operation({
      operationId: 'createApi',
      method: 'POST',
      path: APIS_PATH,
      scope: 'apis:write',
      tag: 'apis',
      summary: 'Register a protected API',
      description:
        'With HS256 the answer holds the secret that the API shares, and nothing else ever does. If that answer is lost, ' +
        'or was a 503 and the API is there all the same, its secrets take a new one.',
      params: NOTHING,
      query: NOTHING,
      body: NewApiSchema,
      success: { status: 201, description: 'The API.', schema: CreatedApiSchema },
      problems: { 409: 'An API with this identifier is registered, or one of the scopes was given away just now.' },
      rules: async (body) => apiFaults(body, await apis.all(), parts),
      handle: async ({ body, caller }) => {
        const api = newApiOf(body);
        const standing = await apis.find(api.identifier);
        if (standing !== undefined) throw registeredBefore(standing);

        // 1. What must be true before the first of its tokens. Harmless if there is never one.
        if (api.accessTokenLifetimeSeconds !== undefined) {
          await parts.raiseLongestLifetime(api.accessTokenLifetimeSeconds);
        }
        const symmetric = api.accessTokenSigningAlg === 'HS256';
        if (!symmetric) await parts.ensureRing(api.accessTokenSigningAlg);

        // 2. The commit: of many at once one goes on. Nobody's secret is made for the others.
        const outcome = await apis.insert(api, registrationBy(caller, api));
        if (outcome === 'exists') throw registeredBefore((await apis.find(api.identifier)) ?? api);
        if (outcome === 'scope_taken') throw scopeJustTaken();

        // 3. A secret cannot be in that commit. Without one the API stands there and gets no tokens (503) until its secrets
        // are given one: whoever lost this answer can do so, and nothing of it was ever told to anybody.
        const secret = symmetric ? await newSecret(secrets, api, caller) : undefined;
        return {
          location: `${APIS_PATH}/${idOf(api)}`,
          resource: {
            ...resourceOf(api),
            ...(secret === undefined
              ? {}
              : { shared_secret: secret.secret.toString('base64url'), shared_secret_kid: secret.key.kid }),
          },
        };
      },
    }),
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
      handle: async ({ params }) => ({ resource: resourceOf(await apiAt(apis, params.id)) }),
    }),
  ];
}

/** @throws Problem 404 */
export async function apiAt(apis: Pick<ApiRegistry, 'find'>, id: string): Promise<Api> {
  const identifier = identifierOf(id);
  const api = identifier === undefined ? undefined : await apis.find(identifier);
  if (api === undefined) throw nothingHere();
  return api;
}

const HAS_IDENTIFIER = { test: (id: string): boolean => identifierOf(id) !== undefined };

function positionOf(after: string): ApiPosition {
  const { at, id } = placeOf(after, HAS_IDENTIFIER);
  return { createdAt: at, identifier: identifierOf(id) ?? '' };
}

const registrationBy = ({ clientId, address }: Caller, api: Api): AuditRecord => ({
  actor: clientId,
  kind: 'api.created',
  target: api.identifier,
  outcome: 'done',
  address,
  detail: {
    name: api.name,
    scopes: api.scopes.map(({ name }) => name),
    access_token_signing_alg: api.accessTokenSigningAlg,
    ...(api.accessTokenLifetimeSeconds === undefined
      ? {}
      : { access_token_lifetime_seconds: api.accessTokenLifetimeSeconds }),
  },
});

/** As admin-api.md A6 wants it of an answer that held a secret: names what stands, and how to get a new secret. */
function registeredBefore(api: Api): Problem {
  const path = `${APIS_PATH}/${idOf(api)}`;
  const more = api.accessTokenSigningAlg === 'HS256' ? `; ${path}/secrets takes a new shared secret` : '';
  return new Problem(409, `an API with this identifier is registered: ${path}${more}`);
}

const scopeJustTaken = (): Problem =>
  new Problem(409, 'one of these scopes was given to another API at this same moment');
