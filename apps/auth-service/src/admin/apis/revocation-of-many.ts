/** Owns how many revocations one answer waits for. Does not own the waiting (when-in-force). */
import type { ReceiptDesk, RevocationEntry } from '@latchkey/tokens';
import { revocationOf, type RevocationOutcome } from '../revocations/revocation-of.js';

/** An instance remembers as many publications of its own; beyond them each would be a question to PostgreSQL. */
const MOST_WAITED = 4000;

/** Of more than these nobody waits, and nothing is claimed: the first says that they stand and are on their way. */
export const revocationOfMany = (
  desk: Pick<ReceiptDesk, 'wait' | 'onTheWire'>,
  entries: readonly RevocationEntry[],
  waitSeconds: number | undefined,
): Promise<{ readonly revocation: RevocationOutcome | null; readonly waitedSeconds?: number }> =>
  entries.length > MOST_WAITED
    ? revocationOf(desk, entries.slice(0, 1), undefined)
    : revocationOf(desk, entries, waitSeconds);
