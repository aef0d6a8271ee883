/** Owns the operations on `/sessions`. Does not own what ends with a session (persistence), nor the person's own log-out. */
import type { ReceiptDesk } from '@latchkey/tokens';
import { cursorOf, DEFAULT_LIMIT, placeOf, UUID_PATTERN } from '../http/list.js';
import { NOTHING, operation, type Operation } from '../http/operation.js';
import { nothingHere } from '../http/problem.js';
import { revocationOf } from '../revocations/revocation-of.js';
import type { SessionRecords } from './session-ports.js';
import { resourceOf } from './session-resource.js';
import {
  EndedSessionSchema,
  SessionListQuery,
  SessionListSchema,
  SessionParams,
  SessionSchema,
} from './session-schema.js';

export interface SessionOperationsParts {
  readonly sessions: SessionRecords;
  readonly desk: Pick<ReceiptDesk, 'wait' | 'onTheWire'>;
}

const PATH = '/admin/v1/sessions';
const UUID = new RegExp(UUID_PATTERN);

export function sessionOperations({ sessions, desk }: SessionOperationsParts): readonly Operation[] {
  return [
    operation({
      operationId: 'listSessions',
      method: 'GET',
      path: PATH,
      scope: 'sessions:read',
      tag: 'sessions',
      summary: 'List who is logged in, newest first',
      description:
        'Those that have ended or were replaced are shown until no token of theirs can be left: grants name them.',
      params: NOTHING,
      query: SessionListQuery,
      body: NOTHING,
      success: { status: 200, description: 'A page of login sessions.', schema: SessionListSchema },
      handle: async ({ query }) => {
        const after = query.after === undefined ? undefined : placeOf(query.after, UUID);
        const { items, next } = await sessions.list({
          limit: query.limit ?? DEFAULT_LIMIT,
          ...(query.sub === undefined ? {} : { sub: query.sub }),
          ...(after === undefined ? {} : { after: { authTime: after.at, sid: after.id } }),
        });
        return {
          resource: {
            items: items.map(resourceOf),
            next: next === undefined ? null : cursorOf({ at: next.authTime, id: next.sid }),
          },
        };
      },
    }),
    operation({
      operationId: 'getSession',
      method: 'GET',
      path: `${PATH}/{sid}`,
      scope: 'sessions:read',
      tag: 'sessions',
      summary: 'See one login session',
      params: SessionParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 200, description: 'The login session.', schema: SessionSchema },
      tagged: true,
      handle: async ({ params }) => {
        const session = await sessions.find(params.sid);
        if (session === undefined) throw nothingHere();
        return { resource: resourceOf(session) };
      },
    }),
    operation({
      operationId: 'deleteSession',
      method: 'DELETE',
      path: `${PATH}/{sid}`,
      scope: 'sessions:write',
      tag: 'sessions',
      summary: 'End one login session',
      description:
        'The person has to log in again in that browser; what was granted until the end of the session is refreshed no ' +
        'more, and its access tokens are refused everywhere. Offline access goes on. Sessions that it has replaced, or ' +
        'that have replaced it, end with it, whichever of them is named. Ending what has ended answers what stands.',
      params: SessionParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 200, description: 'The login session, ended.', schema: EndedSessionSchema },
      audits: 'session.ended',
      waits: true,
      tagged: true,
      handle: async ({ params, caller, waitSeconds, precondition }) => {
        const { session, revocations } = await sessions.end(params.sid, {
          actor: caller.clientId,
          address: caller.address,
          receipt: waitSeconds !== undefined,
          decide: (standing) => {
            precondition.check(resourceOf(standing));
          },
        });
        if (session === undefined) throw nothingHere();
        const representation = resourceOf(session);
        const { revocation, ...waited } = await revocationOf(desk, revocations, waitSeconds);
        return { resource: { ...representation, revocation }, representation, ...waited };
      },
    }),
  ];
}
