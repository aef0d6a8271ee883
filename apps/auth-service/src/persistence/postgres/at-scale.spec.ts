import { Revoking } from './revoking.js';
import type { Database } from './database.js';
import { PostgresGrantRecords } from './grant-records.js';
import { pairwiseSubsOf, personSpokenOfAs } from './pairwise-subs.js';
import { PostgresSessionRecords } from './session-records.js';
import { SWEEPS } from './sweeps.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { preparedTexts } from './prepared.js';
import { genericPlanOf, OverheardDatabase, planOf } from './testing/plans.js';
// All that say of a statement that it is kept.
import './stores.js';

const MANY = 200_000;
/** A few have a great deal of their own: no filter alone makes a list short. */
const OWNERS = 20;

let test: OpenTestDatabase;
beforeAll(async () => {
  test = await openTestDatabase(4);
  await fill(test);
}, 300_000);
afterAll(() => test.close());

const id = (prefix: string, n: string): string => `('${prefix}' || lpad(to_hex(${n}), 31, '0'))`;
const ofOne = { sub: `a${'0'.repeat(30)}1`, clientId: `c${'0'.repeat(30)}1` };

async function fill({ database }: OpenTestDatabase): Promise<void> {
  const [owner, few] = [`n % ${OWNERS}`, 20_000];
  const many = (from: number): readonly string[] => [
    `INSERT INTO auth.login_sessions (sid, cookie_digest, sub, auth_time, amr, expires_at, ended_at, gen_iss, gen_sub)
     SELECT ${id('b', 'n')}::uuid, lpad(to_hex(n), 64, '0'), ${id('a', owner)}::uuid, now() - n * interval '1 second',
       '{pwd}', now() + interval '12 hours', CASE WHEN n % 100 = 0 THEN now() END, 0, 0
     FROM generate_series(${from} + 1, ${from} + ${few}) n`,
    `INSERT INTO auth.grants (grant_id, client_id, sub, token_sub, scope, auth_time, amr, sid, ends_with_session, gen_iss,
       gen_cli, gen_sub, created_at, expires_at, code_digest, revoked_at)
     SELECT ${id('d', 'n')}::uuid, ${id('c', `n / ${OWNERS} % ${OWNERS}`)}, ${id('a', owner)}::uuid, ${id('a', owner)}::uuid::text,
       '{openid}', now(), '{pwd}', ${id('b', 'n')}::uuid, true, 0, 0, 0, now() - n * interval '1 second',
       now() + interval '30 days', lpad(to_hex(n), 64, '0'), CASE WHEN n % 100 = 0 THEN now() END
     FROM generate_series(${from} + 1, ${from} + ${few}) n`,
  ];
  const statements = [
    ...Array.from({ length: MANY / few }, (_, n) => many(n * few)).flat(),
    `INSERT INTO auth.clients (client_id, client_name, application_type, redirect_uris, grant_types, allowed_scope,
       token_endpoint_auth_method, require_pkce, id_token_signed_response_alg, enabled, deleted_at)
     SELECT ${id('c', 'n')}, 'c', 'web', '{}', '{}', '{}', 'none', true, 'RS256', n % 1000 > 0,
       CASE WHEN n % 1000 = 0 THEN now() END FROM generate_series(0, ${few}) n`,
    `INSERT INTO auth.client_secrets (id, client_id, place, digest)
     SELECT gen_random_uuid(), ${id('c', 'n')}, 1, repeat('0', 64) FROM generate_series(0, ${few}) n`,
    `INSERT INTO auth.users (sub, username, normalized_username, password_hash, enabled, deleted_at)
     SELECT ${id('a', 'n')}::uuid, name, name, name, name IS NOT NULL, CASE WHEN name IS NULL THEN now() END
     FROM (SELECT n, CASE WHEN n % 1000 > 0 THEN 'p' || n END AS name FROM generate_series(0, ${few}) n) t`,
    `INSERT INTO auth.consents (sub, client_id, scope)
     SELECT ${id('a', 'n')}::uuid, ${id('c', 'n')}, '{openid}' FROM generate_series(0, ${few}) n`,
    `INSERT INTO auth.revocations (id, kind, value, cause, actor, expires_at)
     SELECT gen_random_uuid(), 'token', n::text, 'spec', 'spec', now() + interval '1 minute'
     FROM generate_series(0, ${few}) n`,
    `INSERT INTO auth.idempotency_keys (client_id, method, path, key_digest, body_mac, location)
     SELECT ${id('c', 'n')}, 'POST', '/x', repeat('a', 64), repeat('b', 64), '/x/1' FROM generate_series(0, ${few}) n`,
    `INSERT INTO auth.logout_deliveries (id, sid, client_id, token_sub, next_try_at)
     SELECT gen_random_uuid(), gen_random_uuid(), ${id('c', 'n')}, 's', now() + interval '1 hour' FROM generate_series(0, ${few}) n`,
    'ANALYZE auth.clients, auth.client_secrets, auth.users, auth.login_sessions, auth.grants, auth.consents',
    'ANALYZE auth.revocations, auth.idempotency_keys, auth.logout_deliveries',
  ];
  // None longer than a busy machine may take for one.
  for (const statement of statements) await database.run(statement);
}

