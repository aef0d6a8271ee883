/**
 * Owns PUT and PATCH of a client (RFC 7592 §2.2, RFC 7396). Does not own what a legal client is (client-rules), nor what is
 * revoked (client-taking, the register).
 */
import type { Api } from '@latchkey/protocol';
import { diffOf } from '../http/diff.js';
import { formOf, unharmed } from '../http/form.js';
import { type Caller, NOTHING, operation, type Operation } from '../http/operation.js';
import type { Precondition } from '../http/precondition.js';
import { Problem } from '../http/problem.js';
import type { RegisteredClient } from '../ports.js';
import { revocationOf } from '../revocations/revocation-of.js';
import { doneTo } from './client-audit.js';
import { mustCover, whatMustNotBeLost } from './client-authority.js';
import {
  CLIENT_PATH,
  clientAt,
  type ClientOperationsParts,
  defaultAlgorithmOf,
  done,
  lackingFor,
} from './client-parts.js';
import type { ClientChange } from './client-ports.js';
import { sealingFaults } from './client-openid-rules.js';
import { type Preparable, prepare } from './client-preparation.js';
import { leaningOf, patchedBy, type Replacement, survivingMerge } from './client-replacement.js';
import { replacedBy, resourceOf } from './client-resource.js';
import { clientFaults } from './client-rules.js';
import { ClientParams, type ClientRequest, type ClientSchemas } from './client-schema.js';
import { takenAway } from './client-taking.js';

const WHAT_IT_TAKES =
  'What takes something away (a scope, a grant type, the authentication method, the sub of its people) ends every token ' +
  'and every grant of this client in the same transaction: revocation says so, and is null when nothing was taken. A redirect URI that is taken ' +
  'out ends no token; a code that was sent to it is not redeemed. A public client has no secret: the ones there were are ' +
  'gone, and one that becomes confidential is given its first at /secrets.';

type Named = Pick<ClientRequest, 'scope' | 'resource_server'> & Preparable;

interface Asked {
  readonly clientId: string;
  readonly caller: Caller;
  readonly waitSeconds: number | undefined;
  readonly precondition: Precondition;
  /** What the body names itself. */
  readonly named: Named;
  readonly replacement: Replacement;
}

export function replacementOperations(parts: ClientOperationsParts, schemas: ClientSchemas): readonly Operation[] {
  const { clients, clientChanges, apis, desk } = parts;
  const defaultAlgorithm = defaultAlgorithmOf(parts);
  const whole = formOf(schemas.NewClient);

  const replace = async ({ clientId, caller, waitSeconds, precondition, named, replacement }: Asked) => {
    const registered = await apis.all();
    const decide = (standing: RegisteredClient): ClientChange | undefined => {
      mustCover(caller, standing);
      precondition.check(resourceOf(standing));
      const request = replacement(standing);
      const after = replacedBy(standing, request, defaultAlgorithm);
      mustCover(caller, after);
      refuseFaults(request, registered, standing);
      return changeOf(standing, after, caller);
    };

    // 1. Its key stands in the JWK Set before the client is sent tokens signed with it. What is refused makes no key.
    const planned = decide(await clientAt(clients, clientId));
    if (planned !== undefined) await prepare(named, parts);

    // 2. The commit, which judges everything again of what stands there then.
    const order = { receipt: waitSeconds !== undefined, leaning: leaningOf(named), decide };
    const { outcome, client, revocations } = done(await clientChanges.change(clientId, order));

    // 3. How far what was taken has come.
    const representation = resourceOf(client);
    const taken = await revocationOf(desk, outcome === 'changed' ? revocations : [], waitSeconds);
    const { revocation, ...waited } = taken;
    return { ...waited, representation, resource: { ...representation, revocation } };
  };

  const success = { status: 200, description: 'The client, as it stands now.', schema: schemas.ChangedClient } as const;
  const problems = { 409: 'It is the last client that holds all admin scopes, and would lose some.' };
  const manners = {
    ...{ path: CLIENT_PATH, tag: 'clients', params: ClientParams, query: NOTHING, success, problems },
    ...{ audits: 'client.changed', lacking: lackingFor(parts) },
    scope: 'clients:write',
    tagged: true,
    waits: true,
  } as const;
  return [
    operation({
      ...manners,
      operationId: 'replaceClient',
      method: 'PUT',
      summary: 'Replace what is registered of a client',
      description: `A member that is left out gets its default, as when a client is registered. ${WHAT_IT_TAKES}`,
      body: schemas.ReplacedClient,
      rules: async (body, { params }) => [
        ...clientFaults(body, await apis.all()),
        ...sealingFaults(body, await clientAt(clients, params.client_id)),
      ],
      handle: async ({ params, body, ...rest }) =>
        replace({ ...rest, clientId: params.client_id, named: body, replacement: () => body }),
    }),
    operation({
      ...manners,
      operationId: 'patchClient',
      method: 'PATCH',
      summary: 'Change some of what is registered of a client',
      description: `A JSON Merge Patch (RFC 7396): null takes a member out, and it gets its default. ${WHAT_IT_TAKES}`,
      body: schemas.ClientPatch,
      rules: async (patch, { params }) => {
        const standing = await clientAt(clients, params.client_id);
        const merged = survivingMerge(patch, standing);
        return [...clientFaults(merged, await apis.all()), ...sealingFaults(merged, standing)];
      },
      handle: async ({ params, body, ...rest }) => {
        const replacement = patchedBy(body, whole);
        const named = namedIn(body, replacement(await clientAt(clients, params.client_id)));
        return replace({ ...rest, clientId: params.client_id, named, replacement });
      },
    }),
  ];
}

/** Of the merged whole what the patch itself names: the rest is not given anew by it. */
const namedIn = (patch: Readonly<Record<string, unknown>>, merged: ClientRequest): Named =>
  // Each member is one of the whole, which form has parsed; all of them may be absent.
  Object.fromEntries(Object.entries(merged).filter(([name]) => name in patch));

function refuseFaults(request: ClientRequest, apis: readonly Api[], standing: RegisteredClient): void {
  const body = unharmed(request);
  const faults = [...clientFaults(body, apis), ...sealingFaults(body, standing)];
  if (faults.length > 0) throw Problem.ofFaults(faults);
}

function changeOf(standing: RegisteredClient, after: RegisteredClient, caller: Caller): ClientChange | undefined {
  const { changed } = diffOf(resourceOf(standing), resourceOf(after));
  if (Object.keys(changed).length === 0) return undefined;
  const taken = takenAway(standing, after);
  const detail = { changed, ...(taken.length === 0 ? {} : { taken }) };
  return {
    ...{ after, takes: taken.length > 0, audit: doneTo(standing.clientId, 'client.changed', caller, detail) },
    ...whatMustNotBeLost(standing, after),
  };
}
