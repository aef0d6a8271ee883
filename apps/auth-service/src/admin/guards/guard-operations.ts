/** Owns the operations on `/guards`. Does not own the register nor the leases. */
import { Unavailable } from '@latchkey/protocol';
import { type PresentGuards, type ReceiptDesk, type RegisteredGuard, toSeconds } from '@latchkey/tokens';
import { cursorOf, DEFAULT_LIMIT, ListQuery, placeOf, UUID_PATTERN } from '../http/list.js';
import { NOTHING, operation, type Operation } from '../http/operation.js';
import { nothingHere, Problem } from '../http/problem.js';
import type { GuardRecords } from '../ports.js';
import { GuardListSchema, GuardParams, type GuardResource, GuardSchema } from './guard-schema.js';

export interface GuardOperationsParts {
  readonly guards: GuardRecords;
  readonly desk: Pick<ReceiptDesk, 'present'>;
}

const PATH = '/admin/v1/guards';
const UUID = new RegExp(UUID_PATTERN);

export function guardOperations({ guards, desk }: GuardOperationsParts): readonly Operation[] {
  return [
    operation({
      operationId: 'listGuards',
      method: 'GET',
      path: PATH,
      scope: 'guards:read',
      tag: 'guards',
      summary: 'List every process that guards, longest registered first',
      description:
        'The doors of the auth-services are among them. What a lease says is null while Redis does not answer; the ' +
        'register itself is in PostgreSQL.',
      params: NOTHING,
      query: ListQuery,
      body: NOTHING,
      success: { status: 200, description: 'A page of guards.', schema: GuardListSchema },
      handle: async ({ query }) => {
        const after = query.after === undefined ? undefined : placeOf(query.after, UUID);
        const { items, next } = await guards.list({
          limit: query.limit ?? DEFAULT_LIMIT,
          ...(after === undefined ? {} : { after: { registeredAt: after.at, guardId: after.id } }),
        });
        const present = await desk.present();
        return {
          resource: {
            items: items.map((guard) => resourceOf(guard, present)),
            next: next === undefined ? null : cursorOf({ at: next.registeredAt, id: next.guardId }),
          },
        };
      },
    }),
    operation({
      operationId: 'getGuard',
      method: 'GET',
      path: `${PATH}/{guard_id}`,
      scope: 'guards:read',
      tag: 'guards',
      summary: 'See one guard',
      params: GuardParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 200, description: 'The guard.', schema: GuardSchema },
      tagged: true,
      handle: async ({ params }) => {
        const guard = await guards.find(params.guard_id);
        if (guard === undefined) throw nothingHere();
        return { resource: resourceOf(guard, await desk.present()) };
      },
    }),
    operation({
      operationId: 'removeGuard',
      method: 'DELETE',
      path: `${PATH}/{guard_id}`,
      scope: 'guards:write',
      tag: 'guards',
      summary: 'Strike a guard off that will not come back',
      description:
        'For one with on_stale allow that has died: no receipt says applied before it was struck off. If it lives after ' +
        'all, it goes on admitting by what it knows, and no receipt counts it until it registers again.',
      params: GuardParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 200, description: 'The guard as it stood.', schema: GuardSchema },
      problems: { 409: 'Its lease still stands.' },
      audits: 'guard.removed',
      tagged: true,
      handle: async ({ params, caller, precondition }) => {
        const guard = await guards.find(params.guard_id);
        if (guard === undefined) throw nothingHere();
        const resource = resourceOf(guard, await desk.present());
        precondition.check(resource);
        // Who cannot be asked may live; then a receipt without it would be no proof.
        if (resource.lease_stands === null) throw new Unavailable('Redis');
        if (resource.lease_stands) {
          throw new Problem(409, 'its lease still stands: a guard that lives registers again, so stop it first');
        }
        const removed = await guards.remove(guard, {
          actor: caller.clientId,
          kind: 'guard.removed',
          target: guard.guardId,
          outcome: 'done',
          address: caller.address,
          detail: { service: guard.service, on_stale: guard.onStale },
        });
        if (removed === 'unknown' && (await guards.find(guard.guardId)) === undefined) throw nothingHere();
        if (removed === 'unknown') throw new Problem(409, 'it has registered again meanwhile: it lives');
        return { resource };
      },
    }),
  ];
}

function resourceOf(guard: RegisteredGuard, { leases, fenced }: PresentGuards): GuardResource {
  const lease = leases?.get(guard.leaseKey);
  // The last words of one that has ended stand for a while; it holds no lease any more.
  const standing = lease?.ended === true ? undefined : lease;
  return {
    guard_id: guard.guardId,
    service: guard.service,
    on_stale: guard.onStale,
    lease_ms: guard.leaseMs,
    registered_at: toSeconds(guard.registeredAt),
    lease_stands: leases === undefined ? null : standing !== undefined,
    epoch: standing?.epoch ?? null,
    position: standing?.position ?? null,
    age_ms: standing?.ageMs ?? null,
    fenced: fenced.has(guard.leaseKey) || (standing?.fenced ?? null),
    entries: standing?.entries ?? null,
  };
}
