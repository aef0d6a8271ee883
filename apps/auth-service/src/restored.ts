/** Owns the one-shot declaration that this database was read back from a dump (admin-api.md A12), for the image. */
import { createLog } from '@latchkey/process';
import { ConfigurationError, readMigrationConfig } from './config.js';
import { declareRestored } from './restoring.js';

try {
  const config = readMigrationConfig();
  await declareRestored(config);
  createLog('auth-service', config.logLevel).info('restored: whatever was issued before is revoked');
} catch (error) {
  const words = error instanceof ConfigurationError || error instanceof Error ? error.message : 'could not restore';
  process.stderr.write(`${words}\n`);
  process.exitCode = 1;
}
