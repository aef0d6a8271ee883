/**
 * Owns how a statement and a transaction are run: on a connection of the pool, every failure named by broken-world, and a
 * connection that failed in the middle never handed to anybody else. Does not own any statement.
 */
import pg from 'pg';
import type { DataSource, EntitySchema, ObjectLiteral, Repository } from 'typeorm';
import { asUnavailable, driverFailure, isBroken, StillHeld } from './broken-world.js';
import { Connection } from './connection.js';
import { HeldLocks } from './held-locks.js';

export interface Answer<Row> {
  readonly rows: readonly Row[];
  /** Rows inserted, changed or removed. */
  readonly affected: number;
}

/** Runs one parameterised statement. `Row` is what the statement's own select list says. */
export interface Statements {
  run<Row = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<Answer<Row>>;
}

export class Database implements Statements {
  readonly #working = new Set<Connection>();
  #pool: pg.Pool | undefined;
  #locks: HeldLocks | undefined;

  constructor(readonly source: DataSource) {}

  /** How long a free connection is waited for, and whatever else must be free before a statement can begin. */
  get patienceMs(): number {
    const { options } = this.source;
    if (options.type === 'postgres' && options.connectTimeoutMS !== undefined) return options.connectTimeoutMS;
    throw new Error('Nothing says how long a connection is waited for.');
  }

  /** One statement, one transaction. @throws Unavailable */
  async run<Row = Record<string, unknown>>(sql: string, parameters: readonly unknown[] = []): Promise<Answer<Row>> {
    const connection = await this.#connection();
    try {
      return await connection.runAlone<Row>(sql, parameters);
    } catch (error) {
      if (!(error instanceof StillHeld)) throw error;
    } finally {
      this.#letGo(connection);
    }
    return this.#whenLetGo((statements) => statements.run<Row>(sql, parameters));
  }

  /**
   * Commits when `work` resolves, rolls back when it rejects. What it resolved with is committed. READ COMMITTED.
   * @param work begins anew, in a new transaction, when somebody else held what it needed: outside of this one it changes nothing
   * @throws Unavailable; after it a commit may or may not have happened.
   */
  async transaction<Result>(work: (statements: Statements) => Promise<Result>): Promise<Result> {
    try {
      return await this.#once(work);
    } catch (error) {
      if (!(error instanceof StillHeld)) throw error;
      return this.#whenLetGo(work);
    }
  }

  /** A read through an entity. @throws Unavailable */
  async read<Row extends ObjectLiteral, Result>(
    table: EntitySchema<Row>,
    query: (repository: Repository<Row>) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await this.#readOnce(table, query);
    } catch (error) {
      if (!(error instanceof StillHeld)) throw error;
      // No row holds up a reader; a migration of its table does.
      return this.#heldLocks().whenLetGo(() => this.#readOnce(table, query));
    }
  }

  /** Whoever still works hears Unavailable. */
  async close(): Promise<void> {
    for (const connection of this.#working) {
      connection.spoil();
      this.#letGo(connection);
    }
    await this.source.destroy();
  }

  #whenLetGo<Result>(work: (statements: Statements) => Promise<Result>): Promise<Result> {
    return this.#heldLocks().whenLetGo((first) =>
      this.#once(async (statements) => {
        if (first !== undefined) await statements.run(first);
        return work(statements);
      }),
    );
  }

  #heldLocks(): HeldLocks {
    this.#pool ??= poolOf(this.source);
    this.#locks ??= new HeldLocks(Math.max(1, Math.floor(this.#pool.options.max / 4)), this.patienceMs);
    return this.#locks;
  }

  async #once<Result>(work: (statements: Statements) => Promise<Result>): Promise<Result> {
    const connection = await this.#connection();
    try {
      await connection.frame('BEGIN');
      let result: Result;
      try {
        result = await work(connection);
      } catch (error) {
        // Whatever is unavailable, how far this has come is no use to anybody.
        if (isBroken(error)) connection.spoil();
        else await connection.frame('ROLLBACK');
        throw error;
      }
      await connection.frame('COMMIT');
      return result;
    } finally {
      this.#letGo(connection);
    }
  }

  async #readOnce<Row extends ObjectLiteral, Result>(
    table: EntitySchema<Row>,
    query: (repository: Repository<Row>) => Promise<Result>,
  ): Promise<Result> {
    const runner = this.source.createQueryRunner('master');
    let connection: unknown;
    try {
      connection = await runner.connect();
    } catch (error) {
      await runner.release();
      throw driverFailure(error);
    }
    try {
      return await query(runner.manager.getRepository(table));
    } catch (error) {
      const failure = asUnavailable(error);
      if (isBroken(failure) && connection instanceof pg.Client) void connection.end().catch(() => undefined);
      throw failure;
    } finally {
      await runner.release();
    }
  }

  async #connection(): Promise<Connection> {
    this.#pool ??= poolOf(this.source);
    const connection = await Connection.of(this.#pool);
    this.#working.add(connection);
    return connection;
  }

  #letGo(connection: Connection): void {
    this.#working.delete(connection);
    connection.release();
  }
}

/**
 * The driver's own pool, without TypeORM's query runner before it: that cost more than the statement. TypeORM opens it with all
 * settings, and closes it; its type says nothing of it.
 */
function poolOf(source: DataSource): pg.Pool {
  const pool: unknown = Reflect.get(source.driver, 'master');
  if (pool instanceof pg.Pool) return pool;
  throw new Error('TypeORM keeps the pool of PostgreSQL somewhere else now.');
}
