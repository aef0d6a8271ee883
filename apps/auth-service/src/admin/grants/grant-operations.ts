/** Owns the operations on `/grants`. Does not own what ends with a grant, nor its revocation (persistence). */
import type { ReceiptDesk } from '@latchkey/tokens';
import { cursorOf, DEFAULT_LIMIT, placeOf, UUID_PATTERN } from '../http/list.js';
import { NOTHING, operation, type Operation } from '../http/operation.js';
import { nothingHere } from '../http/problem.js';
import { revocationOf } from '../revocations/revocation-of.js';
import type { GrantRecords } from './grant-ports.js';
import { resourceOf } from './grant-resource.js';
import { GrantListQuery, GrantListSchema, GrantParams, GrantSchema, RevokedGrantSchema } from './grant-schema.js';

export interface GrantOperationsParts {
  readonly grants: GrantRecords;
  readonly desk: Pick<ReceiptDesk, 'wait' | 'onTheWire'>;
}

const PATH = '/admin/v1/grants';
const UUID = new RegExp(UUID_PATTERN);

export function grantOperations({ grants, desk }: GrantOperationsParts): readonly Operation[] {
  return [
    operation({
      operationId: 'listGrants',
      method: 'GET',
      path: PATH,
      scope: 'grants:read',
      tag: 'grants',
      summary: 'List what people have allowed to clients, newest first',
      description:
        'One for each redeemed code, of one person, of one client, or of both. Those that were revoked are shown until ' +
        'no token of theirs can be left.',
      params: NOTHING,
      query: GrantListQuery,
      body: NOTHING,
      success: { status: 200, description: 'A page of grants.', schema: GrantListSchema },
      handle: async ({ query }) => {
        const after = query.after === undefined ? undefined : placeOf(query.after, UUID);
        const { items, next } = await grants.list({
          limit: query.limit ?? DEFAULT_LIMIT,
          ...(query.sub === undefined ? {} : { sub: query.sub }),
          ...(query.client_id === undefined ? {} : { clientId: query.client_id }),
          ...(after === undefined ? {} : { after: { createdAt: after.at, grantId: after.id } }),
        });
        return {
          resource: {
            items: items.map(resourceOf),
            next: next === undefined ? null : cursorOf({ at: next.createdAt, id: next.grantId }),
          },
        };
      },
    }),
    operation({
      operationId: 'getGrant',
      method: 'GET',
      path: `${PATH}/{grant_id}`,
      scope: 'grants:read',
      tag: 'grants',
      summary: 'See one grant',
      params: GrantParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 200, description: 'The grant.', schema: GrantSchema },
      tagged: true,
      handle: async ({ params }) => {
        const grant = await grants.find(params.grant_id);
        if (grant === undefined) throw nothingHere();
        return { resource: resourceOf(grant) };
      },
    }),
    operation({
      operationId: 'deleteGrant',
      method: 'DELETE',
      path: `${PATH}/{grant_id}`,
      scope: 'grants:write',
      tag: 'grants',
      summary: 'Revoke one grant',
      description:
        'Its refresh token is good for nothing any more, and its access tokens are refused everywhere. It is still shown, ' +
        'with revoked_at, until none of them can be left. Revoking what was revoked before answers what stands.',
      params: GrantParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 200, description: 'The grant, revoked.', schema: RevokedGrantSchema },
      audits: 'grant.revoked',
      waits: true,
      tagged: true,
      handle: async ({ params, caller, waitSeconds, precondition }) => {
        const { grant, revocations } = await grants.end(params.grant_id, {
          actor: caller.clientId,
          address: caller.address,
          receipt: waitSeconds !== undefined,
          decide: (standing) => {
            precondition.check(resourceOf(standing));
          },
        });
        if (grant === undefined) throw nothingHere();
        const representation = resourceOf(grant);
        const { revocation, ...waited } = await revocationOf(desk, revocations, waitSeconds);
        return { resource: { ...representation, revocation }, representation, ...waited };
      },
    }),
  ];
}
