/**
 * Owns the answer to the issuer's generation, and how long what is issued may live. Does not own raising the generation
 * (generations), nor what is kept how long by the marks (expired-rows, revocation-row, the schedule of keys).
 */
import type { IssuerState } from '@latchkey/protocol';
import type { Database } from './database.js';
import { NEXT_REVISION } from './key-row.js';

/** Seconds, each the longest that is in force now; one that is left out changes nothing. */
export interface Lifetimes {
  readonly accessToken?: number;
  readonly idToken?: number;
  /** From the moment of the grant. */
  readonly refresh?: number;
  readonly session?: number;
}

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

  /**
   * Raises the high-water marks by which revocations, keys and the public halves for hints are kept; never lowers one. To be
   * called before anything that lives so long is issued. A mark is part of what the keys are planned by: raising one raises
   * their revision. @throws Unavailable
   */
  async noteLifetimes({ accessToken, idToken, refresh, session }: Lifetimes): Promise<void> {
    await this.database.run(
      `WITH raised AS (
         UPDATE auth.issuer_state SET
           longest_token_lifetime_seconds = greatest(longest_token_lifetime_seconds, $1),
           longest_id_token_lifetime_seconds = greatest(longest_id_token_lifetime_seconds, $2),
           longest_refresh_lifetime_seconds = greatest(longest_refresh_lifetime_seconds, $3),
           longest_session_seconds = greatest(longest_session_seconds, $4)
         WHERE longest_token_lifetime_seconds < $1::integer OR longest_id_token_lifetime_seconds < $2::integer
           OR longest_refresh_lifetime_seconds < $3::integer OR longest_session_seconds < $4::integer
         RETURNING 1)
       UPDATE auth.key_revision SET ${NEXT_REVISION} WHERE EXISTS (SELECT FROM raised)`,
      [accessToken ?? null, idToken ?? null, refresh ?? null, session ?? null],
    );
  }
}
