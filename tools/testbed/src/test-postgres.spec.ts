import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { isRunning, runApart, until } from './test/left-behind.js';
import { createTestDatabase, startTestPostgres } from './test-postgres.js';

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

  it('copies what was filled once, also for 20 at once, each with all rights on its own and none on another', async () => {
    let filled = 0;
    const template = {
      name: 'with_a_note',
      fill: (url: string) =>
        connected(url, async (client) => {
          filled += 1;
          await client.query('CREATE SCHEMA notes CREATE TABLE notes (text text)');
          await client.query("INSERT INTO notes.notes VALUES ('filled')");
        }),
    };
    const databases = await Promise.all(Array.from({ length: 20 }, () => createTestDatabase(template)));
    // A server of this spec alone is not worth a template.
    expect(filled).toBe(process.env['TEST_POSTGRES_URL'] === undefined ? 20 : 1);
    for (const [index, { url }] of databases.entries()) {
      await connected(url, async (client) => {
        await client.query('ALTER TABLE notes.notes ADD COLUMN n integer');
        await client.query("INSERT INTO notes.notes VALUES ('mine', $1)", [index]);
        const { rows } = await client.query('SELECT text, n FROM notes.notes ORDER BY text');
        expect(rows).toEqual([
          { text: 'filled', n: null },
          { text: 'mine', n: index },
        ]);
      });
    }
    const [mine, theirs] = databases;
    const trespass = new URL(mine?.url ?? '');
    trespass.pathname = new URL(theirs?.url ?? '').pathname;
    await expect(connected(trespass.href, (client) => client.query('SELECT 1'))).rejects.toMatchObject({
      code: '42501',
    });
    await Promise.all(databases.map((database) => database.drop()));
  });

  it('begins anew where a filling was cut off', async () => {
    const keep = await createTestDatabase();
    const broken = { name: 'cut_off', fill: () => Promise.reject(new Error('cut off')) };
    await expect(createTestDatabase(broken)).rejects.toThrow('cut off');
    const whole = {
      name: 'cut_off',
      fill: (url: string) =>
        connected(url, async (client) => {
          await client.query('CREATE SCHEMA whole');
        }),
    };
    const database = await createTestDatabase(whole);
    await connected(database.url, (client) => client.query('CREATE TABLE whole.here ()'));
    await Promise.all([keep.drop(), database.drop()]);
  });

  it('makes 50 at once', async () => {
    const databases = await Promise.all(Array.from({ length: 50 }, () => createTestDatabase()));
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

  it('comes back also while what worked for the killed server has not gone yet', async () => {
    const server = await startTestPostgres();
    const workers = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .map(Number);
    for (const pid of workers) process.kill(pid, 'SIGSTOP');
    await server.kill();
    setTimeout(() => {
      for (const pid of workers) process.kill(pid, 'SIGCONT');
    }, 500);
    await server.restart();
    await connected(server.url, (client) => client.query('SELECT 1'));
    await server.stop();
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
