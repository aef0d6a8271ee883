/** Owns the one-shot migration: makes the schema "auth" current and ends. */
import { ConfigurationError, readMigrationConfig } from './config.js';
import { createLog } from '@latchkey/process';
import { openDatabase } from './persistence/postgres/data-source.js';

try {
  const config = readMigrationConfig();
  const database = await openDatabase({
    url: config.databaseUrl,
    migrationUrl: config.migrationDatabaseUrl,
    poolSize: 2,
  });
  await database.close();
  createLog('auth-service', config.logLevel).info('the schema "auth" is current');
} catch (error) {
  const words = error instanceof ConfigurationError || error instanceof Error ? error.message : 'could not migrate';
  process.stderr.write(`${words}\n`);
  process.exitCode = 1;
}
