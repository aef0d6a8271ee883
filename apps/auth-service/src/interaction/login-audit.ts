/**
 * Owns how log-ins that failed and answers to a consent page stand in the audit trail. Does not own those that succeeded
 * (their session's transaction does), nor how a flood is bounded (limits). A password is in none of it.
 */
import type { AuthorizationRequest } from '@latchkey/protocol';
import type { AuditRecord } from '../admin/ports.js';
import type { FailureAudit } from '../limits/failure-audit.js';
import { normalizedUsername } from './username.js';

export interface HumanTrail {
  /** In a transaction of its own. @throws Unavailable */
  record(...records: readonly AuditRecord[]): Promise<void>;
}

/** The same to the caller, whichever it was. */
export type LoginFailure = 'unknown_name' | 'wrong_password' | 'disabled' | 'limited' | 'changed_meanwhile';

/** Characters of a name that are kept: whoever typed more typed no name. */
const LONGEST_NAME = 255;

export const typedName = (username: string): string => username.slice(0, LONGEST_NAME);

/** Never rejects. @param sub undefined when nobody has the name, or nobody looked */
export async function noteFailedLogin(
  audit: FailureAudit,
  attempt: { readonly username: string; readonly address: string; readonly clientId: string | undefined },
  reason: LoginFailure,
  sub: string | undefined,
): Promise<void> {
  const { address, clientId } = attempt;
  await audit.note(
    {
      // Whoever it was has not shown who they are.
      ...{ actor: 'anonymous', kind: 'login.failed', target: sub ?? 'unknown', outcome: 'refused' },
      ...{ address, detail: { reason, ...(clientId === undefined ? {} : { client_id: clientId }) } },
      // A name that is nobody's, or of which nobody looked whose it is, could not be erased with its owner: it is not kept.
      ...(sub === undefined ? {} : { personal: { username: typedName(attempt.username) }, about: sub }),
    },
    { name: normalizedUsername(attempt.username), account: sub },
  );
}

/** What a person has said to a client's request for so much; remembered, where they had said yes before and nobody asked. */
export const consentRecord = (
  kind: 'consent.given' | 'consent.denied' | 'consent.remembered',
  person: { readonly sub: string; readonly sid: string },
  request: AuthorizationRequest,
  scope: readonly string[],
  address: string,
): AuditRecord => ({
  ...{ actor: person.sub, kind, target: request.clientId, outcome: 'done', address },
  detail: { scope, sid: person.sid, ...(request.resource === undefined ? {} : { resource: request.resource }) },
});
