/**
 * Owns who ends something and why, what became of it, and how that stands in the audit trail. Does not own what ends.
 */
import type { RevocationEntry } from '@latchkey/tokens';
import type { AuditEvent } from './audit-store.js';

export interface Act {
  /** A client_id, a sub, or `system`. */
  readonly actor: string;
  /** From where, if anybody asked from somewhere. */
  readonly address?: string;
  /** In the operator's words. */
  readonly reason?: string;
  /** Somebody waits until the guards have applied it. */
  readonly receipt: boolean;
}

export interface Ending {
  /** `ended`: by this call. `before`: it had ended already and nothing was written. `unknown`: there is no such thing. */
  readonly outcome: 'ended' | 'before' | 'unknown';
  /** What stands for it now, whoever wrote it. */
  readonly revocations: readonly RevocationEntry[];
}

export const UNKNOWN: Ending = { outcome: 'unknown', revocations: [] };

/** An act by its audit record. The detail never holds a secret, code, token or verifier. */
export const auditOf = (
  act: Act,
  event: Pick<AuditEvent, 'kind' | 'target'>,
  detail: Readonly<Record<string, unknown>>,
): AuditEvent => ({
  ...event,
  actor: act.actor,
  outcome: 'done',
  ...(act.address === undefined ? {} : { address: act.address }),
  detail: { ...detail, ...(act.reason === undefined ? {} : { reason: act.reason }) },
});

/** PostgreSQL's text cannot hold U+0000; nothing has such a name. */
export const isStorable = (text: string): boolean => !text.includes('\u0000');
