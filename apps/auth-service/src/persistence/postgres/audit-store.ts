/**
 * Owns the writing of the audit trail, always inside the transaction of its cause (admin-api.md A11). Does not own its
 * listing nor its sealing. The serving role may insert and select here, nothing else.
 */
import type { Statements } from './database.js';

export interface AuditEvent {
  /** Who did it: a client_id, a sub, or `system`. */
  readonly actor: string;
  /** What was done, as `noun.verb`: `client.created`, `grant.revoked`. */
  readonly kind: string;
  /** What it was done to: an identifier, never a secret. */
  readonly target: string;
  readonly outcome: 'done' | 'refused';
  /** From where. */
  readonly address?: string;
  /** Whatever else an operator wants to know. Never a secret, code, token or verifier. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** In this order; one statement, however many. */
export const appendAudit = async (statements: Statements, ...events: readonly AuditEvent[]): Promise<void> => {
  if (events.length === 0) return;
  await statements.run(
    `INSERT INTO auth.audit_events (actor, kind, target, outcome, address, detail)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[])`,
    [
      ...[events.map(({ actor }) => actor), events.map(({ kind }) => kind), events.map(({ target }) => target)],
      ...[events.map(({ outcome }) => outcome), events.map(({ address }) => address ?? null)],
      events.map(({ detail }) => JSON.stringify(detail ?? {})),
    ],
  );
};
