// Owns: on which database a command of the operator works: the one that the environment names, else that of `npm start`.
// Does not own: the command.
import { resolve } from 'node:path';
import { type MigrationConfig, readMigrationConfig } from '@latchkey/auth-service/config';
import { dataDirectoryOf, openEmbeddedDatabase } from './embedded-database.js';

/** @throws ConfigurationError; Error with a sentence when npm start is running on its database */
export async function onChosenDatabase(
  env: NodeJS.ProcessEnv,
  work: (config: MigrationConfig) => Promise<void>,
): Promise<void> {
  const isNamed = ['DATABASE_URL', 'MIGRATION_DATABASE_URL'].some(
    (name) => (env[name] ?? '') !== '' || (env[`${name}_FILE`] ?? '') !== '',
  );
  if (isNamed) return work(readMigrationConfig(env));
  const embedded = await openEmbeddedDatabase(resolve(dataDirectoryOf(env)));
  try {
    await work(readMigrationConfig({ ...env, ...embedded.auth }));
  } finally {
    await embedded.stop();
  }
}

/** What a person at a terminal reads when a command could not do its work. */
export function sayAndFail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
