/** Owns the writing of what has no other transaction: refusals, and what people do whose effect is kept elsewhere. Does not own the form of an event (audit-store). */
import type { AuditRecord, AuditTrail } from '../../admin/ports.js';
import { appendAudit, type AuditEvent } from './audit-store.js';
import type { Database } from './database.js';

export class PostgresAuditTrail implements AuditTrail {
  constructor(private readonly database: Database) {}

  /** @throws Unavailable */
  async refused(event: AuditEvent & { readonly outcome: 'refused' }): Promise<void> {
    await this.record(event);
  }

  /** In one transaction of their own, in this order. @throws Unavailable */
  async record(...events: readonly AuditRecord[]): Promise<void> {
    await this.database.transaction((statements) => appendAudit(statements, ...events));
  }
}
