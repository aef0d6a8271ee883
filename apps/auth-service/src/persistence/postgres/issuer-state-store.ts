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
}
