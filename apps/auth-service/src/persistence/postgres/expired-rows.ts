/**
 * Owns the removing of expired rows, in small batches so that nobody waits for it, and no more of each in one round than is
 * bounded: the next round goes on where this one stopped. Does not own which rows are expired (sweeps) nor the timing (jobs).
 */
import type { Database } from './database.js';
import { NEXT_REVISION } from './key-row.js';
import { SWEEPS, type Sweep } from './sweeps.js';

/** How many rows went, by the reason for which they went. */
export type Swept = Readonly<Record<Sweep | 'keys', number>>;

export interface ExpiredRowsOptions {
  /** Rows removed by one statement. Default 500. */
  readonly batch?: number;
  /** Statements of each sweep in one round. Default 100. */
  readonly batches?: number;
}

/**
 * The public half of a dropped key is kept for `id_token_hint`, as long as a login session may last; a killed key stays, so
 * that an operator finds it and its kid is never given again.
 */
const DROPPED_KEYS = `state = 'dropped' AND algorithm <> 'HS256'
  AND dropped_at < clock_timestamp() - (SELECT make_interval(secs => longest_session_seconds) FROM auth.issuer_state)
  AND NOT EXISTS (SELECT FROM auth.revocations r WHERE r.kind = 'key' AND r.value = kid)`;

export class ExpiredRows {
  readonly #batch: number;
  readonly #batches: number;

  constructor(
    private readonly database: Database,
    { batch = 500, batches = 100 }: ExpiredRowsOptions = {},
  ) {
    this.#batch = batch;
    this.#batches = batches;
  }

  /**
   * One round. A sweep that fails keeps no other from its work.
   * @throws whatever the first that failed has thrown (Unavailable), after all; what was removed stays removed
   */
  async sweep(): Promise<Swept> {
    const failed: unknown[] = [];
    const count = async (remove: () => Promise<number>): Promise<number> => {
      try {
        return await remove();
      } catch (error) {
        failed.push(error);
        return 0;
      }
    };
    const all = (sweep: Sweep) => count(() => this.#all(SWEEPS[sweep]));
    const swept: Swept = {
      expiredGrants: await all('expiredGrants'),
      revokedGrants: await all('revokedGrants'),
      expiredSessions: await all('expiredSessions'),
      endedSessions: await all('endedSessions'),
      revocations: await all('revocations'),
      logoutDeliveries: await all('logoutDeliveries'),
      idempotencyKeys: await all('idempotencyKeys'),
      grantsOfClients: await all('grantsOfClients'),
      consentsOfClients: await all('consentsOfClients'),
      secretsOfClients: await all('secretsOfClients'),
      grantsOfPeople: await all('grantsOfPeople'),
      sessionsOfPeople: await all('sessionsOfPeople'),
      consentsOfPeople: await all('consentsOfPeople'),
      clients: await all('clients'),
      people: await all('people'),
      keys: await count(() => this.#keys()),
    };
    if (failed.length > 0) throw failed[0];
    return swept;
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

  /** A batch that is not full is no end: a chain of sessions goes link by link. */
  async #all(sweep: string): Promise<number> {
    let removed = 0;
    for (let statement = 0; statement < this.#batches; statement += 1) {
      const { affected } = await this.database.run(sweep, [this.#batch]);
      if (affected === 0) break;
      removed += affected;
    }
    return removed;
  }
}
