/**
 * Owns in which order a new API comes to be. Does not own its rules, its form, the register, nor the life of a shared secret
 * (secret-operations, the rotation of keys).
 */
import type { Api } from '@latchkey/protocol';
import { type Caller, NOTHING, operation, type Operation } from '../http/operation.js';
import { Problem } from '../http/problem.js';
import { actOf } from '../keys/key-act.js';
import type { ApiRegistry, AuditRecord } from '../ports.js';
import { APIS_PATH, pathOf } from './api-paths.js';
import type { ApiSecrets } from './api-ports.js';
import { newApiOf, resourceOf } from './api-resource.js';
import { apiFaults } from './api-rules.js';
import { CreatedApiSchema, NewApiSchema } from './api-schema.js';
import { prepareFor, type PreparationParts } from './preparation.js';

export interface NewApiParts extends PreparationParts {
  readonly issuer: string;
  readonly adminUrl: string;
  readonly apis: ApiRegistry;
  readonly secrets: Pick<ApiSecrets, 'register'>;
}

export const newApiOperation = (parts: NewApiParts): Operation => {
  const { apis, secrets } = parts;
  const refusal = async (outcome: 'exists' | 'scope_taken', api: Api): Promise<Problem> =>
    outcome === 'exists' ? registeredBefore((await apis.find(api.identifier)) ?? api) : scopeJustTaken();
  return operation({
    operationId: 'createApi',
    method: 'POST',
    path: APIS_PATH,
    scope: 'apis:write',
    tag: 'apis',
    summary: 'Register a protected API',
    description:
      'With HS256 the answer holds the secret that the API shares, and nothing else ever does. If that answer is lost, ' +
      'its secrets take a second one.',
    params: NOTHING,
    query: NOTHING,
    body: NewApiSchema,
    success: { status: 201, description: 'The API.', schema: CreatedApiSchema },
    audits: 'api.created',
    tagged: true,
    once: 'secret',
    howAgain: 'POST its /secrets for a second one, then DELETE the first',
    problems: {
      409:
        'An API with this identifier is registered, or one of the scopes was given away just now, or done before under ' +
        'this Idempotency-Key with a secret in the answer: names what stands.',
    },
    rules: async (body) => apiFaults(body, await apis.all(), parts),
    handle: async ({ body, caller, keep }) => {
      const api = newApiOf(body);
      const resource = resourceOf(api);
      const location = pathOf(api);
      // A repetition is told what was answered, by the commit.
      const standing = keep === undefined ? await apis.find(api.identifier) : undefined;
      if (standing !== undefined) throw registeredBefore(standing);

      // 1. What must be true before the first of its tokens. Harmless if there is never one.
      await prepareFor(api, parts);

      // 2. The commit: of many at once one goes on. A secret commits with its API, and nobody's is made for the others.
      const audit = registrationBy(caller, api);
      if (api.accessTokenSigningAlg === 'HS256') {
        const made = await secrets.register(api, actOf(caller), audit, keep?.({ location, resource: undefined }));
        if (made === 'exists' || made === 'scope_taken') throw await refusal(made, api);
        const shared = { shared_secret: made.secret.toString('base64url'), shared_secret_kid: made.key.kid };
        return { location, representation: resource, resource: { ...resource, ...shared } };
      }
      const outcome = await apis.insert(api, audit, keep?.({ location, resource }));
      if (outcome !== 'registered') throw await refusal(outcome, api);
      return { location, resource };
    },
  });
};

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
  const path = pathOf(api);
  const more = api.accessTokenSigningAlg === 'HS256' ? `; ${path}/secrets takes a new shared secret` : '';
  return new Problem(409, `an API with this identifier is registered: ${path}${more}`);
}

export const scopeJustTaken = (): Problem =>
  new Problem(409, 'one of these scopes was given to another API at this same moment');
