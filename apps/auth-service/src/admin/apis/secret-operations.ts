/**
 * Owns the operations on the secrets that an API shares with the issuer (keys K2): two may live, so that people can carry the
 * second one to the API before it signs. Does not own their life (the rotation of keys), nor the audit events, which the
 * store of keys writes with each change.
 */
import type { KeyRotation } from '@latchkey/tokens/issuing';
import { ListQuery } from '../http/list.js';
import { NOTHING, operation, type Operation } from '../http/operation.js';
import { nothingHere, Problem } from '../http/problem.js';
import { pageOfKeys } from '../keys/key-page.js';
import { resourceOf } from '../keys/key-resource.js';
import { KeyListSchema } from '../keys/key-schema.js';
import type { ApiRegistry } from '../ports.js';
import { apiAt, APIS_PATH } from './api-operations.js';
import { ApiParams } from './api-schema.js';
import { actOf, newSecret } from './new-secret.js';
import { CreatedSecretSchema, RemovedSecretSchema, SecretParams } from './secret-schema.js';

export interface SecretOperationsParts {
  readonly apis: Pick<ApiRegistry, 'find'>;
  readonly secrets: Pick<KeyRotation, 'list' | 'addSecret' | 'removeSecret'>;
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
        'to every process of the API, then delete the first, and the second signs. Two may live at once.',
      params: ApiParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 201, description: 'The secret.', schema: CreatedSecretSchema },
      problems: { 409: 'Two live already, or the tokens of this API are not signed with a shared secret.' },
      handle: async ({ params, caller }) => {
        const api = await apiAt(apis, params.id);
        if (api.accessTokenSigningAlg !== 'HS256') {
          throw new Problem(
            409,
            `the tokens of this API are signed with ${api.accessTokenSigningAlg}: it shares no secret`,
          );
        }
        const { key, secret } = await newSecret(secrets, api, caller);
        return {
          location: `${APIS_PATH}/${params.id}/secrets/${key.kid}`,
          resource: { ...resourceOf(key), shared_secret: secret.toString('base64url') },
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
      handle: async ({ params, caller }) => {
        const { identifier } = await apiAt(apis, params.id);
        const outcome = await secrets.removeSecret(identifier, params.kid, actOf(caller));
        if (outcome === 'unknown') throw nothingHere();
        if (outcome === 'last') throw new Problem(409, 'it is the only secret of this API: make another one first');
        return { resource: { ...resourceOf(outcome.removed), successor: outcome.successor?.kid ?? null } };
      },
    }),
  ];
}
