/** Owns an instrument for specs: a database of which it is remembered what was asked. Does not own any answer: each is the real one. */
import { type Answer, Database } from '../database.js';

export class WatchedDatabase extends Database {
  readonly asked: (readonly [sql: string, parameters: readonly unknown[]])[] = [];

  override async run<Row = Record<string, unknown>>(
    sql: string,
    parameters: readonly unknown[] = [],
  ): Promise<Answer<Row>> {
    this.asked.push([sql, parameters]);
    return super.run<Row>(sql, parameters);
  }

  /** How often something was asked about it: an id or a digest, among the parameters. */
  timesAskedAbout(word: string): number {
    return this.asked.filter(([, parameters]) => JSON.stringify(parameters).includes(word)).length;
  }
}
