/**
 * Owns which rows are expired and their removal, in small batches so that nobody waits for it. Does not own the timing
 * (jobs). A revocation stays until its `expires_at`; a key's has none and stays for ever.
 */
import type { Database } from './database.js';
import { TOKEN_LIFE } from './revocation-row.js';

/** Rows removed by one statement. */
const BATCH = 500;

export interface Swept {
  readonly grants: number;
  readonly sessions: number;
  readonly revocations: number;
}

/** SKIP LOCKED: two instances that sweep at once share the work. */
const deletion = (table: string, id: string, expired: string): string =>
  `DELETE FROM auth.${table} WHERE ${id} IN (
     SELECT ${id} FROM auth.${table} WHERE ${expired} LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`;

const SWEEPS: Readonly<Record<keyof Swept, string>> = {
  // A grant stays until the last access token that it can have given has expired.
  grants: deletion('grants', 'grant_id', `expires_at < clock_timestamp() - (${TOKEN_LIFE})`),
  sessions: deletion('login_sessions', 'sid', `expires_at < clock_timestamp() - (${TOKEN_LIFE})`),
  revocations: deletion('revocations', 'id', 'expires_at < clock_timestamp()'),
};

export class ExpiredRows {
  constructor(private readonly database: Database) {}

  /** Removes whatever is expired. @throws Unavailable; what was removed before stays removed. */
  async sweep(): Promise<Swept> {
    return {
      grants: await this.#all(SWEEPS.grants),
      sessions: await this.#all(SWEEPS.sessions),
      revocations: await this.#all(SWEEPS.revocations),
    };
  }

  async #all(sweep: string): Promise<number> {
    let removed = 0;
    for (;;) {
      const { affected } = await this.database.run(sweep);
      removed += affected;
      if (affected < BATCH) return removed;
    }
  }
}
