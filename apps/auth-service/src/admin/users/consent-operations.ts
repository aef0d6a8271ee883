/**
 * Owns the operations on what people allowed clients. Does not own how a consent comes to be (the redemption of a code), nor
 * what ends with it (consent-endings).
 */
import type { ReceiptDesk } from '@latchkey/tokens';
import { DEFAULT_LIMIT, ListQuery } from '../http/list.js';
import { NOTHING, operation, type Operation } from '../http/operation.js';
import { nothingHere } from '../http/problem.js';
import { revocationOf } from '../revocations/revocation-of.js';
import {
  CLIENT_ID,
  ConsentListParams,
  ConsentListSchema,
  ConsentParams,
  type ConsentResource,
  ConsentSchema,
  WithdrawnConsentSchema,
} from './consent-schema.js';
import { cursorOfText, textAt } from './text-cursor.js';
import { USERS_PATH } from './user-paths.js';
import type { ConsentEndings, ConsentRecord, ConsentRegistry, UserRegistry } from './user-ports.js';

export interface ConsentOperationsParts {
  readonly users: Pick<UserRegistry, 'find'>;
  readonly consents: ConsentRegistry;
  readonly consentEndings: ConsentEndings;
  readonly desk: Pick<ReceiptDesk, 'wait' | 'onTheWire'>;
}

const PATH = `${USERS_PATH}/{sub}/consents`;

export function consentOperations({ users, consents, consentEndings, desk }: ConsentOperationsParts) {
  const operations: readonly Operation[] = [
    operation({
      operationId: 'listConsents',
      method: 'GET',
      path: PATH,
      scope: 'users:read',
      tag: 'users',
      summary: 'List what a person has allowed to which clients',
      description:
        'By client_id. A consent is recorded when its code is redeemed, and holds until it is taken back, however long a ' +
        'grant lives. The person is asked each time all the same.',
      params: ConsentListParams,
      query: ListQuery,
      body: NOTHING,
      success: { status: 200, description: 'A page of consents.', schema: ConsentListSchema },
      handle: async ({ params, query: { after, limit = DEFAULT_LIMIT } }) => {
        const place = after === undefined ? {} : { after: textAt(after, CLIENT_ID) };
        if ((await users.find(params.sub)) === undefined) throw nothingHere();
        const { items, next } = await consents.list(params.sub, { limit, ...place });
        return { resource: { items: items.map(resourceOf), next: next === undefined ? null : cursorOfText(next) } };
      },
    }),
    operation({
      operationId: 'getConsent',
      method: 'GET',
      path: `${PATH}/{client_id}`,
      scope: 'users:read',
      tag: 'users',
      summary: 'See what a person has allowed a client',
      params: ConsentParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 200, description: 'The consent.', schema: ConsentSchema },
      tagged: true,
      handle: async ({ params }) => {
        const consent = await consents.find(params.sub, params.client_id);
        if (consent === undefined) throw nothingHere();
        return { resource: resourceOf(consent) };
      },
    }),
    operation({
      operationId: 'withdrawConsent',
      method: 'DELETE',
      path: `${PATH}/{client_id}`,
      scope: 'users:write',
      tag: 'users',
      summary: 'Take back what a person has allowed a client',
      description:
        'Revokes each grant of the two, with its access and refresh tokens. An authorization code that was allowed before and ' +
        'is not redeemed yet gives nothing any more. The person stays logged in, and may allow the client anew. revocation ' +
        'tells of the first grant; all of them are waited for; it is null when none was living.',
      params: ConsentParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 200, description: 'What was allowed, and what was revoked.', schema: WithdrawnConsentSchema },
      audits: 'consent.withdrawn',
      tagged: true,
      waits: true,
      handle: async ({ params, caller, waitSeconds, precondition }) => {
        const pair = { sub: params.sub, clientId: params.client_id };
        const order = { actor: caller.clientId, address: caller.address, receipt: waitSeconds !== undefined };
        const ending = await consentEndings.withdraw(pair, order, (standing) => {
          precondition.check(resourceOf(standing));
        });
        if (ending.outcome === 'unknown') throw nothingHere();
        const representation = resourceOf(ending.consent);
        const { revocation, ...waited } = await revocationOf(desk, ending.revocations, waitSeconds);
        return { representation, resource: { ...representation, revocation }, ...waited };
      },
    }),
  ];
  return operations;
}

const resourceOf = ({ clientId, scope, grantedAt }: ConsentRecord): ConsentResource => ({
  client_id: clientId,
  scope: scope.join(' '),
  granted_at: grantedAt,
});
