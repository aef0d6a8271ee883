/** Owns how what was done to a client stands in the audit trail. Does not own refusals (http/refusals). */
import type { Caller } from '../http/operation.js';
import type { AuditRecord } from '../ports.js';

/** @param detail never a secret nor its digest */
export const doneTo = (
  clientId: string,
  kind: string,
  { clientId: actor, address }: Caller,
  detail: Readonly<Record<string, unknown>> = {},
): AuditRecord => ({ actor, kind, target: clientId, outcome: 'done', address, detail });
