/**
 * Owns that whoever publishes hears of revocations when they are committed, and not before. Does not own what is done in
 * the transaction.
 */
import type { RevocationEntry } from '@latchkey/tokens';
import type { Ending } from './act.js';
import type { Database, Statements } from './database.js';

/**
 * Told after the commit, so that the publisher publishes at once; must not throw, and nobody waits for it.
 * `receipt`: the guards are asked to report that they have applied these.
 */
export type OnRevoked = (entries: readonly RevocationEntry[], receipt: boolean) => void;

export interface Revoked<Answer> {
  readonly answer: Answer;
  /** Written by this transaction. */
  readonly entries: readonly RevocationEntry[];
}

export class Revoking {
  constructor(
    readonly database: Database,
    private readonly onRevoked: OnRevoked,
  ) {}

  /** One transaction; nothing of it is half done. @throws Unavailable; after it a commit may or may not have happened. */
  async commit<Answer>(receipt: boolean, work: (statements: Statements) => Promise<Revoked<Answer>>): Promise<Answer> {
    const { answer, entries } = await this.database.transaction(work);
    if (entries.length > 0) this.onRevoked(entries, receipt);
    return answer;
  }

  /** The same for what ends, or had ended before. @throws Unavailable */
  async end(receipt: boolean, work: (statements: Statements) => Promise<Ending>): Promise<Ending> {
    return this.commit(receipt, async (statements) => {
      const answer = await work(statements);
      return { answer, entries: answer.outcome === 'ended' ? answer.revocations : [] };
    });
  }
}
