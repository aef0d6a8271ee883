/** Owns the one read that tells which origins enabled public clients have. Does not own how long that is remembered. */
import type { BrowserOrigins } from '@latchkey/protocol';
import type { Statements } from './database.js';

export class PostgresBrowserOrigins implements BrowserOrigins {
  constructor(private readonly database: Statements) {}

  /** A deleted client is never enabled. @throws Unavailable */
  async registeredAmong(origins: readonly string[]): Promise<ReadonlySet<string>> {
    const { rows } = await this.database.run<{ origin: string }>(
      // For many origins PostgreSQL would read the whole table, and compare each row with each of them: so it does not see
      // how many they are.
      `WITH found AS MATERIALIZED (
         SELECT browser_origins FROM auth.clients WHERE browser_origins && (SELECT $1::text[]) AND enabled)
       SELECT DISTINCT origin FROM found, unnest(browser_origins) AS origin WHERE origin = ANY ($1::text[])`,
      [origins],
    );
    return new Set(rows.map(({ origin }) => origin));
  }
}
