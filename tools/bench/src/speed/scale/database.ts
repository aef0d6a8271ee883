/** Owns one connection to the database of an installation, for what no endpoint says or does. */
import pg from 'pg';
import type { Queries } from '../../admin/seeding.js';

export interface Database extends Queries {
  stop(): Promise<void>;
}

export async function openDatabase(url: string): Promise<Database> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    query: async (sql, values) => (await client.query<Record<string, unknown>>(sql, [...values])).rows,
    stop: () => client.end(),
  };
}
