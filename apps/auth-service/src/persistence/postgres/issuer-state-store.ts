/** Owns the answer to the issuer's generation. Does not own raising it (revocation-ledger). */
import type { IssuerState } from '@latchkey/protocol';
import type { Database } from './database.js';

export class PostgresIssuerState implements IssuerState {
  constructor(private readonly database: Database) {}

  /** @throws Unavailable */
  async generation(): Promise<number> {
    const { rows } = await this.database.run<{ generation: number }>('SELECT generation FROM auth.issuer_state');
    const generation = rows[0]?.generation;
    if (generation === undefined)
      throw new Error('The issuer has no state: the schema was not made by our migrations.');
    return generation;
  }

  /** Raises the high-water mark by which revocations are kept; never lowers it. To be called before such a token is signed. @throws Unavailable */
  async noteTokenLifetime(seconds: number): Promise<void> {
    await this.database.run(
      'UPDATE auth.issuer_state SET longest_token_lifetime_seconds = $1 WHERE longest_token_lifetime_seconds < $1',
      [seconds],
    );
  }
}
