/**
 * Owns whether a client may do anything: disabled, enabled, deleted (admin-api.md A9, A10). Does not own the sweeping of what
 * hangs on a deleted one.
 */
import { NOTHING, operation, type Operation } from '../http/operation.js';
import type { Caller } from '../http/operation.js';
import type { Precondition } from '../http/precondition.js';
import type { RegisteredClient } from '../ports.js';
import { revocationOf } from '../revocations/revocation-of.js';
import { doneTo } from './client-audit.js';
import { mustCover, whatMustNotBeLost } from './client-authority.js';
import { CLIENT_PATH, type ClientOperationsParts, done, lackingFor } from './client-parts.js';
import type { ClientChange } from './client-ports.js';
import { resourceOf } from './client-resource.js';
import { ClientParams, type ClientSchemas } from './client-schema.js';

interface Asked {
  readonly params: { readonly client_id: string };
  readonly caller: Caller;
  readonly waitSeconds: number | undefined;
  readonly precondition: Precondition;
}

type Become = (standing: RegisteredClient) => Pick<ClientChange, 'after' | 'deleted' | 'takes'> | undefined;

const disabled: Become = (standing) =>
  standing.enabled ? { after: { ...standing, enabled: false }, takes: true } : undefined;
/** Nothing was given while it was disabled, and nothing from before comes back: its generation was raised. */
const enabled: Become = (standing) =>
  standing.enabled ? undefined : { after: { ...standing, enabled: true }, takes: false };
const deleted: Become = (standing) => ({
  ...{ after: { ...standing, enabled: false, secretDigests: [] }, deleted: true, takes: true },
});

export function standingOperations(parts: ClientOperationsParts, schemas: ClientSchemas): readonly Operation[] {
  const { clientChanges, desk } = parts;

  const become = (kind: string, how: Become) => async (asked: Asked) => {
    const { params, caller, waitSeconds, precondition } = asked;
    const decide = (standing: RegisteredClient): ClientChange | undefined => {
      mustCover(caller, standing);
      precondition.check(resourceOf(standing));
      const change = how(standing);
      if (change === undefined) return undefined;
      const audit = doneTo(standing.clientId, kind, caller, { client_name: standing.clientName });
      return { ...change, audit, ...whatMustNotBeLost(standing, change.after) };
    };
    const order = { receipt: waitSeconds !== undefined, decide };
    const { client, revocations } = done(await clientChanges.change(params.client_id, order));
    const representation = resourceOf(client);
    // Who asks again for what was taken before is told what stands for it.
    const { revocation, ...waited } = await revocationOf(desk, client.enabled ? [] : revocations, waitSeconds);
    return { ...waited, representation, resource: { ...representation, revocation } };
  };

  const success = { status: 200, description: 'The client, as it stands now.', schema: schemas.ChangedClient } as const;
  const problems = { 409: 'It is the last client that holds all admin scopes.' };
  const manners = {
    ...{ tag: 'clients', params: ClientParams, query: NOTHING, body: NOTHING, success, lacking: lackingFor(parts) },
    scope: 'clients:write',
    tagged: true,
    waits: true,
  } as const;
  return [
    operation({
      ...manners,
      operationId: 'deleteClient',
      method: 'DELETE',
      path: CLIENT_PATH,
      summary: 'Delete a client',
      description:
        'Every token and every grant of it ends in the same transaction. From then on it is not there, for anybody; its ' +
        'client_id is never given again.',
      problems,
      audits: 'client.deleted',
      handle: become('client.deleted', deleted),
    }),
    operation({
      ...manners,
      operationId: 'disableClient',
      method: 'POST',
      path: `${CLIENT_PATH}/disable`,
      summary: 'Let a client do nothing until it is enabled again',
      description:
        'Every token and every grant of it ends in the same transaction, and none of them comes back when it is enabled. ' +
        'Disabling what is disabled changes nothing, and tells what stands.',
      problems,
      audits: 'client.disabled',
      handle: become('client.disabled', disabled),
    }),
    operation({
      ...manners,
      operationId: 'enableClient',
      method: 'POST',
      path: `${CLIENT_PATH}/enable`,
      summary: 'Let a client work again',
      description: 'It asks for new tokens; what it was given before stays revoked. Its revocation is null.',
      audits: 'client.enabled',
      handle: become('client.enabled', enabled),
    }),
  ];
}
