import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostgresConsentStore } from './consent-store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { WatchedDatabase } from './testing/watched-database.js';
import { PostgresUserRegistry } from './user-registry.js';

let test: OpenTestDatabase;
let watched: WatchedDatabase;
const SOMEBODY = '00000000-0000-4000-8000-000000000001';
beforeAll(async () => {
  test = await openTestDatabase(2);
  watched = new WatchedDatabase(test.database.source);
  await test.database.run(
    `INSERT INTO auth.users (sub, username, normalized_username, password_hash, created_at)
     SELECT md5(n::text)::uuid, 'user-' || n, 'user-' || n, 'stand-in', '2024-01-01'::timestamptz + n * interval '1 second'
     FROM generate_series(1, 200000) AS n`,
  );
  await test.database.run(
    `INSERT INTO auth.consents (sub, client_id, scope)
     SELECT CASE WHEN n % 4 = 0 THEN $1 ELSE md5(n::text)::uuid END, md5(n::text), '{}' FROM generate_series(1, 200000) AS n`,
    [SOMEBODY],
  );
  await test.database.run('ANALYZE auth.users, auth.consents');
});
afterAll(() => test.close());

/** What PostgreSQL does for the last that was asked, and how many rows it touched. */
async function planOf(work: () => Promise<unknown>): Promise<{ readonly plan: string; readonly rows: number }> {
  await work();
  const [sql, parameters] = watched.asked.at(-1) ?? ['', []];
  const { rows } = await test.database.run<{ readonly 'QUERY PLAN': string }>(`EXPLAIN (ANALYZE) ${sql}`, parameters);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  const touched = [...plan.matchAll(/actual time=\S+ rows=([0-9.]+)/g)].map(([, count]) => Number(count));
  return { plan, rows: Math.max(...touched) };
}

const LIMIT = 50;
describe('admin-api A5: as fast with 200,000 people as with ten', () => {
  const users = () => new PostgresUserRegistry(watched);
  const consents = () => new PostgresConsentStore(watched);
  it.each<[string, string, () => Promise<unknown>]>([
    ['the first page', 'users_order', () => users().list({ limit: LIMIT })],
    [
      'a page in the middle',
      'users_order',
      () => users().list({ limit: LIMIT, after: { createdAt: Date.UTC(2024, 0, 2), sub: SOMEBODY } }),
    ],
    ['those with a prefix', 'users_name', () => users().search({ prefix: 'USER-1', limit: LIMIT })],
    ['their middle', 'users_name', () => users().search({ prefix: 'user-1', limit: LIMIT, after: 'user-15' })],
    ['a prefix that nobody has', 'users_name', () => users().search({ prefix: 'user-0', limit: LIMIT })],
    ['everybody by name', 'users_name', () => users().search({ prefix: '', limit: LIMIT })],
    ['consents of somebody with very many', 'consents_pkey', () => consents().list(SOMEBODY, { limit: LIMIT })],
    ['their middle', 'consents_pkey', () => consents().list(SOMEBODY, { limit: LIMIT, after: '8'.repeat(32) })],
  ])('%s is read from %s, in its order', async (_what, index, work) => {
    const { plan, rows } = await planOf(work);
    expect(plan).toContain(`using ${index}`);
    expect(plan).not.toMatch(/Sort|Seq Scan|Bitmap/);
    expect(rows).toBeLessThanOrEqual(LIMIT + 1);
  });
});
