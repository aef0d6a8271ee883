import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestPostgres, type TestPostgres } from '@latchkey/testbed';
import { Client } from 'pg';
import { ageLog } from './aged-log.js';

/** As few as can be told from the one or two that a new database has by itself: each is 16 MB. */
const FILES = 8;

describe('the log of a PostgreSQL that has run for a while', () => {
  let postgres: TestPostgres;
  let client: Client;
  beforeAll(async () => {
    postgres = await startTestPostgres();
    client = new Client({ connectionString: postgres.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await postgres.stop();
  });

  /** Files that are there and not yet written to: their names are those that come next. */
  const ready = async (): Promise<number> => {
    const { rows } = await client.query<{ readonly n: number }>(
      `SELECT count(*)::integer AS n FROM pg_ls_waldir()
        WHERE name ~ '^[0-9A-F]{24}$' AND name > pg_walfile_name(pg_current_wal_lsn())`,
    );
    return rows[0]?.n ?? 0;
  };

  it('has files to use again', async () => {
    expect(await ready()).toBeLessThan(FILES / 2);
    await ageLog(postgres.url, FILES);
    expect(await ready()).toBeGreaterThan(FILES / 2);
    // A checkpoint more, as they come, takes none of them away.
    await client.query('CHECKPOINT');
    expect(await ready()).toBeGreaterThan(FILES / 2);
  });
});
