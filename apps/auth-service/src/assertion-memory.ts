/**
 * Owns how far back the memory of used assertions reaches: to the beginning of the epoch of the wire (revocation.md V7), since what was used
 * stands in the same Redis. Does not own the epoch (tokens/revocation) nor what is refused (the protocol).
 */
import { type AssertionMemory, Unavailable } from '@latchkey/protocol';
import type { RevocationPublisher } from '@latchkey/tokens';
import type { PostgresRevocationLedger } from './persistence/postgres/revocation-ledger.js';

/** Asks Redis and PostgreSQL each time, those who come at once together: by what was heard before, a Redis that was just lost is not yet seen. */
export const assertionMemory = (
  publisher: Pick<RevocationPublisher, 'settle'>,
  ledger: Pick<PostgresRevocationLedger, 'epochBegan'>,
): AssertionMemory => ({
  reachesBackTo: async () => {
    await publisher.settle().catch((error: unknown) => {
      throw error instanceof Unavailable ? error : new Unavailable('the memory of used assertions', error);
    });
    return ledger.epochBegan();
  },
});
