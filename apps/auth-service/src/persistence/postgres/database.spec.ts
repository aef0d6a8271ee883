import { setTimeout as pause } from 'node:timers/promises';
import { Unavailable } from '@latchkey/protocol';
import { startTestPostgres } from '@latchkey/testbed';
import { until } from '@latchkey/tokens/testing';
import { openDatabase } from './data-source.js';
import type { Answer, Database } from './database.js';
import { UserTable } from './entities/people.js';
import { prepared } from './prepared.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { PATIENT } from './testing/patient.js';

/** The answer of what may be asked again. */
async function inTheEnd<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
    }
  }
}

describe('DESIGN §3 a broken world is 503: PostgreSQL', () => {
  let test: OpenTestDatabase;
  let database: Database;
  /** What lasts is over soon; what does not may be over as well, on a machine that is busy. */
  let hasty: Database;
  beforeAll(async () => {
    test = await openTestDatabase(2);
    database = await openDatabase({ url: test.url, poolSize: 2, ...PATIENT });
    hasty = await openDatabase({ url: test.url, poolSize: 2, ...PATIENT, statementTimeoutMs: 300 });
    await test.database.run('CREATE TABLE auth.scratch (n integer PRIMARY KEY)');
  });
  afterAll(async () => {
    await Promise.all([database.close(), hasty.close()]);
    await test.close();
  });
  beforeEach(async () => {
    await test.database.run('TRUNCATE auth.scratch');
  });

  const rows = async (): Promise<number> => (await test.database.run('SELECT 1 FROM auth.scratch')).rows.length;

  it('is Unavailable when a statement takes too long', async () => {
    await expect(hasty.run('SELECT pg_sleep(60)')).rejects.toBeInstanceOf(Unavailable);
    expect((await inTheEnd(() => hasty.run('SELECT 1 AS one'))).rows).toEqual([{ one: 1 }]);
  });

  it('is asked again when it was canceled before its time, as by a lock timeout of which PostgreSQL does not know any more', async () => {
    const waiter = await openDatabase({ url: test.url, poolSize: 1, ...PATIENT, statementTimeoutMs: 60_000 });
    const pidOf = async (): Promise<unknown> => (await waiter.run('SELECT pg_backend_pid() AS pid')).rows[0]?.['pid'];
    const pid = await pidOf();
    for (const ask of [
      () => waiter.run('INSERT INTO auth.scratch VALUES ($1)', [1]),
      () => waiter.transaction((statements) => statements.run('INSERT INTO auth.scratch VALUES (3)')),
    ]) {
      let answer: Promise<unknown> | undefined;
      await test.database.transaction(async (statements) => {
        await statements.run('LOCK TABLE auth.scratch');
        answer = ask();
        await until(async () => {
          const canceled = await statements.run<{ readonly canceled: boolean }>(
            'SELECT pg_cancel_backend($1) AS canceled FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = $2',
            [pid, 'Lock'],
          );
          return canceled.affected === 1;
        }, 'it waits, and is canceled');
        await pause(50);
      });
      expect(await answer).toMatchObject({ affected: 1 });
    }
    expect(await rows()).toBe(2);
    expect(await pidOf()).toBe(pid);
    await waiter.close();
  });

  it('is Unavailable, and not asked again, when it was canceled so late that somebody meant it', async () => {
    const sleeper = await openDatabase({ url: test.url, poolSize: 1, ...PATIENT, lockWaitMs: 100 });
    let begun = 0;
    const canceled = sleeper.transaction((statements) => {
      begun += 1;
      return statements.run('SELECT pg_sleep(60)');
    });
    // From the beginning: it may be told before whoever canceled it is.
    const told = expect(canceled).rejects.toMatchObject({ name: 'Unavailable', cause: { code: '57014' } });
    await until(async () => {
      const { affected } = await test.database.run(
        `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event = 'PgSleep' AND query_start < clock_timestamp() - interval '1 s'`,
      );
      return affected === 1;
    }, 'it sleeps, and is canceled');
    await told;
    await sleeper.close();
    expect(begun).toBe(1);
  });

  it('is Unavailable, and not asked again, when a commit is canceled: it may have happened', async () => {
    const sleeper = await openDatabase({ url: test.url, poolSize: 1, ...PATIENT, statementTimeoutMs: 20_000 });
    await test.database.run(
      `CREATE FUNCTION auth.sleep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$`,
    );
    await test.database.run(
      `CREATE CONSTRAINT TRIGGER sleeps AFTER INSERT ON auth.scratch DEFERRABLE INITIALLY DEFERRED
       FOR EACH ROW EXECUTE FUNCTION auth.sleep()`,
    );
    let begun = 0;
    const canceled = sleeper.transaction((statements) => {
      begun += 1;
      return statements.run('INSERT INTO auth.scratch VALUES (1)');
    });
    const settled = Promise.allSettled([canceled]);
    await until(async () => {
      const { affected } = await test.database.run(
        `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND query = 'COMMIT' AND wait_event = 'PgSleep'`,
      );
      return affected === 1;
    }, 'it commits, and is canceled');
    const [answer] = await settled;
    await test.database.run('DROP FUNCTION auth.sleep CASCADE');
    const next = await sleeper.run('SELECT 1 AS one');
    await sleeper.close();
    expect(answer).toMatchObject({ status: 'rejected', reason: { name: 'Unavailable', cause: { code: '57014' } } });
    expect([begun, await rows(), next.rows]).toEqual([1, 0, [{ one: 1 }]]);
  });

  it('is Unavailable when no connection is free in time', async () => {
    const small = await openDatabase({ url: test.url, poolSize: 2, ...PATIENT, connectTimeoutMs: 300 });
    const ends: (() => void)[] = [];
    const hold = (): Promise<void> =>
      inTheEnd(() => small.transaction(() => new Promise<void>((resolve) => ends.push(resolve))));
    const held = [hold(), hold()];
    await until(() => ends.length === 2, 'both are held');
    await expect(small.run('SELECT 1')).rejects.toBeInstanceOf(Unavailable);
    for (const end of ends) end();
    await Promise.all(held);
    await small.close();
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

  it('acknowledges no transaction in which a failure was swallowed: PostgreSQL keeps nothing of it, and calls that no failure', async () => {
    const swallowing = database.transaction(async (statements) => {
      await statements.run('INSERT INTO auth.scratch VALUES (1)');
      await statements.run('INSERT INTO auth.scratch VALUES (1)').catch(() => undefined);
    });
    await expect(swallowing).rejects.toThrow('PostgreSQL answered COMMIT with ROLLBACK.');
    expect(await rows()).toBe(0);
    expect((await database.run('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it.each([
    ['database', ''],
    ['URL', '-c work_mem=8MB -c default_transaction_isolation=serializable'],
  ])('looks at each row as it is, whatever the %s is set to', async (_, options) => {
    const ISOLATION = 'default_transaction_isolation';
    const [{ name } = { name: '' }] = (await test.database.run<{ name: string }>('SELECT current_database() AS name'))
      .rows;
    await test.database.run(`ALTER DATABASE "${name}" SET ${ISOLATION} = 'serializable'`);
    const url = new URL(test.url);
    if (options !== '') url.searchParams.set('options', options);
    const after = await openDatabase({ url: url.href, poolSize: 1, ...PATIENT });
    try {
      expect((await after.run(`SHOW ${ISOLATION}`)).rows).toEqual([{ [ISOLATION]: 'read committed' }]);
      expect((await after.run('SHOW jit')).rows).toEqual([{ jit: 'off' }]);
      expect((await after.run('SHOW work_mem')).rows).toEqual([{ work_mem: options === '' ? '4MB' : '8MB' }]);
    } finally {
      await after.close();
      await test.database.run(`ALTER DATABASE "${name}" RESET ${ISOLATION}`);
    }
  });

  it('never hands on a connection whose transaction timed out', async () => {
    for (let n = 0; n < 4; n += 1) {
      const late = hasty.transaction(async (statements) => {
        await statements.run('INSERT INTO auth.scratch VALUES (1)');
        await statements.run('SELECT pg_sleep(60)');
      });
      await expect(late).rejects.toBeInstanceOf(Unavailable);
    }
    await inTheEnd(() => hasty.run('INSERT INTO auth.scratch VALUES (2) ON CONFLICT DO NOTHING'));
    expect(await rows()).toBe(1);
  });

  it('is Unavailable when a session ends while nothing is asked of it, and the process goes on', async () => {
    const idle = database.transaction(async (statements) => {
      const { rows } = await statements.run<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await test.database.run('SELECT pg_terminate_backend($1, 10000)', [rows[0]?.pid]);
    });
    await expect(idle).rejects.toBeInstanceOf(Unavailable);
    expect((await database.run('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('is Unavailable to whoever still works when it is closed', async () => {
    const other = await openDatabase({ url: test.url, poolSize: 1, ...PATIENT });
    let end = (): void => undefined;
    const began = new Promise<void>((resolve) => {
      const working = other.transaction(async (statements) => {
        await statements.run('INSERT INTO auth.scratch VALUES (1)');
        const held = new Promise<void>((release) => (end = release));
        resolve();
        await held;
      });
      void expect(working).rejects.toBeInstanceOf(Unavailable);
    });
    await began;
    await other.close();
    end();
    expect(await rows()).toBe(0);
  });

  it('does not open when there is no PostgreSQL', async () => {
    await expect(openDatabase({ url: 'postgres://nobody@127.0.0.1:1/nothing', poolSize: 1 })).rejects.toThrow();
  });
});

describe('DESIGN §3 a lock that somebody else holds', () => {
  let test: OpenTestDatabase;
  let database: Database;
  beforeAll(async () => {
    test = await openTestDatabase();
    database = await openDatabase({ url: test.url, poolSize: 1, connectTimeoutMs: 60_000, statementTimeoutMs: 60_000 });
    await test.database.run('CREATE TABLE auth.scratch (n integer PRIMARY KEY, m integer NOT NULL DEFAULT 0)');
  });
  afterAll(async () => {
    await database.close();
    await test.close();
  });
  beforeEach(async () => {
    await test.database.run('TRUNCATE auth.scratch');
    await test.database.run('INSERT INTO auth.scratch VALUES (0), (1)');
  });

  const RAISE = 'UPDATE auth.scratch SET m = m + 1 WHERE n = 0 RETURNING m';
  const pid = async (): Promise<unknown> => (await database.run('SELECT pg_backend_pid() AS pid')).rows;
  const stands = async (): Promise<unknown> =>
    (await test.database.run('SELECT n, m FROM auth.scratch ORDER BY n')).rows;
  /** While it lasts, the row of 0 is held. */
  const holding = (work: () => Promise<void>): Promise<void> =>
    test.database.transaction(async (statements) => {
      await statements.run(RAISE);
      await work();
    });

  it('is waited for by a statement, which then is done once, while others have the connection', async () => {
    const before = await pid();
    let raised: Promise<Answer<Record<string, unknown>>> | undefined;
    await holding(async () => {
      raised = database.run(RAISE);
      for (let n = 0; n < 10; n += 1) await database.run('SELECT 1');
    });
    expect((await raised)?.rows).toEqual([{ m: 2 }]);
    expect(await pid()).toEqual(before);
  });

  it('is waited for by a transaction, which begins anew: nothing of what it did before stays', async () => {
    const before = await pid();
    let begun = 0;
    let raised: Promise<void> | undefined;
    await holding(async () => {
      raised = database.transaction(async (statements) => {
        begun += 1;
        await statements.run('INSERT INTO auth.scratch VALUES ($1)', [10 + begun]);
        await statements.run(RAISE);
      });
      await until(() => begun > 1, 'it has begun anew');
      expect(await stands()).toEqual([
        { n: 0, m: 0 },
        { n: 1, m: 0 },
      ]);
    });
    await raised;
    expect(await stands()).toEqual([
      { n: 0, m: 2 },
      { n: 1, m: 0 },
      { n: 10 + begun, m: 0 },
    ]);
    expect(await pid()).toEqual(before);
  });

  it('is waited for by a reader where it is that of a migration', async () => {
    let read: Promise<unknown> | undefined;
    await test.database.transaction(async (statements) => {
      await statements.run('LOCK TABLE auth.users IN ACCESS EXCLUSIVE MODE');
      read = database.read(UserTable, (users) => users.count());
      for (let n = 0; n < 10; n += 1) await database.run('SELECT 1');
    });
    expect(await read).toBe(0);
  });

  it('never makes two wait in a circle: both are done', async () => {
    const two = await openDatabase({
      url: test.url,
      poolSize: 2,
      connectTimeoutMs: 60_000,
      statementTimeoutMs: 60_000,
    });
    const both = ([first, second]: readonly number[]) =>
      two.transaction(async (statements) => {
        await statements.run('UPDATE auth.scratch SET m = m + 1 WHERE n = $1', [first]);
        await statements.run('UPDATE auth.scratch SET m = m + 1 WHERE n = $1', [second]);
      });
    await Promise.all(Array.from({ length: 50 }, (_, at) => both(at % 2 === 0 ? [0, 1] : [1, 0])));
    expect(await stands()).toEqual([
      { n: 0, m: 50 },
      { n: 1, m: 50 },
    ]);
    await two.close();
  });
});

const KEPT = prepared('SELECT m FROM auth.kept WHERE n = $1');

describe('DESIGN §3 a statement that PostgreSQL keeps', () => {
  let test: OpenTestDatabase;
  beforeAll(async () => {
    test = await openTestDatabase(1);
    await test.database.run('CREATE TABLE auth.kept (n integer PRIMARY KEY, m integer)');
    await test.database.run('INSERT INTO auth.kept VALUES (7, 8)');
  });
  afterAll(() => test.close());

  const keptTexts = async (): Promise<readonly unknown[]> =>
    (await test.database.run('SELECT statement FROM pg_prepared_statements')).rows;

  it('is parsed once for a connection, and no other statement is kept', async () => {
    for (let n = 0; n < 3; n += 1) expect((await test.database.run(KEPT, [7])).rows).toEqual([{ m: 8 }]);
    await test.database.run('SELECT n FROM auth.kept WHERE n > $1', [0]);
    expect(await keptTexts()).toEqual([{ statement: KEPT }]);
  });

  it('is answered all the same when PostgreSQL has forgotten it', async () => {
    await test.database.run(KEPT, [7]);
    await test.database.run('DEALLOCATE ALL');
    expect((await test.database.run(KEPT, [7])).rows).toEqual([{ m: 8 }]);
    expect((await test.database.run(KEPT, [7])).rows).toEqual([{ m: 8 }]);
    expect(await keptTexts()).toEqual([{ statement: KEPT }]);
  });

  it('is answered as the table is now when that has changed since, as by the migration of a newer instance', async () => {
    await test.database.run(KEPT, [7]);
    await test.database.run('ALTER TABLE auth.kept ALTER m TYPE text');
    expect((await test.database.run(KEPT, [7])).rows).toEqual([{ m: '8' }]);
    expect((await test.database.run(KEPT, [7])).rows).toEqual([{ m: '8' }]);
  });

  it('is planned in a transaction as any other: an error there would be the end of all that it has done', async () => {
    await test.database.run('DEALLOCATE ALL');
    await test.database.transaction((statements) => statements.run(KEPT, [7]));
    expect(await keptTexts()).toEqual([]);
  });
});

describe('DESIGN §3 a PostgreSQL that is paused or gone', () => {
  it('is Unavailable within the time limit while it is stopped, and serves again afterwards', async () => {
    const server = await startTestPostgres();
    try {
      const options = { poolSize: 2, ...PATIENT, statementTimeoutMs: 300 };
      const database = await openDatabase({ url: server.url, ...options });
      await inTheEnd(() => database.run('CREATE TABLE IF NOT EXISTS auth.scratch (n integer PRIMARY KEY)'));
      const { rows } = await inTheEnd(() =>
        database.run<{ pid: number }>(`SELECT pid FROM pg_stat_activity WHERE application_name = 'latchkey-auth'`),
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
      await inTheEnd(() => database.run('INSERT INTO auth.scratch VALUES (100) ON CONFLICT DO NOTHING'));
      const inserted = await inTheEnd(() => database.run('SELECT n FROM auth.scratch WHERE n = 100'));
      expect(inserted.rows).toHaveLength(1);

      await server.stop();
      await expect(database.run('SELECT 1')).rejects.toBeInstanceOf(Unavailable);
      await database.close();
    } finally {
      await server.stop();
    }
  });
});
