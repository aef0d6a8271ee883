/**
 * Owns the forgetting of who a deleted person was, beside their row: what they allowed, the answers that are kept for a
 * repetition, and what names them beside the audit trail. Does not own the row itself (person-endings) nor the grants and sessions that are swept later (expired-rows).
 */
import { USERS_PATH } from '../../admin/users/user-paths.js';
import { erasePersonal } from './audit-personal.js';
import type { Statements } from './database.js';

/** To be called in the transaction that deletes the person. @param sub a UUID, lower case */
export const eraseUser = async (statements: Statements, sub: string): Promise<void> => {
  await statements.run('DELETE FROM auth.consents WHERE sub = $1', [sub]);
  await erasePersonal(statements, sub);
  // Who repeats the creation within a day still hears that it was done.
  await statements.run(
    'UPDATE auth.idempotency_keys SET resource = NULL WHERE location = $1 AND resource IS NOT NULL',
    [`${USERS_PATH}/${sub}`],
  );
};
