/**
 * Owns the operations on `/revocations`. Does not own what a revocation ends (the register), nor how it is found out who has
 * applied it (the desk).
 */
import type { ReceiptDesk } from '@latchkey/tokens';
import type { Surviving } from '../http/form.js';
import { cursorOf, DEFAULT_LIMIT, ListQuery, placeOf, UUID_PATTERN } from '../http/list.js';
import { NOTHING, operation, type Operation } from '../http/operation.js';
import { type Fault, nothingHere } from '../http/problem.js';
import type { RevocationOrder, RevocationRecord, RevocationRegister } from '../ports.js';
import { resourceOf, withReceipt } from './revocation-resource.js';
import {
  type NewRevocation,
  NewRevocationSchema,
  RevocationListSchema,
  RevocationParams,
  RevocationSchema,
} from './revocation-schema.js';
import { whenInForce } from './when-in-force.js';

export interface RevocationOperationsParts {
  readonly revocations: RevocationRegister;
  readonly desk: Pick<ReceiptDesk, 'wait' | 'onTheWire' | 'now' | 'present'>;
}

const PATH = '/admin/v1/revocations';
const UUID = new RegExp(UUID_PATTERN);
const at = ({ id }: RevocationRecord): string => `${PATH}/${id}`;

export function revocationOperations({ revocations, desk }: RevocationOperationsParts): readonly Operation[] {
  return [
    operation({
      operationId: 'createRevocation',
      method: 'POST',
      path: PATH,
      scope: 'revocations:write',
      tag: 'revocations',
      summary: 'Revoke a token, a grant, a session, a person, a client, or everything',
      description:
        'The answer means committed: nothing loses it. Revoking what was revoked before answers what stands; subject, ' +
        'client and issuer are revoked anew. With Prefer: wait=N the answer comes when every guard that could still ' +
        'admit has applied it, or after N seconds, and holds a receipt.',
      params: NOTHING,
      query: NOTHING,
      body: NewRevocationSchema,
      success: { status: 201, description: 'The revocation, in force.', schema: RevocationSchema },
      audits: 'revocation.created',
      waits: true,
      once: 'kept',
      problems: { 404: 'There is no such grant, session, person or client.' },
      rules: (body) => Promise.resolve(valueFaults(body)),
      handle: async ({ body, caller, waitSeconds, keep }) => {
        const order: RevocationOrder = {
          kind: body.kind,
          value: body.value ?? '',
          ...(body.reason === undefined ? {} : { reason: body.reason }),
          actor: caller.clientId,
          address: caller.address,
          receipt: waitSeconds !== undefined,
        };
        const kept =
          keep &&
          ((record: RevocationRecord) => keep({ location: at(record), resource: resourceOf(record, 'committed') }));
        const records = await revocations.revoke(order, kept);
        if (records === 'unknown') throw nothingHere();
        const [record] = records;
        if (record === undefined) throw new Error('a revocation left no record');
        const location = at(record);
        const ids = records.map(({ id }) => id);
        const { state, receipt, waitedSeconds } = await whenInForce(desk, ids, waitSeconds);
        return {
          location,
          resource: { ...resourceOf(record, state), ...(receipt === undefined ? {} : { receipt }) },
          ...(waitedSeconds === undefined ? {} : { waitedSeconds }),
        };
      },
    }),
    operation({
      operationId: 'listRevocations',
      method: 'GET',
      path: PATH,
      scope: 'revocations:read',
      tag: 'revocations',
      summary: 'List what was revoked and is still remembered, newest first',
      params: NOTHING,
      query: ListQuery,
      body: NOTHING,
      success: { status: 200, description: 'A page of revocations.', schema: RevocationListSchema },
      handle: async ({ query }) => {
        const after = query.after === undefined ? undefined : placeOf(query.after, UUID);
        const { items, next } = await revocations.list({
          limit: query.limit ?? DEFAULT_LIMIT,
          ...(after === undefined ? {} : { after: { createdAt: after.at, id: after.id } }),
        });
        const present = await desk.present();
        return {
          resource: {
            items: items.map((record) => resourceOf(record, present.receiptOf(record.publication).state)),
            next: next === undefined ? null : cursorOf({ at: next.createdAt, id: next.id }),
          },
        };
      },
    }),
    operation({
      operationId: 'getRevocation',
      method: 'GET',
      path: `${PATH}/{id}`,
      scope: 'revocations:read',
      tag: 'revocations',
      summary: 'See one revocation, and who has applied it by now',
      params: RevocationParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 200, description: 'The revocation, with its receipt.', schema: RevocationSchema },
      tagged: true,
      handle: async ({ params }) => {
        const record = await revocations.find(params.id);
        if (record === undefined) throw nothingHere();
        return { resource: withReceipt(record, await desk.now(record.publication)) };
      },
    }),
  ];
}

/** What a kind needs or does not take; while the kind is unknown, nothing is concluded from it. */
function valueFaults({ value, isFaulty }: Surviving<NewRevocation>): readonly Fault[] {
  const pointer = '/value';
  if (value.kind === undefined || isFaulty('value')) return [];
  if (value.kind === 'issuer') {
    return value.value === undefined ? [] : [{ pointer, detail: 'must be left out: issuer takes no value' }];
  }
  return value.value === undefined ? [{ pointer, detail: `is required for ${value.kind}` }] : [];
}
