/**
 * Owns the changing and the removing of an API by an operator (RFC 7396; admin-api.md A4, A6, A9). Does not own what is taken
 * away with it, nor that this is one transaction (the store).
 */
import type { Api } from '@latchkey/protocol';
import type { ReceiptDesk } from '@latchkey/tokens';
import { diffOf } from '../http/diff.js';
import { formOf, unharmed } from '../http/form.js';
import { mergePatch } from '../http/merge-patch.js';
import { NOTHING, operation, type Operation } from '../http/operation.js';
import type { Precondition } from '../http/precondition.js';
import { nothingHere, Problem } from '../http/problem.js';
import { actOf } from '../keys/key-act.js';
import type { ApiRegistry } from '../ports.js';
import { apiAt, APIS_PATH, identifierAt, pathOf } from './api-paths.js';
import type { ApiChange, ApiChanges, ChangedApi } from './api-ports.js';
import { newApiOf, resourceOf, writableOf } from './api-resource.js';
import { scopeFaults } from './api-rules.js';
import { ApiParams, ApiPatchSchema, ChangedApiSchema, WritableApiSchema } from './api-schema.js';
import { scopeJustTaken } from './new-api-operation.js';
import { prepareFor, type PreparationParts } from './preparation.js';
import { revocationOfMany } from './revocation-of-many.js';

export interface ApiChangeParts extends PreparationParts {
  readonly apis: ApiRegistry;
  readonly apiChanges: ApiChanges;
  readonly desk: Pick<ReceiptDesk, 'wait' | 'onTheWire'>;
}

const isWritable = formOf(WritableApiSchema);

export function apiChangeOperations(parts: ApiChangeParts): readonly Operation[] {
  const { apis, apiChanges, desk } = parts;

  const answerOf = async ({ api, revocations }: ChangedApi, waitSeconds: number | undefined) => {
    const representation = resourceOf(api);
    const { revocation, ...waited } = await revocationOfMany(desk, revocations, waitSeconds);
    return { representation, resource: { ...representation, revocation }, ...waited };
  };

  return [
    operation({
      operationId: 'changeApi',
      method: 'PATCH',
      path: `${APIS_PATH}/{id}`,
      scope: 'apis:write',
      tag: 'apis',
      summary: 'Change a protected API',
      description:
        'RFC 7396. The identifier stays. A scope that is removed leaves every client and every remembered consent, and each ' +
        'of these clients is revoked, whatever else it was given. Another algorithm revokes every client that may have a ' +
        'token of the old one; leaving HS256 kills the secrets instead. For HS256 its /secrets must hold one already, so ' +
        'that the API knows it before the first token is signed with it, and no answer but that of a POST holds a secret.',
      params: ApiParams,
      query: NOTHING,
      body: ApiPatchSchema,
      success: { status: 200, description: 'The API, and what was revoked.', schema: ChangedApiSchema },
      audits: 'api.changed',
      tagged: true,
      waits: true,
      problems: { 409: 'HS256 is wanted without a secret, or one of the scopes was given away just now.' },
      rules: async (body, { params }) => {
        const standing = await apiAt(apis, params.id);
        const merged = isWritable(mergePatch(writableOf(standing), body.value));
        const { value } = merged.ok ? unharmed(merged.value) : merged.surviving;
        return scopeFaults({ ...value, identifier: standing.identifier }, await apis.all());
      },
      handle: async ({ params, body, caller, waitSeconds, precondition }) => {
        const decide = (standing: Api): ApiChange | undefined => changeOf(standing, body, precondition);

        // 1. What must be true before; harmless if somebody else changes it first.
        const standing = await apiAt(apis, params.id);
        const planned = decide(standing);
        if (planned !== undefined) await prepareFor(planned.api, parts);

        // 2. The commit, decided anew.
        const changed = await apiChanges.change(standing.identifier, actOf(caller, waitSeconds), decide);
        if (changed === 'unknown') throw nothingHere();
        if (changed === 'scope_taken') throw scopeJustTaken();
        if (changed === 'no_secret') throw noSecret(standing);
        return answerOf(changed, waitSeconds);
      },
    }),
    operation({
      operationId: 'deleteApi',
      method: 'DELETE',
      path: `${APIS_PATH}/{id}`,
      scope: 'apis:write',
      tag: 'apis',
      summary: 'Remove a protected API: nothing that was given for it survives',
      description:
        'Its scopes leave every client and every remembered consent, each of these clients is revoked, and its secrets are ' +
        'killed. The same identifier and the same scopes can be registered again: nobody has anything of them.',
      params: ApiParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 200, description: 'The API as it stood, and what was revoked.', schema: ChangedApiSchema },
      audits: 'api.deleted',
      tagged: true,
      waits: true,
      handle: async ({ params, caller, waitSeconds, precondition }) => {
        const removed = await apiChanges.remove(identifierAt(params.id), actOf(caller, waitSeconds), (standing) => {
          precondition.check(resourceOf(standing));
        });
        if (removed === 'unknown') throw nothingHere();
        return answerOf(removed, waitSeconds);
      },
    }),
  ];
}

/** Undefined when it would stand as it stands. @throws Problem 412; 400, if it was another API when it was judged */
function changeOf(standing: Api, patch: unknown, precondition: Precondition): ApiChange | undefined {
  const before = resourceOf(standing);
  precondition.check(before);
  const merged = isWritable(mergePatch(writableOf(standing), patch));
  if (!merged.ok) throw Problem.ofFaults(merged.faults);
  const api = newApiOf({ identifier: standing.identifier, ...merged.value });
  const { changed } = diffOf(before, resourceOf(api));
  return Object.keys(changed).length === 0 ? undefined : { api, detail: { changed } };
}

/** A secret that is told by a PATCH could be lost with its answer, and would sign before the API knows it. */
const noSecret = (api: Api): Problem =>
  new Problem(
    409,
    `it shares no secret yet: POST ${pathOf(api)}/secrets makes one; give it to every process of the API, then change the algorithm`,
  );
