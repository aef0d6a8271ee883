/**
 * Owns the operations on `/keys` (keys K7, K8). Does not own what becomes of a key (the rotation), nor the audit events,
 * which its store writes with each change.
 */
import type { ReceiptDesk } from '@latchkey/tokens';
import type { KeyRotation, StoredKey } from '@latchkey/tokens/issuing';
import { ListQuery } from '../http/list.js';
import { NOTHING, operation, type Operation } from '../http/operation.js';
import { nothingHere } from '../http/problem.js';
import { whenInForce } from '../revocations/when-in-force.js';
import { actOf } from './key-act.js';
import { pageOfKeys } from './key-page.js';
import { resourceOf, successorOf } from './key-resource.js';
import { KeyListSchema, KeyParams, KeySchema, KilledKeySchema, RotationSchema } from './key-schema.js';

export interface KeyOperationsParts {
  readonly rotation: Pick<KeyRotation, 'list' | 'rotate' | 'kill'>;
  readonly desk: Pick<ReceiptDesk, 'wait' | 'onTheWire'>;
}

const PATH = '/admin/v1/keys';

export function keyOperations({ rotation, desk }: KeyOperationsParts): readonly Operation[] {
  return [
    operation({
      operationId: 'listKeys',
      method: 'GET',
      path: PATH,
      scope: 'keys:read',
      tag: 'keys',
      summary: 'List the keys, oldest first',
      description:
        'Those that are dropped stand here as long as a log-in that knows them can last, and those that were killed for ever.',
      params: NOTHING,
      query: ListQuery,
      body: NOTHING,
      success: { status: 200, description: 'A page of keys.', schema: KeyListSchema },
      handle: async ({ query }) => {
        const { keys } = await rotation.list();
        return { resource: pageOfKeys(keys, query) };
      },
    }),
    operation({
      operationId: 'getKey',
      method: 'GET',
      path: `${PATH}/{kid}`,
      scope: 'keys:read',
      tag: 'keys',
      summary: 'See one key',
      params: KeyParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 200, description: 'The key, without what is secret in it.', schema: KeySchema },
      tagged: true,
      handle: async ({ params }) => {
        const { keys } = await rotation.list();
        const key = keys.find(({ kid }) => kid === params.kid);
        if (key === undefined) throw nothingHere();
        return { resource: resourceOf(key) };
      },
    }),
    operation({
      operationId: 'rotateKeys',
      method: 'POST',
      path: `${PATH}/rotate`,
      scope: 'keys:write',
      tag: 'keys',
      summary: 'Let a successor of each key sign as soon as it was announced for its whole span',
      description:
        'Without haste: a successor is announced for its whole span before it signs, so no token is refused. Asked again ' +
        'meanwhile, it is the same one. Secrets that are shared with an API are not rotated: people must carry them there.',
      params: NOTHING,
      query: NOTHING,
      body: NOTHING,
      success: { status: 200, description: 'The successors, and when each will sign.', schema: RotationSchema },
      audits: 'key.rotated',
      handle: async ({ caller }) => ({
        resource: { successors: (await rotation.rotate(actOf(caller))).map(resourceOf) },
      }),
    }),
    operation({
      operationId: 'killKey',
      method: 'DELETE',
      path: `${PATH}/{kid}`,
      scope: 'keys:write',
      tag: 'keys',
      summary: 'Kill a key that has leaked: everything that it signed is refused everywhere, for ever',
      description:
        'The answer means committed: nothing loses it, and if it was the key that signs, another one has signed since. ' +
        'Killing what was killed before answers what stands. With Prefer: wait=N the answer comes when every guard that ' +
        'could still admit has applied it, or after N seconds, and holds a receipt.',
      params: KeyParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 200, description: 'The key, dead, and who signs now.', schema: KilledKeySchema },
      audits: 'key.killed',
      tagged: true,
      waits: true,
      handle: async ({ params, caller, waitSeconds, precondition }) => {
        // Whoever sets no condition shares the work of others who kill the same one.
        const check = precondition.isSet
          ? (key: StoredKey): void => {
              precondition.check(resourceOf(key));
            }
          : undefined;
        const killed = await rotation.kill(params.kid, actOf(caller, waitSeconds), check);
        if (killed.outcome === 'unknown') throw nothingHere();
        const representation = resourceOf(killed.key);
        const { waitedSeconds, ...standing } = await whenInForce(desk, [killed.revocation], waitSeconds);
        return {
          representation,
          resource: {
            ...representation,
            revocation: { id: killed.revocation, kind: 'key' as const, ...standing },
            successor: successorOf(killed),
          },
          ...(waitedSeconds === undefined ? {} : { waitedSeconds }),
        };
      },
    }),
  ];
}
