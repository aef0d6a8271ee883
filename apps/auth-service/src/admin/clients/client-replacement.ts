/**
 * Owns what a PUT or a PATCH asks of a client that stands: the whole that it would be, judged like one that is new
 * (admin-api.md A4). Does not own when it is judged: once for every fault that can be named, once where it commits.
 */
import { isOpenIdScope, parseScope } from '@latchkey/protocol';
import { isAdminScope } from '../admin-scopes.js';
import { type Form, type Surviving } from '../http/form.js';
import { mergePatch } from '../http/merge-patch.js';
import { Problem } from '../http/problem.js';
import type { RegisteredClient } from '../ports.js';
import type { Leaning } from './client-ports.js';
import { writableOf } from './client-resource.js';
import type { ClientRequest, ClientSchemas } from './client-schema.js';

/** What this would make of this client. */
export type Replacement = (standing: RegisteredClient) => ClientRequest;

/** PATCH. @throws Problem 400 when the whole has not the form of a client: a member that is needed was taken out */
export const patchedBy =
  (patch: unknown, form: Form<ClientSchemas['NewClient']>): Replacement =>
  (standing) => {
    const merged = form(mergePatch(writableOf(standing), patch));
    if (!merged.ok) throw Problem.ofFaults(merged.faults);
    return merged.value;
  };

/** The whole that a patch would make, as far as its form is sound: what it does not name stands as it is. */
export function survivingMerge(
  patch: Surviving<Readonly<Record<string, unknown>>>,
  standing: RegisteredClient,
): Surviving<ClientRequest> {
  const merged = mergePatch(writableOf(standing), patch.value);
  return {
    // Each member is of the standing client or was found without fault: form has parsed it.
    value: merged as Surviving<ClientRequest>['value'],
    isFaulty: (name) => patch.isFaulty(name),
    nothing: patch.nothing,
  };
}

/** What of the APIs this names anew. The admin API and the scopes of OpenID Connect are no rows. @throws Problem 400 if gone */
export function leaningOf(request: Pick<ClientRequest, 'scope' | 'resource_server'>): Leaning {
  const { resource_server: api } = request;
  return {
    scopes: parseScope(request.scope ?? '').filter((name) => !isOpenIdScope(name) && !isAdminScope(name)),
    ...(api === undefined ? {} : { api }),
    judge: (gone) => {
      const faults = [
        ...gone.scopes.map((name) => ({ pointer: '/scope', detail: `${name} is not the scope of any API` })),
        ...(gone.api ? [{ pointer: '/resource_server', detail: 'is not the identifier of any API' }] : []),
      ];
      if (faults.length > 0) throw Problem.ofFaults(faults);
    },
  };
}
