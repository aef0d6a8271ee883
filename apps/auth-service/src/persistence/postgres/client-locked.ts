/**
 * Owns how a client is held while it is changed, and how what was done to it stands in the audit trail. Does not own what is
 * done (client-changes, client-secrets).
 */
import type { RevocationEntry } from '@latchkey/tokens';
import type { AuditRecord, RegisteredClient } from '../../admin/ports.js';
import { isStorable } from './act.js';
import { appendAudit } from './audit-store.js';
import { CLIENT_COLUMNS, clientFrom, type ClientColumns } from './client-columns.js';
import type { Statements } from './database.js';

/**
 * In two statements: one that waits for a lock goes on with the row as it is then, and with whatever else it reads, as the
 * secrets, as it was before.
 */
export const lockClient = async (statements: Statements, clientId: string): Promise<RegisteredClient | undefined> => {
  if (!isStorable(clientId)) return undefined;
  const named = 'c.client_id = $1 AND c.deleted_at IS NULL';
  await statements.run(`SELECT FROM auth.clients c WHERE ${named} FOR UPDATE`, [clientId]);
  const { rows } = await statements.run<ClientColumns>(`SELECT ${CLIENT_COLUMNS} FROM auth.clients c WHERE ${named}`, [
    clientId,
  ]);
  return rows[0] === undefined ? undefined : clientFrom(rows[0]);
};

/** Its row is locked, so it is there. */
export const raised = (entries: readonly RevocationEntry[] | undefined): readonly RevocationEntry[] => {
  if (entries === undefined) throw new Error('A client that is locked was not there.');
  return entries;
};

/** What was done, with the revocations that went with it. */
export const auditWith = async (
  statements: Statements,
  audit: AuditRecord,
  entries: readonly RevocationEntry[],
): Promise<void> => {
  const revocations = entries.length === 0 ? {} : { revocations: entries.map(({ id }) => id) };
  await appendAudit(statements, { ...audit, detail: { ...audit.detail, ...revocations } });
};
