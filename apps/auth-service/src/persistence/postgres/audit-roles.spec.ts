import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@latchkey/testbed';
import pg from 'pg';
import { erasePersonal } from './audit-personal.js';
import { PostgresAuditReader } from './audit-reader.js';
import { AuditSealer } from './audit-sealer.js';
import { appendAudit } from './audit-store.js';
import { PostgresAuditTrail } from './audit-trail.js';
import { PostgresAuditVerifier } from './audit-verifier.js';
import { openDatabase } from './data-source.js';
import type { Database } from './database.js';
import { servesAsOwner } from './tables-owner.js';
import { AUDIT_EVENTS } from './testing/audit-columns.js';
import { PATIENT } from './testing/patient.js';

const ROLE = `service_${randomBytes(6).toString('hex')}`;
const ADA = randomUUID();
const macKeys = [randomBytes(32)] as const;
/** Keeps the server of this process alive until the role, which outlives its database, is gone. */
let anchor: TestDatabase;
let test: TestDatabase;
/** As MIGRATION_DATABASE_URL and DATABASE_URL have it. */
let serving: Database;

const asSuperuser = async (url: string, ...statements: readonly string[]): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
};

beforeAll(async () => {
  anchor = await createTestDatabase();
  test = await createTestDatabase();
  const url = new URL(test.url);
  await asSuperuser(
    test.superuserUrl,
    `CREATE ROLE ${ROLE} LOGIN PASSWORD 'word'`,
    `GRANT CONNECT ON DATABASE ${url.pathname.slice(1)} TO ${ROLE}`,
  );
  [url.username, url.password] = [ROLE, 'word'];
  serving = await openDatabase({ url: url.href, migrationUrl: test.url, poolSize: 4, ...PATIENT });
  await appendAudit(serving, {
    ...{ actor: ADA, kind: 'user.changed', target: ADA, outcome: 'done', address: '192.0.2.1' },
    ...{ personal: { email: 'ada@example' }, about: ADA, detail: { x: 1 } },
  });
  await new AuditSealer({ database: serving, macKeys, onSealed: () => undefined }).round();
});
afterAll(async () => {
  await serving.close();
  await test.drop();
  await asSuperuser(anchor.superuserUrl, `DROP ROLE ${ROLE}`);
  await anchor.drop();
});

describe('DESIGN §2 one role for everything is a warning', () => {
  it('is told of the owner and of a superuser, and of no role that only serves', async () => {
    expect(await servesAsOwner(serving)).toBe(false);
    for (const url of [test.url, test.superuserUrl]) {
      const database = await openDatabase({ url, poolSize: 1, ...PATIENT });
      expect(await servesAsOwner(database)).toBe(true);
      await database.close();
    }
  });
});

const TABLES = ['audit_events', 'audit_personal', 'audit_seals'] as const;
const verify = () => new PostgresAuditVerifier({ database: serving, macKeys }).verify({});

