/**
 * Owns that the longest lifetimes are written down before anything lives so long (revocation.md V2): as long as that a revocation is kept.
 * Does not own a lifetime.
 */
import type { RevocationPublisher } from '@latchkey/tokens';
import type { Logger } from 'pino';
import { causeOf } from './jobs/service-jobs.js';
import type { PostgresIssuerState } from './persistence/postgres/issuer-state-store.js';

export interface LongestLifetimesParts {
  readonly issuerState: Pick<PostgresIssuerState, 'noteLifetimes'>;
  readonly publisher: Pick<RevocationPublisher, 'round'>;
  readonly log: Logger;
}

export class LongestLifetimes {
  constructor(private readonly parts: LongestLifetimesParts) {}

  /** Guards hear of it before the first token has it. Without Redis they hear nothing. Seconds. @throws Unavailable */
  async raiseAccess(seconds: number): Promise<void> {
    const { issuerState, publisher, log } = this.parts;
    await issuerState.noteLifetimes({ accessToken: seconds });
    await publisher.round().catch((error: unknown) => {
      log.warn({ cause: causeOf(error) }, 'the revocation feed is not there');
    });
  }

  /** Seconds. @throws Unavailable */
  raiseRefresh(seconds: number): Promise<void> {
    return this.parts.issuerState.noteLifetimes({ refresh: seconds });
  }
}
