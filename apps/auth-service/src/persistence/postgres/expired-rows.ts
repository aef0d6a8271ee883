/**
 * Owns which rows are expired and their removal, in small batches so that nobody waits for it. Does not own the timing
 * (jobs). A revocation stays until its `expires_at`; that of a key has none and stays for ever.
 */
import type { Database } from './database.js';
import { NEXT_REVISION } from './key-row.js';
import { TOKEN_LIFE } from './revocation-row.js';

/** Rows removed by one statement. */
const BATCH = 500;

export interface Swept {
  readonly grants: number;
  readonly sessions: number;
  readonly revocations: number;
  readonly keys: number;
}

/** SKIP LOCKED: two instances that sweep at once share the work. */
const deletion = (table: string, id: string, expired: string): string =>
  `DELETE FROM auth.${table} WHERE ${id} IN (
     SELECT ${id} FROM auth.${table} WHERE ${expired} LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`;

const SWEEPS: Readonly<Record<Exclude<keyof Swept, 'keys'>, string>> = {
  // A grant stays until the last access token that it can have given has expired.
  grants: deletion('grants', 'grant_id', `expires_at < clock_timestamp() - (${TOKEN_LIFE})`),
  sessions: deletion('login_sessions', 'sid', `expires_at < clock_timestamp() - (${TOKEN_LIFE})`),
  revocations: deletion('revocations', 'id', 'expires_at < clock_timestamp()'),
};

/**
 * The public half of a dropped key is kept for `id_token_hint`, as long as a login session may last; a killed key stays, so
 * that an operator finds it and its kid is never given again.
 */
const DROPPED_KEYS = `state = 'dropped' AND algorithm <> 'HS256'
  AND dropped_at < clock_timestamp() - (SELECT make_interval(secs => longest_session_seconds) FROM auth.issuer_state)
  AND NOT EXISTS (SELECT FROM auth.revocations r WHERE r.kind = 'key' AND r.value = kid)`;

export class ExpiredRows {
  constructor(private readonly database: Database) {}

  /** Removes whatever is expired. @throws Unavailable; what was removed before stays removed. */
  async sweep(): Promise<Swept> {
    return {
      grants: await this.#all(SWEEPS.grants),
      sessions: await this.#all(SWEEPS.sessions),
      revocations: await this.#all(SWEEPS.revocations),
      keys: await this.#keys(),
    };
  }

  /** They are few, and change by compare and swap alone: whoever had read them before has read something else. */
  async #keys(): Promise<number> {
    return this.database.transaction(async (statements) => {
      const { affected } = await statements.run(
        `UPDATE auth.key_revision SET ${NEXT_REVISION} WHERE EXISTS (SELECT FROM auth.keys WHERE ${DROPPED_KEYS})`,
      );
      if (affected === 0) return 0;
      return (await statements.run(`DELETE FROM auth.keys WHERE ${DROPPED_KEYS}`)).affected;
    });
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
