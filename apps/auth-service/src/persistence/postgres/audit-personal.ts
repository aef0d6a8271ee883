/**
 * Owns the erasing of what names a person in the audit trail (admin-api.md A11: "Personal data stands beside the chain and
 * can be erased; the chain keeps its digest"). Does not own its writing (audit-store), nor when a person is erased.
 */
import type { Statements } from './database.js';
import { isUuid } from './uuid.js';

/**
 * Everything that was recorded about this person, and from where the person acted, with the salts without which the digests
 * say nothing. The events stay, and with them the sub. Not checked: whether somebody is about to write more; to be called
 * under the lock of the person's row.
 */
export const erasePersonal = async (statements: Statements, sub: string): Promise<void> => {
  if (!isUuid(sub)) return;
  await statements.run('DELETE FROM auth.audit_personal WHERE sub = $1', [sub]);
};
