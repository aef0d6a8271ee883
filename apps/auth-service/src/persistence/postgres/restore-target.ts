/**
 * Owns whether a database may be restored into: that it is empty, and that nobody works in it. Does not own the restoring.
 */
import type { Statements } from './database.js';
import { isAtHome } from './home.js';

/** The message is for the person who restores. */
export class NoTarget extends Error {
  override readonly name = 'NoTarget';
}

/** @throws NoTarget */
export const refuseFilled = async (statements: Statements): Promise<void> => {
  const { rows } = await statements.run<{ readonly filled: boolean }>(
    `SELECT to_regnamespace('auth') IS NOT NULL AS filled`,
  );
  if (rows[0]?.filled !== true) return;
  throw new NoTarget(
    'The database is not empty: the schema "auth" is there. Restore into a new database; nothing was changed in this one.',
  );
};

/** Of this role. */
export const schemasIn = async (statements: Statements): Promise<readonly string[]> => {
  const { rows } = await statements.run<{ readonly name: string }>(
    `SELECT nspname AS name FROM pg_namespace WHERE nspowner = current_user::regrole AND nspname NOT LIKE 'pg\\_%'`,
  );
  return rows.map(({ name }) => name);
};

/** What a restore that failed has left, if anything; never what a service has made meanwhile. @param before what was there */
export const dropCopies = async (statements: Statements, before: readonly string[]): Promise<void> => {
  const { rows } = await statements.run<{ readonly whole: boolean }>(
    `SELECT to_regclass('auth.home') IS NOT NULL AS whole`,
  );
  const isServed = rows[0]?.whole === true && (await isAtHome(statements));
  const made = (await schemasIn(statements)).filter((name) => !before.includes(name));
  for (const name of made) {
    if (name !== 'auth' || !isServed) await statements.run(`DROP SCHEMA "${name.replaceAll('"', '""')}" CASCADE`);
  }
};

/** @throws NoTarget */
export const refuseWhileServed = async (statements: Statements): Promise<void> => {
  const { rows } = await statements.run<{ readonly sessions: number }>(
    `SELECT count(*)::integer AS sessions FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
  );
  const sessions = rows[0]?.sessions ?? 0;
  if (sessions === 0) return;
  throw new NoTarget(
    `Somebody is connected to the database (${sessions} ${sessions === 1 ? 'session' : 'sessions'}): stop every service first.`,
  );
};
