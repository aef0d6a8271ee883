/**
 * Owns whether a KEY_ENCRYPTION_KEY is that of this database where no key is left that it could open, as after a restore: the
 * newest seal of the audit trail bears witness. Does not own the keys' own test, which is that they open.
 */
import { keyOf } from './audit-chain.js';
import { newestSeal } from './audit-pages.js';
import type { Statements } from './database.js';

/**
 * Not judged, and false, while a key is sealed here (it opens or it does not), and before the first seal.
 * @param macKeys those of the audit seals, derived from the given keys
 * @throws Unavailable
 */
export const isKeyOfAnother = async (statements: Statements, macKeys: readonly Buffer[]): Promise<boolean> => {
  const { rows } = await statements.run('SELECT 1 FROM auth.keys WHERE sealed_key IS NOT NULL LIMIT 1');
  if (rows.length > 0) return false;
  const seal = await newestSeal(statements);
  return seal !== undefined && keyOf(seal, macKeys) < 0;
};
