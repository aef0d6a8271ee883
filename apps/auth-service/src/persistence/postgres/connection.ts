/**
 * Owns one connection of the pool while somebody works on it: the statements on it, every failure named by broken-world, and
 * whether it may be handed on. Does not own the pool, nor transactions (database).
 */
import type pg from 'pg';
import { driverFailure, failureOfWaiting, isBroken, sqlStateOf } from './broken-world.js';
import type { Answer, Statements } from './database.js';
import { LONGEST_LOCK_WAIT_MS } from './held-locks.js';
import { FORGOTTEN_STATES, preparedName } from './prepared.js';

/** Those that have a listener of ours. */
const WATCHED = new WeakSet<pg.PoolClient>();

export class Connection implements Statements {
  #fit = true;
  #released = false;

  private constructor(
    private readonly client: pg.PoolClient,
    private readonly limits: pg.PoolOptions,
  ) {}

  /** Waits for a free one. @throws Unavailable */
  static of(pool: pg.Pool): Promise<Connection> {
    return new Promise((resolve, reject) => {
      pool.connect((error, client) => {
        if (client === undefined) {
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what broken-world makes of it, as it is
          reject(driverFailure(error));
          return;
        }
        // Without a listener it would be the end of the process. Whatever is asked of it next hears the failure, and the
        // pool takes none back that broke.
        if (!WATCHED.has(client)) client.on('error', () => undefined);
        WATCHED.add(client);
        resolve(new Connection(client, pool.options));
      });
    });
  }

  /** In a transaction; parsed and planned anew. @throws Unavailable */
  async run<Row = Record<string, unknown>>(sql: string, parameters: readonly unknown[] = []): Promise<Answer<Row>> {
    return answerOf(await this.#ask({ text: sql, values: [...parameters] }, true));
  }

  /**
   * What begins and ends one. A transaction in which a failure was swallowed is rolled back by its COMMIT, which is no failure to PostgreSQL.
   * @throws Unavailable; after COMMIT that it may or may not have happened, StillHeld that it has not
   */
  async frame(sql: 'BEGIN' | 'COMMIT' | 'ROLLBACK'): Promise<void> {
    const { command } = await this.#ask({ text: sql }, false);
    if (command !== sql) throw new Error(`PostgreSQL answered ${sql} with ${command}.`);
  }

  /** One statement outside of a transaction, as PostgreSQL keeps it (prepared). @throws Unavailable */
  async runAlone<Row>(sql: string, parameters: readonly unknown[]): Promise<Answer<Row>> {
    const [name, values] = [preparedName(sql), [...parameters]];
    // Without parameters it is not sent in steps, and is told as canceled also when it has committed.
    if (name === undefined) return answerOf(await this.#ask({ text: sql, values }, parameters.length > 0));
    try {
      return answerOf(await this.#ask({ name, text: sql, values }, true));
    } catch (error) {
      if (!FORGOTTEN_STATES.has(sqlStateOf(error))) throw error;
      // Nothing was done: PostgreSQL says so before it begins. This connection is the last that holds what is no use.
      this.#fit = false;
      return answerOf(await this.#ask({ text: sql, values }, parameters.length > 0));
    }
  }

  /** After a time-out it may still hold an open transaction: it is closed, never handed on. */
  spoil(): void {
    this.#fit = false;
  }

  /** Once; a second call does nothing. What is still asked of it hears that it was closed. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.client.release(!this.#fit);
  }

  /** @param uncommitted whether nothing of it is committed when PostgreSQL says that it was canceled */
  async #ask(query: pg.QueryConfig, uncommitted: boolean): Promise<pg.QueryResult> {
    const since = performance.now();
    try {
      return await this.client.query(query);
    } catch (error) {
      const named = uncommitted && this.#isEarly(since) ? failureOfWaiting(error) : driverFailure(error);
      if (isBroken(named)) this.#fit = false;
      throw named;
    }
  }

  /** So early that a lock may have been waited for, and little else was done: work that somebody ends is not to be begun anew. */
  #isEarly(since: number): boolean {
    const { lock_timeout: lockTimeoutMs, statement_timeout: statementTimeoutMs } = this.limits;
    if (lockTimeoutMs === undefined) return false;
    const longestMs = 2 * Math.max(lockTimeoutMs, LONGEST_LOCK_WAIT_MS);
    return performance.now() - since < Math.min(longestMs, Number(statementTimeoutMs));
  }
}

/** The one place where rows get their type: the select list beside the call says it. */
const answerOf = <Row>({ rows, rowCount }: pg.QueryResult): Answer<Row> => ({
  rows: rows as readonly Row[],
  affected: rowCount ?? 0,
});
