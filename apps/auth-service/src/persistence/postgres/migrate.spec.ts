import { randomBytes } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@latchkey/testbed';
import pg from 'pg';
import { openDatabase } from './data-source.js';
import { SchemaBehind } from './migrate.js';
import { PATIENT } from './testing/patient.js';

/** Keeps the server of this process alive from test to test: roles outlive databases. */
let anchor: TestDatabase;
let test: TestDatabase;
const services: string[] = [];
beforeAll(async () => {
  anchor = await createTestDatabase();
});
afterAll(() => anchor.drop());
beforeEach(async () => {
  test = await createTestDatabase();
});
afterEach(async () => {
  await test.drop();
  for (const name of services.splice(0)) await asSuperuser(anchor.superuserUrl, `DROP ROLE ${name}`);
});

const asSuperuser = async (url: string, ...statements: readonly string[]): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
};

const GENERATION = 'SELECT generation FROM auth.issuer_state';

/** A role that may connect, and nothing more. */
const aServiceRole = async (): Promise<string> => {
  const name = `service_${randomBytes(6).toString('hex')}`;
  const url = new URL(test.url);
  const database = url.pathname.slice(1);
  await asSuperuser(
    test.superuserUrl,
    `CREATE ROLE ${name} LOGIN PASSWORD 'word'`,
    `GRANT CONNECT ON DATABASE ${database} TO ${name}`,
  );
  services.push(name);
  url.username = name;
  url.password = 'word';
  return url.href;
};

describe('DESIGN §2 migrations run by themselves', () => {
  it('refuses with a sentence that helps when the schema is behind and the role may not change it', async () => {
    const url = await aServiceRole();
    const opening = openDatabase({ url, poolSize: 1, ...PATIENT });
    await expect(opening).rejects.toBeInstanceOf(SchemaBehind);
    await expect(opening).rejects.toThrow(/MIGRATION_DATABASE_URL/);
  });

  it('lets ten instances start at once on an empty database', async () => {
    const generations: { readonly generation: number }[] = [];
    const databases = await Promise.all(
      Array.from({ length: 10 }, () => openDatabase({ url: test.url, poolSize: 1, ...PATIENT })),
    );
    for (const database of databases) {
      const { rows } = await database.run<{ name: string }>('SELECT name FROM auth.migrations');
      expect(rows).toEqual([{ name: 'FirstTables1764000000000' }]);
      generations.push(...(await database.run<{ generation: number }>(GENERATION)).rows);
      await database.close();
    }
    expect(new Set(generations.map(({ generation }) => generation)).size).toBe(1);
  });

  it("V1 begins to count the issuer's generations by the clock: above what a database before it, on the same Redis, has counted", async () => {
    const seconds = (): number => Math.floor((Date.now() - Date.UTC(2026, 0, 1)) / 1000);
    const earliest = seconds();
    const database = await openDatabase({ url: test.url, poolSize: 1, ...PATIENT });
    const [first] = (await database.run<{ generation: number }>(GENERATION)).rows;
    await database.close();
    expect(first?.generation).toBeGreaterThanOrEqual(earliest);
    expect(first?.generation).toBeLessThanOrEqual(seconds());
  });

  it('migrates as the owner, and then needs the owner no more (A11)', async () => {
    const url = await aServiceRole();
    const first = await openDatabase({ url, migrationUrl: test.url, poolSize: 1, ...PATIENT });
    await first.close();
    const second = await openDatabase({ url, poolSize: 1, ...PATIENT });
    expect((await second.run('SELECT * FROM auth.users')).rows).toEqual([]);
    await second.close();
    // Nor is an owner asked for that does not answer.
    const third = await openDatabase({
      url,
      migrationUrl: 'postgres://nobody@127.0.0.1:1/nothing',
      poolSize: 1,
      ...PATIENT,
    });
    await third.close();
  });

  it('gives rights to a serving role that came later', async () => {
    await (await openDatabase({ url: test.url, poolSize: 1, ...PATIENT })).close();
    const url = await aServiceRole();
    await expect(openDatabase({ url, poolSize: 1, ...PATIENT })).rejects.toBeInstanceOf(SchemaBehind);
    const database = await openDatabase({ url, migrationUrl: test.url, poolSize: 1, ...PATIENT });
    expect((await database.run('SELECT * FROM auth.users')).rows).toEqual([]);
    await database.close();
  });

  it('lets the serving role write and read audit events, never change or remove them (A11)', async () => {
    const url = await aServiceRole();
    const database = await openDatabase({ url, migrationUrl: test.url, poolSize: 1, ...PATIENT });
    await database.run(`INSERT INTO auth.audit_events (actor, kind, target, outcome) VALUES ('a', 'b', 'c', 'done')`);
    expect((await database.run('SELECT * FROM auth.audit_events')).rows).toHaveLength(1);
    await expect(database.run(`UPDATE auth.audit_events SET actor = 'b'`)).rejects.toMatchObject({ code: '42501' });
    await expect(database.run('DELETE FROM auth.audit_events')).rejects.toMatchObject({ code: '42501' });
    await expect(database.run('TRUNCATE auth.audit_events')).rejects.toMatchObject({ code: '42501' });
    await expect(database.run('DELETE FROM auth.migrations')).rejects.toMatchObject({ code: '42501' });
    await expect(database.run('CREATE TABLE auth.mine ()')).rejects.toMatchObject({ code: '42501' });
    await database.close();
  });

  it('shapes every table as the entities say', async () => {
    const database = await openDatabase({ url: test.url, poolSize: 2, ...PATIENT });
    const { rows } = await database.run<{ column: string }>(
      `SELECT table_name || '.' || column_name || CASE is_nullable WHEN 'YES' THEN '?' ELSE '' END AS column
       FROM information_schema.columns WHERE table_schema = 'auth' AND table_name <> 'migrations' ORDER BY 1`,
    );
    const said = database.source.entityMetadatas.flatMap((table) =>
      table.columns.map((column) => `${table.tableName}.${column.databaseName}${column.isNullable ? '?' : ''}`),
    );
    expect(rows.map(({ column }) => column).sort()).toEqual(said.sort());
    // And each can be read through its entity.
    for (const { target } of database.source.entityMetadatas) await database.source.getRepository(target).find();
    await database.close();
  });
});
