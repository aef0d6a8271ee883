/** Owns the operations on `/audit-events` (admin-api.md A11). They only read. Does not own the trail, nor its chain. */
import { toSeconds } from '@latchkey/tokens';
import { cursorOf, DEFAULT_LIMIT, placeOf } from '../http/list.js';
import { NOTHING, operation, type Operation } from '../http/operation.js';
import { nothingHere } from '../http/problem.js';
import {
  AuditEventListSchema,
  AuditEventParams,
  AuditEventQuery,
  type AuditEventResource,
  AuditEventSchema,
  AuditVerificationSchema,
  EVENT_ID_PATTERN,
  VerifyQuery,
} from './audit-event-schema.js';
import type { AuditEventRecord, AuditReader, AuditVerifier } from './audit-ports.js';
import { VerificationLane } from './verification-lane.js';

export interface AuditEventOperationsParts {
  readonly audit: AuditReader;
  readonly verifier: AuditVerifier;
}

const PATH = '/admin/v1/audit-events';
const ID = new RegExp(EVENT_ID_PATTERN);
const READS = { method: 'GET', scope: 'audit:read', tag: 'audit-events' } as const;

const resourceOf = ({ at, ...rest }: AuditEventRecord): AuditEventResource => ({ ...rest, at: toSeconds(at) });
const milliseconds = (seconds: number): number => seconds * 1000;

export function auditEventOperations({ audit, verifier }: AuditEventOperationsParts): readonly Operation[] {
  const lane = new VerificationLane(verifier);
  return [
    operation({
      operationId: 'listAuditEvents',
      ...{ ...READS, path: PATH },
      summary: 'List who did what, newest first',
      description:
        'Everything that was changed, and every change that was refused to a known client. What is asked for holds ' +
        'together: by time, actor, kind and target. An event is listed as soon as its cause is committed.',
      params: NOTHING,
      query: AuditEventQuery,
      body: NOTHING,
      success: { status: 200, description: 'A page of events.', schema: AuditEventListSchema },
      handle: async ({ query: { limit = DEFAULT_LIMIT, after, since, until, ...names } }) => {
        const { items, next } = await audit.list({
          limit,
          filter: {
            ...names,
            ...(since === undefined ? {} : { since: milliseconds(since) }),
            ...(until === undefined ? {} : { until: milliseconds(until) }),
          },
          ...(after === undefined ? {} : { after: placeOf(after, ID) }),
        });
        return { resource: { items: items.map(resourceOf), next: next === undefined ? null : cursorOf(next) } };
      },
    }),
    operation({
      operationId: 'verifyAuditEvents',
      ...{ ...READS, path: `${PATH}/verify` },
      summary: 'Say whether anything that was sealed has been changed',
      description:
        'Walks the whole chain, or what comes after a seal, and ends at the first fault. That the end was cut off shows ' +
        'when a head is given that the log has told before: every seal is logged with its head. One walk at a time in each ' +
        'instance: who asks the same shares it, who asks something else meanwhile is answered 503.',
      params: NOTHING,
      query: VerifyQuery,
      body: NOTHING,
      success: { status: 200, description: 'What the chain says.', schema: AuditVerificationSchema },
      handle: async ({ query: { head, after_seal: afterSeal } }) => {
        const { containsHead, ...said } = await lane.verify({
          ...(head === undefined ? {} : { head }),
          ...(afterSeal === undefined ? {} : { afterSeal }),
        });
        return { resource: { valid: said.broken === null, ...said, contains_head: containsHead } };
      },
    }),
    operation({
      operationId: 'getAuditEvent',
      ...{ ...READS, path: `${PATH}/{id}` },
      summary: 'See one event',
      params: AuditEventParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 200, description: 'The event.', schema: AuditEventSchema },
      tagged: true,
      handle: async ({ params }) => {
        const event = await audit.find(params.id);
        if (event === undefined) throw nothingHere();
        return { resource: resourceOf(event) };
      },
    }),
  ];
}
