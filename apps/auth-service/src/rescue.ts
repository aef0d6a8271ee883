/** Owns the one-shot rescue for the image: the new admin client goes to standard output, and nowhere else. */
import { ConfigurationError, readMigrationConfig } from './config.js';
import { rescue } from './rescuing.js';

try {
  process.stdout.write(`${JSON.stringify(await rescue(readMigrationConfig()), null, 2)}\n`);
} catch (error) {
  const words = error instanceof ConfigurationError || error instanceof Error ? error.message : 'could not rescue';
  process.stderr.write(`${words}\n`);
  process.exitCode = 1;
}
