import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { isRunning, runApart, until } from './test/left-behind.js';
import { createTestDatabase, startTestPostgres } from './test-postgres.js';

jest.setTimeout(120_000); // fifty databases at once on a machine that is busy

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

describe('a real database per test', () => {
  it('refuses the owner of one database at the door of another', async () => {
    const [mine, theirs] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    const trespass = new URL(mine.url);
    trespass.pathname = new URL(theirs.url).pathname;
    await expect(connected(trespass.href, (client) => client.query('SELECT 1'))).rejects.toMatchObject({
      code: '42501',
    });
    await Promise.all([mine.drop(), theirs.drop()]);
  });

  it('gives an empty database to an ordinary owner, and drops it though a session is open', async () => {
    const database = await createTestDatabase();
    await connected(database.url, async (client) => {
      await client.query('CREATE SCHEMA notes');
      const { rows } = await client.query<{ rolsuper: boolean }>(
        'SELECT rolsuper FROM pg_roles WHERE rolname = current_user',
      );
      expect(rows).toEqual([{ rolsuper: false }]);
      await database.drop();
      await database.drop();
      await expect(client.query('SELECT 1')).rejects.toThrow();
    });
  });

  it('makes 50 at once', async () => {
    const databases = await Promise.all(Array.from({ length: 50 }, createTestDatabase));
    expect(new Set(databases.map(({ url }) => new URL(url).pathname)).size).toBe(50);
    await Promise.all(databases.map((database) => database.drop()));
  });

  it('refuses connections after a kill, and comes back with its data on the same port', async () => {
    const server = await startTestPostgres();
    await connected(server.url, (client) => client.query('CREATE TABLE kept ()'));
    await server.kill();
    await expect(connected(server.url, (client) => client.query('SELECT 1'))).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    await server.restart();
    await connected(server.url, (client) => client.query('SELECT FROM kept'));
    await server.stop();
    expect(isRunning(server.pid)).toBe(false);
  });

  it('leaves neither server nor data when a test process is killed with SIGKILL', async () => {
    const owner = await runApart(
      `const database = await testbed.createTestDatabase();
       const pg = (await import(${JSON.stringify(import.meta.resolve('pg'))})).default;
       const client = new pg.Client({ connectionString: database.superuserUrl });
       await client.connect();
       const { rows } = await client.query("SELECT current_setting('data_directory') AS folder, pid FROM (SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int AS pid) AS lock");
       say(rows[0]);`,
    );
    const { folder, pid } = Object(owner.said()) as { folder: string; pid: number };
    expect(isRunning(pid)).toBe(true);
    await owner.stop('SIGKILL');
    await until(() => !isRunning(pid) && !existsSync(dirname(folder)));
  });
});
