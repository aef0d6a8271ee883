/**
 * Owns the log lines of faults behind the pages. A class of its own so that Nest can pass it on. Does not own the log.
 */
import type { Unavailable } from '@latchkey/protocol';
import type { Logger } from 'pino';

export class FaultLog {
  constructor(private readonly log: Logger) {}

  unavailable(error: Unavailable): void {
    const cause = error.cause instanceof Error ? error.cause.message : undefined;
    this.log.error({ what: error.what, cause }, 'answered a person with 503');
  }

  bug(error: unknown): void {
    this.log.error({ err: error }, 'answered a person with 500');
  }
}
