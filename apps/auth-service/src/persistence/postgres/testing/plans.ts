/** Owns how PostgreSQL would do a statement: by which index, and whether it sorts or reads a whole table. Does not own which it should. */
import type { Answer, Statements } from '../database.js';
import { Database } from '../database.js';

export interface Plan {
  /** Indexes that are scanned. */
  readonly indexes: readonly string[];
  /** Tables that are read from end to end. */
  readonly wholeTables: readonly string[];
  readonly sorts: boolean;
}

/** A database that remembers what was said to it, outside of transactions. */
export class OverheardDatabase extends Database {
  readonly heard: { readonly sql: string; readonly parameters: readonly unknown[] }[] = [];

  override async run<Row = Record<string, unknown>>(
    sql: string,
    parameters: readonly unknown[] = [],
  ): Promise<Answer<Row>> {
    this.heard.push({ sql, parameters });
    return super.run<Row>(sql, parameters);
  }
}

type Lines = readonly { readonly 'QUERY PLAN': string }[];

export const planOf = async (statements: Statements, sql: string, parameters: readonly unknown[]): Promise<Plan> =>
  planFrom((await statements.run<Lines[number]>(`EXPLAIN ${sql}`, parameters)).rows);

/** As it is planned once for whatever parameters will come, which is what PostgreSQL does with a statement that it keeps. */
export const genericPlanOf = (database: Database, sql: string): Promise<Plan> =>
  database.transaction(async (statements) => {
    const most = Math.max(0, ...[...sql.matchAll(/\$(\d+)/g)].map((match) => Number(match[1])));
    await statements.run('SET LOCAL plan_cache_mode = force_generic_plan');
    await statements.run(`PREPARE planned AS ${sql}`);
    const nothing = most === 0 ? '' : `(${Array.from({ length: most }, () => 'NULL').join(', ')})`;
    const { rows } = await statements.run<Lines[number]>(`EXPLAIN EXECUTE planned${nothing}`);
    await statements.run('DEALLOCATE planned');
    return planFrom(rows);
  });

const planFrom = (rows: Lines): Plan => {
  const text = rows.map((row) => row['QUERY PLAN']).join('\n');
  const all = (pattern: RegExp): readonly string[] => [
    ...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? '')),
  ];
  return {
    indexes: all(/(?:Index (?:Only )?Scan(?: Backward)? using|Bitmap Index Scan on) (\w+)/g),
    wholeTables: all(/Seq Scan on (\w+)/g),
    sorts: /\bSort\b/.test(text),
  };
};

interface Node {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly Node[];
}

const nodesOf = (node: Node): readonly Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

/** How many rows of each table it reads when it runs, those included that it reads in vain, and those that it reads again. */
export const rowsReadBy = async (
  statements: Statements,
  sql: string,
  parameters: readonly unknown[],
): Promise<Readonly<Record<string, number>>> => {
  const { rows } = await statements.run<{ readonly 'QUERY PLAN': readonly { readonly Plan: Node }[] }>(
    `EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`,
    parameters,
  );
  const read: Record<string, number> = {};
  for (const node of rows.flatMap((row) => row['QUERY PLAN']).flatMap(({ Plan }) => nodesOf(Plan))) {
    const table = node['Relation Name'];
    if (table === undefined) continue;
    const inVain = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
    read[table] = (read[table] ?? 0) + Math.round((node['Actual Rows'] + inVain) * node['Actual Loops']);
  }
  return read;
};
