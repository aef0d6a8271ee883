/**
 * Owns the life of a service's process: started, told to end by a signal, exit code. Does not own the service.
 */
import { ConfigurationError } from './settings-reader.js';

/**
 * Runs until SIGTERM or SIGINT; exits 0 when everything was let go. A start that fails exits 1 with a sentence on standard
 * error: the words alone where they are meant for an operator, the stack where they are not.
 */
export async function runUntilSignal(start: () => Promise<{ close(): Promise<void> }>): Promise<void> {
  try {
    const service = await start();
    const stop = (): void => {
      service.close().then(
        () => process.exit(0),
        (error: unknown) => {
          fail(error);
        },
      );
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  } catch (error) {
    fail(error);
  }
}

function fail(error: unknown): never {
  process.stderr.write(`${wordsOf(error)}\n`);
  process.exit(1);
}

function wordsOf(error: unknown): string {
  if (error instanceof ConfigurationError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : 'could not start';
}