describe('A11 the serving role may not', () => {
  const CHANGES = [
    `UPDATE auth.audit_events SET actor = 'somebody'`,
    'UPDATE auth.audit_events SET id = DEFAULT',
    'DELETE FROM auth.audit_events',
    `UPDATE auth.audit_personal SET data = '"192.0.2.9"'`,
    'UPDATE auth.audit_seals SET number = number + 1',
    'DELETE FROM auth.audit_seals',
    'SELECT * FROM auth.audit_events FOR UPDATE',
    // Which place an event has, and when it was.
    `INSERT INTO auth.audit_events (id, actor, kind, target, outcome) OVERRIDING SYSTEM VALUE VALUES (0, 'a', 'b.c', 'd', 'done')`,
    `INSERT INTO auth.audit_events (at, actor, kind, target, outcome) VALUES ('2020-01-01', 'a', 'b.c', 'd', 'done')`,
    `INSERT INTO auth.audit_seals VALUES (1, 0, 0, now(), '', '') ON CONFLICT (number) DO UPDATE SET head = ''`,
    `SELECT setval('auth.audit_events_id_seq', 9000000000000000000)`,
    `SELECT nextval('auth.audit_events_id_seq')`,
    // It would hold up the sealing.
    'LOCK TABLE auth.audit_events IN SHARE MODE',
    'LOCK TABLE auth.audit_seals IN ACCESS EXCLUSIVE MODE',
  ];
  const ON_EACH = TABLES.flatMap((table) => [
    `TRUNCATE auth.${table}`,
    `DROP TABLE auth.${table}`,
    `ALTER TABLE auth.${table} DISABLE TRIGGER ALL`,
    `ALTER TABLE auth.${table} OWNER TO CURRENT_USER`,
    `ALTER TABLE auth.${table} RENAME TO another`,
    `ALTER TABLE auth.${table} ADD COLUMN x text`,
    `ALTER TABLE auth.${table} ENABLE ROW LEVEL SECURITY`,
    `CREATE RULE nothing AS ON INSERT TO auth.${table} DO INSTEAD NOTHING`,
    `CREATE TRIGGER nothing BEFORE INSERT ON auth.${table} EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
    `CREATE INDEX ON auth.${table} ((1))`,
  ]);
  const AROUND_IT = [
    'DROP SCHEMA auth CASCADE',
    'ALTER SCHEMA auth OWNER TO CURRENT_USER',
    'CREATE TABLE auth.audit_events_2 ()',
    `CREATE FUNCTION auth.f() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
    'SET session_replication_role = replica',
  ];

  it.each([...CHANGES, ...ON_EACH, ...AROUND_IT])('%s', async (statement) => {
    const doing = serving.transaction((statements) => statements.run(statement));
    await expect(doing).rejects.toMatchObject({ code: '42501' });
  });

  it.each(TABLES)('give itself more on %s', async (table) => {
    // GRANT without the right to grant is a warning, and nothing.
    await serving.run(`GRANT ALL ON auth.${table} TO ${ROLE}`).catch(() => undefined);
    const { rows } = await serving.run<{ readonly can: boolean }>(
      `SELECT has_table_privilege('auth.${table}', 'UPDATE, TRUNCATE, REFERENCES, TRIGGER')
         OR has_any_column_privilege('auth.${table}', 'UPDATE') AS can`,
    );
    expect(rows).toEqual([{ can: false }]);
  });

  it('own anything, nor be whoever does', async () => {
    const { rows } = await serving.run(
      `SELECT relname FROM pg_class WHERE relnamespace = 'auth'::regnamespace AND pg_has_role(relowner, 'MEMBER')`,
    );
    expect(rows).toEqual([]);
  });

  it('and after all of that nothing has changed', async () => {
    expect(await verify()).toMatchObject({ broken: null, events: 1 });
  });
});

describe('A11 the serving role may', () => {
  it('write, seal, list, verify and erase: all that this service does', async () => {
    await new PostgresAuditTrail(serving).refused({
      ...{ actor: 'guesser', kind: 'user.changed', target: ADA, outcome: 'refused', address: '192.0.2.2' },
    });
    await new AuditSealer({ database: serving, macKeys, onSealed: () => undefined }).round();
    await erasePersonal(serving, ADA);
    const reader = new PostgresAuditReader(serving);
    expect((await reader.list({ limit: 10, filter: { target: ADA } })).items).toMatchObject([
      { actor: 'guesser', outcome: 'refused', address: '192.0.2.2', sealed: true },
      { actor: ADA, address: null, personal: null, sealed: true },
    ]);
    expect(await reader.backlog()).toEqual({ events: 0, oldestAgeSeconds: 0 });
    expect(await verify()).toMatchObject({ broken: null, events: 2 });
    expect((await serving.run(`SELECT 1 FROM ${AUDIT_EVENTS} WHERE personal IS NOT NULL`)).rows).toEqual([]);
  });

  it('write a seal that is none, which is found, and on which nothing is put', async () => {
    await serving.run(`INSERT INTO auth.audit_seals SELECT number + 1, up_to, 0, now(), digest, head
      FROM auth.audit_seals ORDER BY number DESC LIMIT 1`);
    expect((await verify()).broken).toMatchObject({ seal: 3 });
  });
});
