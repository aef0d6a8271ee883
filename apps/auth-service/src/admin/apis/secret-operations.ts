/**
 * Owns the operations on the secrets that an API shares with the issuer (keys K2): two may live, so that people can carry the
 * second one to the API before it signs. Does not own their life (the rotation of keys), nor the audit events, which the
 * store of keys writes with each change.
 */
import { ListQuery } from '../http/list.js';
import { NOTHING, operation, type Operation } from '../http/operation.js';
import { nothingHere, Problem } from '../http/problem.js';
import { pageOfKeys } from '../keys/key-page.js';
import { resourceOf } from '../keys/key-resource.js';
import { actOf } from '../keys/key-act.js';
import { KeyListSchema, KeySchema } from '../keys/key-schema.js';
import type { ApiRegistry } from '../ports.js';
import { apiAt, APIS_PATH, identifierAt } from './api-paths.js';
import type { ApiSecrets } from './api-ports.js';
import { ApiParams } from './api-schema.js';
import { CreatedSecretSchema, RemovedSecretSchema, SecretParams } from './secret-schema.js';

export interface SecretOperationsParts {
  readonly apis: Pick<ApiRegistry, 'find'>;
  readonly secrets: Pick<ApiSecrets, 'list' | 'add' | 'remove'>;
}

const PATH = `${APIS_PATH}/{id}/secrets`;

export function secretOperations({ apis, secrets }: SecretOperationsParts): readonly Operation[] {
  return [
    operation({
      operationId: 'createSecret',
      method: 'POST',
      path: PATH,
      scope: 'apis:write',
      tag: 'apis',
      summary: 'Make a secret for an API that shares one',
      description:
        'The answer holds it, and nothing else ever does. The only one signs at once. A second one is announced: give it ' +
        'to every process of the API, then delete the first, and the second signs. Two may live at once. For an API whose ' +
        'algorithm is another it is prepared: it signs nothing until that is changed to HS256.',
      params: ApiParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 201, description: 'The secret.', schema: CreatedSecretSchema },
      audits: 'secret.created',
      tagged: true,
      once: 'secret',
      howAgain: 'make another one, and delete this one',
      problems: {
        409: 'Two live already, or done before under this Idempotency-Key: names what stands.',
      },
      handle: async ({ params, caller, keep }) => {
        const location = (kid: string): string => `${APIS_PATH}/${params.id}/secrets/${kid}`;
        const made = await secrets.add(
          identifierAt(params.id),
          actOf(caller),
          keep && ((kid) => keep({ location: location(kid), resource: undefined })),
        );
        if (made === 'unknown') throw nothingHere();
        if (made === 'full') throw new Problem(409, 'the API has two secrets already: delete one of them first');
        const representation = resourceOf(made.key);
        return {
          location: location(made.key.kid),
          representation,
          resource: { ...representation, shared_secret: made.secret.toString('base64url') },
        };
      },
    }),
    operation({
      operationId: 'listSecrets',
      method: 'GET',
      path: PATH,
      scope: 'apis:read',
      tag: 'apis',
      summary: 'List the secrets of an API that still verify, oldest first, without what is secret in them',
      params: ApiParams,
      query: ListQuery,
      body: NOTHING,
      success: { status: 200, description: 'A page of secrets.', schema: KeyListSchema },
      handle: async ({ params, query }) => {
        const { identifier } = await apiAt(apis, params.id);
        const { keys } = await secrets.list();
        const own = keys.filter(({ ring, state }) => ring.audience === identifier && state !== 'dropped');
        return { resource: pageOfKeys(own, query) };
      },
    }),
    operation({
      operationId: 'getSecret',
      method: 'GET',
      path: `${PATH}/{kid}`,
      scope: 'apis:read',
      tag: 'apis',
      summary: 'See one secret of an API, without what is secret in it',
      params: SecretParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 200, description: 'The secret.', schema: KeySchema },
      tagged: true,
      handle: async ({ params }) => {
        const { identifier } = await apiAt(apis, params.id);
        const { keys } = await secrets.list();
        const key = keys.find(({ ring, kid }) => ring.audience === identifier && kid === params.kid);
        if (key === undefined) throw nothingHere();
        return { resource: resourceOf(key) };
      },
    }),
    operation({
      operationId: 'deleteSecret',
      method: 'DELETE',
      path: `${PATH}/{kid}`,
      scope: 'apis:write',
      tag: 'apis',
      summary: 'Let a secret sign no more',
      description:
        'If it signed, the other one signs from now on; what it has signed stays good until it ends, and so must the API ' +
        'know it until then. One that has leaked is killed instead: DELETE /admin/v1/keys/{kid}.',
      params: SecretParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 200, description: 'The secret, as it stands now.', schema: RemovedSecretSchema },
      problems: { 409: 'It is the only one: make another one first.' },
      audits: 'secret.deleted',
      tagged: true,
      handle: async ({ params, caller, precondition }) => {
        const { identifier } = await apiAt(apis, params.id);
        const outcome = await secrets.remove(identifier, params.kid, actOf(caller), (standing) => {
          precondition.check(resourceOf(standing));
        });
        if (outcome === 'unknown') throw nothingHere();
        if (outcome === 'last') {
          const how = `make another one first, or kill it: DELETE /admin/v1/keys/${params.kid}`;
          throw new Problem(409, `it is the only secret of this API: ${how}`);
        }
        const representation = resourceOf(outcome.removed);
        return { representation, resource: { ...representation, successor: outcome.successor?.kid ?? null } };
      },
    }),
  ];
}
