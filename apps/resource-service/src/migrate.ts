/** Owns the one-shot migration: makes the schema "notes" current and ends. */
import { readMigrationConfig } from './config.js';
import { createLog } from '@latchkey/process';
import { migrateSchema } from './persistence/migrate-schema.js';

try {
  const config = readMigrationConfig();
  await migrateSchema(config);
  createLog('resource-service', config.logLevel).info({}, 'the schema "notes" is current');
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : 'could not migrate'}\n`);
  process.exitCode = 1;
}