/** The issuer's state is one row. */
const without = (tables: readonly string[]): readonly string[] => tables.filter((table) => table !== 'issuer_state');

describe('A5 a list reads the page, whatever it is filtered by', () => {
  const after = { at: Date.now() - 50_000_000, id: `d${'0'.repeat(30)}1` };
  const uuid = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const [sub, clientId] = [uuid(ofOne.sub), ofOne.clientId];

  it.each([
    ['nothing', {}, 'grants_order'],
    ['a person', { sub }, 'grants_sub_order'],
    ['a client', { clientId }, 'grants_client_order'],
    ['both', { sub, clientId }, 'grants_pair_order'],
  ])('grants by %s, the first page and one in the middle', async (_by, filter, index) => {
    const overheard = new OverheardDatabase(test.database.source);
    const records = new PostgresGrantRecords(new Revoking(overheard, () => undefined));
    const place = { createdAt: after.at, grantId: uuid(after.id) };
    for (const page of [{}, { after: place }]) {
      const { items, next } = await records.list({ limit: 50, ...filter, ...page });
      expect([items.length, next === undefined]).toEqual([50, false]);
    }
    expect(overheard.heard).toHaveLength(2);
    for (const { sql, parameters } of overheard.heard) {
      const { indexes, wholeTables, sorts } = await planOf(test.database, sql, parameters);
      expect(indexes).toContain(index);
      expect({ whole: without(wholeTables), sorts }).toEqual({ whole: [], sorts: false });
    }
  });

  it.each([
    ['nothing', {}, 'login_sessions_order'],
    ['a person', { sub }, 'login_sessions_sub'],
  ])('sessions by %s, the first page and one in the middle', async (_by, filter, index) => {
    const overheard = new OverheardDatabase(test.database.source);
    const records = new PostgresSessionRecords(new Revoking(overheard, () => undefined));
    const place = { authTime: after.at, sid: uuid(after.id) };
    for (const page of [{}, { after: place }]) {
      const { items, next } = await records.list({ limit: 50, ...filter, ...page });
      expect([items.length, next === undefined]).toEqual([50, false]);
    }
    for (const { sql, parameters } of overheard.heard) {
      const { indexes, wholeTables, sorts } = await planOf(test.database, sql, parameters);
      expect(indexes).toContain(index);
      expect({ whole: without(wholeTables), sorts }).toEqual({ whole: [], sorts: false });
    }
  });
});

describe('V3 whoever revokes a person reads what that person alone is called, however many grants they have', () => {
  it.each([
    ['whose it is', (database: Database) => personSpokenOfAs(database, 'a pairwise one'), 'grants_pairwise'],
    [
      'which there are',
      (database: Database) => pairwiseSubsOf(database, 'a0000000-0000-0000-0000-000000000001'),
      'grants_pairwise_of',
    ],
  ])('%s', async (_what, ask, index) => {
    const overheard = new OverheardDatabase(test.database.source);
    await ask(overheard);
    expect(overheard.heard).toHaveLength(1);
    for (const { sql, parameters } of overheard.heard) {
      expect((await planOf(test.database, sql, parameters)).indexes).toEqual([index]);
    }
  });
});

/** Of one row, or read whole on purpose. */
const SMALL = ['issuer_state', 'revocation_epoch', 'key_revision', 'apis', 'api_scopes'];

describe('DESIGN §3 a statement that PostgreSQL keeps reads no whole table, whatever it is planned for', () => {
  it.each(preparedTexts().map((sql) => [sql.replace(/\s+/g, ' ').slice(0, 60), sql]))('%s …', async (_title, sql) => {
    const { wholeTables } = await genericPlanOf(test.database, sql);
    expect(wholeTables.filter((table) => !SMALL.includes(table))).toEqual([]);
  });
});

describe('A10 a sweep reads what it removes, and not the whole table', () => {
  it.each(Object.entries(SWEEPS))('%s', async (_sweep, sql) => {
    const { wholeTables, sorts } = await planOf(test.database, sql, [500]);
    expect({ whole: without(wholeTables), sorts }).toEqual({ whole: [], sorts: false });
  });
});
