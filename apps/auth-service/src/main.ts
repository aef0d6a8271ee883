/** Owns the process of the auth-service: reads the configuration, starts, and ends gracefully on a signal. */
import { ConfigurationError, readConfig } from './config.js';
import { startAuthService } from './service.js';

try {
  const service = await startAuthService(readConfig());
  const stop = (): void => {
    void service.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  process.stderr.write(`${wordsOf(error)}\n`);
  process.exit(1);
}

function wordsOf(error: unknown): string {
  if (error instanceof ConfigurationError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : 'could not start';
}
