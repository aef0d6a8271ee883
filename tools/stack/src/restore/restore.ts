// Owns: the order of a restore (admin-api.md A12): which dump, into which database, whole or not at all. Does not own: the
// transaction (read-back), nor what revokes everything (auth-service).
import { declareRestored, finishRestore, prepareRestore, undoRestore } from '@latchkey/auth-service/restoring';
import { onChosenDatabase } from '../start/chosen-database.js';
import { formOf, scriptOf } from './dump.js';
import { requireProgram } from './postgres-client.js';
import { readBack } from './read-back.js';

export const IN_PLACE = '--in-place';

/** @throws Error with a sentence for the person at the terminal; then nothing stands in the database that did not before */
export async function restore(given: string, env: NodeJS.ProcessEnv): Promise<void> {
  // 1. What can be judged without a database.
  const form = given === IN_PLACE ? undefined : formOf(given);
  if (form !== undefined) requireProgram('psql', env);
  if (form === 'archive') requireProgram('pg_restore', env);

  await onChosenDatabase(env, async (config) => {
    if (form === undefined) return declareRestored(config);
    // 2. The database is empty, and nobody works in it.
    const script = await prepareRestore(config);
    try {
      // 3. One transaction, and what came of it.
      await readBack(scriptOf(given, form, env), script, { databaseUrl: config.migrationDatabaseUrl, env });
      await finishRestore(config);
    } catch (error) {
      await undoRestore(config, script).catch(() => undefined);
      throw error;
    }
  });
}
