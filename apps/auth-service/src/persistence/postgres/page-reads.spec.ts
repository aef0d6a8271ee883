import { PostgresAuditReader } from './audit-reader.js';
import { PostgresClientStore } from './client-store.js';
import type { Database } from './database.js';
import { PostgresGrantRecords } from './grant-records.js';
import { Revoking } from './revoking.js';
import { PostgresSessionRecords } from './session-records.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { OverheardDatabase, rowsReadBy } from './testing/plans.js';
import { PostgresUserRegistry } from './user-registry.js';

/** Between them what is cheapest by PostgreSQL's reckoning changes. */
const SIZES = [2000, 20_000];
const LIMIT = 50;
/** Of one table: a row may ask the same one twice, and one more is read to know whether there is a next page. */
const MOST = 2 * (LIMIT + 1);

const AT = `timestamptz '2026-01-01T00:00:00Z' + n * interval '1 second'`;
const TABLES = 'auth.clients, auth.client_secrets, auth.users, auth.login_sessions, auth.grants, auth.audit_events';
const hex = (n: string): string => `md5((${n})::text)`;

/** Each row has an owner of its own, and each owner has a row. */
async function fill({ database }: OpenTestDatabase, count: number): Promise<void> {
  const N = `generate_series(1, ${count}) n`;
  const statements = [
    ...TABLES.split(', ').map((table) => `ALTER TABLE ${table} SET (autovacuum_enabled = off)`),
    `INSERT INTO auth.clients (client_id, client_name, application_type, redirect_uris, grant_types, allowed_scope,
       token_endpoint_auth_method, require_pkce, id_token_signed_response_alg, created_at)
     SELECT ${hex('n')}, 'c', 'web', '{https://c.example/cb}', '{}', '{}', 'client_secret_basic', true, 'RS256', ${AT} FROM ${N}`,
    `INSERT INTO auth.client_secrets (id, client_id, place, digest)
     SELECT gen_random_uuid(), ${hex('n')}, 1, repeat('0', 64) FROM ${N}`,
    `INSERT INTO auth.users (sub, username, normalized_username, password_hash, created_at)
     SELECT ${hex('n')}::uuid, 'p' || n, 'p' || n, 'h', ${AT} FROM ${N}`,
    `INSERT INTO auth.login_sessions (sid, cookie_digest, sub, auth_time, amr, expires_at, gen_iss, gen_sub)
     SELECT ${hex('n')}::uuid, lpad(to_hex(n), 64, '0'), ${hex('n')}::uuid, ${AT}, '{pwd}', now() + interval '1 day', 0, 0 FROM ${N}`,
    `INSERT INTO auth.grants (grant_id, client_id, sub, token_sub, scope, auth_time, amr, sid, ends_with_session, gen_iss,
       gen_cli, gen_sub, created_at, expires_at, code_digest)
     SELECT ${hex('n')}::uuid, ${hex('n')}, ${hex('n')}::uuid, 's', '{openid}', ${AT}, '{pwd}', ${hex('n')}::uuid, true, 0,
       0, 0, ${AT}, now() + interval '1 day', lpad(to_hex(n), 64, '0') FROM ${N}`,
    `INSERT INTO auth.audit_events (at, actor, kind, target, outcome)
     SELECT ${AT}, 'a' || n % 20, 'b.c', 'd', 'done' FROM ${N}`,
  ];
  for (const statement of statements) await database.run(statement);
}

const NOBODY = '00000000-0000-0000-0000-000000000000';
const atRow = (n: number): number => Date.UTC(2026, 0, 1) + n * 1000;

/** @param place the instant after which the page begins */
type List = (database: Database, place?: number) => Promise<{ readonly items: readonly unknown[] }>;

/** `after` is left out of the first page. */
const pageOf = <Position>(place: number | undefined, after: (at: number) => Position) => ({
  limit: LIMIT,
  ...(place === undefined ? {} : { after: after(place) }),
});

/** What is on their rows and on others' is asked for row by row: that must not depend on what PostgreSQL has counted. */
const ASKING_OTHERS: Readonly<Record<string, List>> = {
  clients: (database, place) =>
    new PostgresClientStore(database).list(pageOf(place, (createdAt) => ({ createdAt, clientId: '' }))),
  sessions: (database, place) =>
    new PostgresSessionRecords(new Revoking(database, () => undefined)).list(
      pageOf(place, (authTime) => ({ authTime, sid: NOBODY })),
    ),
  grants: (database, place) =>
    new PostgresGrantRecords(new Revoking(database, () => undefined)).list(
      pageOf(place, (createdAt) => ({ createdAt, grantId: NOBODY })),
    ),
};

const OF_ONE_TABLE: Readonly<Record<string, List>> = {
  users: (database, place) =>
    new PostgresUserRegistry(database).list(pageOf(place, (createdAt) => ({ createdAt, sub: NOBODY }))),
  'users by name': (database, place) =>
    new PostgresUserRegistry(database).search({ prefix: 'p', ...pageOf(place, () => 'p10') }),
  'audit events': (database, place) =>
    new PostgresAuditReader(database).list({ filter: {}, ...pageOf(place, (at) => ({ at, id: '1' })) }),
};

describe.each(SIZES)('A5 a page of fifty, of %s', (count) => {
  let test: OpenTestDatabase;
  beforeAll(async () => {
    test = await openTestDatabase(2);
    await fill(test, count);
  });
  afterAll(() => test.close());

  describe.each([
    { counted: 'nothing yet', lists: ASKING_OTHERS },
    { counted: 'everything', lists: { ...ASKING_OTHERS, ...OF_ONE_TABLE } },
  ])('of which PostgreSQL has counted $counted', ({ counted, lists }) => {
    beforeAll(async () => {
      if (counted === 'everything') await test.database.run(`ANALYZE ${TABLES}`);
    });

    it.each(
      Object.entries(lists).flatMap(([name, list]) => [
        { name, list, page: 'the first', place: undefined },
        { name, list, page: 'one in the middle', place: atRow(count / 2) },
      ]),
    )('reads what stands on it: $name, $page', async ({ list, place }) => {
      const overheard = new OverheardDatabase(test.database.source);
      expect((await list(overheard, place)).items).toHaveLength(LIMIT);
      expect(overheard.heard).toHaveLength(1);
      for (const { sql, parameters } of overheard.heard) {
        const read = await rowsReadBy(test.database, sql, parameters);
        expect(Object.entries(read).filter(([, rows]) => rows > MOST)).toEqual([]);
      }
    });
  });
});
