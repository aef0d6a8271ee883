/**
 * Owns how a statement and a transaction are run: on a connection of the pool, every failure named by broken-world, and a
 * connection that failed in the middle never handed to anybody else. Does not own any statement.
 */
import pg from 'pg';
import type { DataSource, EntitySchema, ObjectLiteral, QueryRunner, Repository } from 'typeorm';
import { Unavailable } from '@latchkey/protocol';
import { asUnavailable, connectionFailure } from './broken-world.js';

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
  constructor(readonly source: DataSource) {}

  /** One statement, one transaction. @throws Unavailable */
  async run<Row = Record<string, unknown>>(sql: string, parameters: readonly unknown[] = []): Promise<Answer<Row>> {
    return this.#onConnection((statements) => statements.run<Row>(sql, parameters));
  }

  /**
   * Commits when `work` resolves, rolls back when it rejects. What it resolved with is committed. READ COMMITTED.
   * @throws Unavailable; after it a commit may or may not have happened.
   */
  async transaction<Result>(work: (statements: Statements) => Promise<Result>): Promise<Result> {
    return this.#onConnection(async (statements) => {
      await statements.run('BEGIN');
      let result: Result;
      try {
        result = await work(statements);
      } catch (error) {
        if (!(error instanceof Unavailable)) await statements.run('ROLLBACK');
        throw error;
      }
      await statements.run('COMMIT');
      return result;
    });
  }

  /** A read through an entity. @throws Unavailable */
  async read<Row extends ObjectLiteral, Result>(
    table: EntitySchema<Row>,
    query: (repository: Repository<Row>) => Promise<Result>,
  ): Promise<Result> {
    return this.#onConnection(async (_statements, runner) => {
      try {
        return await query(runner.manager.getRepository(table));
      } catch (error) {
        throw asUnavailable(error);
      }
    });
  }

  async close(): Promise<void> {
    await this.source.destroy();
  }

  async #onConnection<Result>(work: (statements: Statements, runner: QueryRunner) => Promise<Result>): Promise<Result> {
    const runner = this.source.createQueryRunner('master');
    const statements: Statements = {
      run: async <Row>(sql: string, parameters: readonly unknown[] = []): Promise<Answer<Row>> => {
        try {
          const { records, affected } = await runner.query(sql, [...parameters], true);
          // The one place where rows get their type: the select list beside the call says it.
          return { rows: records as readonly Row[], affected: affected ?? 0 };
        } catch (error) {
          throw asUnavailable(error);
        }
      },
    };
    let connection: unknown;
    try {
      connection = await runner.connect();
    } catch (error) {
      await runner.release();
      throw connectionFailure(error);
    }
    try {
      return await work(statements, runner);
    } catch (error) {
      // After a time-out the connection may still hold an open transaction: it is closed, never handed on.
      if (error instanceof Unavailable && connection instanceof pg.Client) void connection.end().catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
    }
  }
}
