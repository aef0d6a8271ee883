import { Unavailable } from '@latchkey/protocol';
import { startTestPostgres } from '@latchkey/testbed';
import { openDatabase } from './data-source.js';
import type { Database } from './database.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

describe('DESIGN §3 a broken world is 503: PostgreSQL', () => {
  let test: OpenTestDatabase;
  let database: Database;
  beforeAll(async () => {
    test = await openTestDatabase(2);
    database = await openDatabase({ url: test.url, poolSize: 2, statementTimeoutMs: 300, connectTimeoutMs: 300 });
    await test.database.run('CREATE TABLE auth.scratch (n integer PRIMARY KEY)');
  });
  afterAll(async () => {
    await database.close();
    await test.close();
  });
  beforeEach(async () => {
    await test.database.run('TRUNCATE auth.scratch');
  });

  const rows = async (): Promise<number> => (await test.database.run('SELECT 1 FROM auth.scratch')).rows.length;

  it('is Unavailable when a statement takes too long', async () => {
    await expect(database.run('SELECT pg_sleep(5)')).rejects.toBeInstanceOf(Unavailable);
    expect((await database.run('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('is Unavailable when no connection is free in time', async () => {
    const ends: (() => void)[] = [];
    const hold = (): Promise<void> => database.transaction(() => new Promise<void>((resolve) => ends.push(resolve)));
    const held = [hold(), hold()];
    await expect(database.run('SELECT 1')).rejects.toBeInstanceOf(Unavailable);
    for (const end of ends) end();
    await Promise.all(held);
  });

  it('is Unavailable when PostgreSQL is made read-only', async () => {
    await expect(
      database.transaction(async (statements) => {
        await statements.run('SET TRANSACTION READ ONLY');
        await statements.run('INSERT INTO auth.scratch VALUES (1)');
      }),
    ).rejects.toBeInstanceOf(Unavailable);
    expect(await rows()).toBe(0);
  });

  it('is Unavailable when the session is ended by an administrator, and the next statement has another', async () => {
    const killed = database.transaction(async (statements) => {
      await statements.run('INSERT INTO auth.scratch VALUES (1)');
      await statements.run('SELECT pg_terminate_backend(pg_backend_pid())');
    });
    await expect(killed).rejects.toBeInstanceOf(Unavailable);
    await database.run('INSERT INTO auth.scratch VALUES (2)');
    expect(await rows()).toBe(1);
  });

  it('is not Unavailable when a statement is wrong, or a key is taken', async () => {
    await expect(database.run('SELECT nonsense')).rejects.toMatchObject({ code: '42703' });
    await database.run('INSERT INTO auth.scratch VALUES (1)');
    await expect(database.run('INSERT INTO auth.scratch VALUES (1)')).rejects.toMatchObject({ code: '23505' });
  });

  it('leaves nothing of a transaction whose work rejects', async () => {
    const failing = database.transaction(async (statements) => {
      await statements.run('INSERT INTO auth.scratch VALUES (1)');
      throw new Error('a bug');
    });
    await expect(failing).rejects.toThrow(/^a bug$/);
    expect(await rows()).toBe(0);
  });

  it('never hands on a connection whose transaction timed out', async () => {
    for (let n = 0; n < 4; n += 1) {
      const late = database.transaction(async (statements) => {
        await statements.run('INSERT INTO auth.scratch VALUES (1)');
        await statements.run('SELECT pg_sleep(5)');
      });
      await expect(late).rejects.toBeInstanceOf(Unavailable);
    }
    await database.run('INSERT INTO auth.scratch VALUES (2)');
    expect(await rows()).toBe(1);
  });

  it('does not open when there is no PostgreSQL', async () => {
    await expect(openDatabase({ url: 'postgres://nobody@127.0.0.1:1/nothing', poolSize: 1 })).rejects.toThrow();
  });
});

describe('DESIGN §3 a PostgreSQL that is paused or gone', () => {
  it('is Unavailable within the time limit while it is stopped, and serves again afterwards', async () => {
    const server = await startTestPostgres();
    try {
      const options = { poolSize: 2, statementTimeoutMs: 300, connectTimeoutMs: 300 };
      const database = await openDatabase({ url: server.url, ...options });
      await database.run('CREATE TABLE auth.scratch (n integer PRIMARY KEY)');
      const { rows } = await database.run<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE application_name = 'latchkey-auth'`,
      );
      const insert = (n: number): Promise<unknown> =>
        database.transaction(async (statements) => {
          await statements.run('INSERT INTO auth.scratch VALUES ($1)', [n]);
        });
      for (const { pid } of rows) process.kill(pid, 'SIGSTOP');
      const results = await Promise.allSettled(Array.from({ length: rows.length }, (_, n) => insert(n)));
      for (const { pid } of rows) process.kill(pid, 'SIGCONT');
      for (const result of results) {
        expect(result).toMatchObject({ status: 'rejected', reason: { name: 'Unavailable' } });
      }
      await insert(100);
      expect((await database.run('SELECT n FROM auth.scratch WHERE n = 100')).rows).toHaveLength(1);

      await server.stop();
      await expect(database.run('SELECT 1')).rejects.toBeInstanceOf(Unavailable);
      await database.close();
    } finally {
      await server.stop();
    }
  });
});
