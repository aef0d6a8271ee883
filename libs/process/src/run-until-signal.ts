/**
 * Owns the life of a service's process: started, told to end by a signal, exit code. Does not own the service.
 */
import { giveBackMemory } from './give-back-memory.js';
import { keepATick } from './keep-a-tick.js';
import { letGarbageGrowOld } from './let-garbage-grow-old.js';

/**
 * Runs until SIGTERM or SIGINT; exits 0 when everything was let go. A start that fails exits 1 with a sentence on standard
 * error, and the stack only of a bug: where a refusal comes from is for the log of whoever refuses, at debug level.
 */
export async function runUntilSignal(start: () => Promise<{ close(): Promise<void> }>): Promise<void> {
  letGarbageGrowOld();
  keepATick();
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
    // Without the memory that it might have given back it serves as well.
    giveBackMemory().catch(() => undefined);
  } catch (error) {
    fail(error);
  }
}

function fail(error: unknown): never {
  process.stderr.write(`${wordsOf(error)}\n`);
  process.exit(1);
}

const BUGS = [TypeError, RangeError, ReferenceError, SyntaxError];

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return 'could not start';
  if (BUGS.some((bug) => error instanceof bug)) return error.stack ?? error.message;
  // A host with several addresses that all refused: its own message is empty.
  const all: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  const words = all.map((each) => (each instanceof Error ? each.message : String(each)));
  return [error.message, ...words].filter((text) => text !== '').join('; ') || error.name;
}
