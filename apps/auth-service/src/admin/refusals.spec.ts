import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PostgresAuditTrail } from '../persistence/postgres/audit-trail.js';
import { openTestDatabase, type OpenTestDatabase } from '../persistence/postgres/testing/open-test-database.js';
import { type Limits } from '../limits/limits.js';
import { aLimitOf } from '../limits/test/limits-bench.js';
import { adminBench, type AdminBench, CALLER } from './test/admin-bench.js';

let test: OpenTestDatabase;
let bench: AdminBench;
let limits: Limits;
beforeAll(async () => {
  test = await openTestDatabase();
  const trail = new PostgresAuditTrail(test.database);
  limits = aLimitOf(1000, { record: (...records) => trail.record(...records) });
  bench = await adminBench({ refusals: limits.refusals });
});
beforeEach(() => limits.endSpan());
afterAll(async () => {
  await bench.close();
  await test.close();
});

const OTHER = 'd'.repeat(32);
const refuse = async (method: string, path: string, client = CALLER): Promise<void> => {
  const authorization = `Bearer ${bench.mint({ scope: 'keys:read', client_id: client, sub: client })}`;
  expect((await bench.ask(method, path, { authorization })).status).toBe(403);
};
const since = async (id: string) =>
  (
    await test.database.run<{ kind: string; actor: string; target: string; detail: Record<string, unknown> }>(
      'SELECT kind, actor, target, detail FROM auth.audit_events WHERE id > $1 ORDER BY id',
      [id],
    )
  ).rows;
const now = async (): Promise<string> =>
  (await test.database.run<{ id: string }>('SELECT coalesce(max(id), 0)::text AS id FROM auth.audit_events')).rows[0]
    ?.id ?? '0';

describe('A11 what was typed into a path is sealed only if it could name something', () => {
  it.each([
    ['an address of a person', 'ada@victim.example'],
    ['text that is turned around', 'a\u202Etxt.exe'],
    ['a new line', 'a\nforged'],
    ['an escape sequence', '\u001B[2Jx'],
    ['U+0000', 'a\u0000b'],
  ])('not %s', async (_what, typed) => {
    const before = await now();
    for (const path of ['users', 'clients', 'apis', 'sessions', 'grants', 'guards']) {
      await refuse('DELETE', `/admin/v1/${path}/${encodeURIComponent(typed)}`);
    }
    const rows = await since(before);
    expect(rows.map(({ target }) => target)).toEqual(Array.from({ length: 6 }, () => 'unknown'));
    expect(JSON.stringify(rows)).not.toContain('victim');
  });

  it('but what could, and the path itself where it names nothing, however it was written', async () => {
    const [before, sub] = [await now(), randomUUID()];
    await refuse('DELETE', `/admin/v1/users/${sub}`);
    await refuse('POST', '/admin/v1/%63lients?ada@victim.example');
    expect((await since(before)).map(({ target }) => target)).toEqual([sub, '/admin/v1/clients']);
  });
});

describe('A11 a flood of refusals', () => {
  it('leaves ten rows of one kind and caller in a span, then one that says how many more; others have their own', async () => {
    const before = await now();
    const subs = Array.from({ length: 60 }, () => randomUUID());
    await Promise.all(subs.map((sub) => refuse('DELETE', `/admin/v1/users/${sub}`)));
    await refuse('DELETE', `/admin/v1/users/${subs[0] ?? ''}`, OTHER);
    const rows = await since(before);
    expect(rows.map(({ actor }) => actor)).toEqual([...Array.from({ length: 10 }, () => CALLER), OTHER]);
    const middle = await now();
    await limits.endSpan();
    expect(await since(middle)).toEqual([
      { kind: 'user.deleted', actor: CALLER, target: 'several', detail: { reason: 'several', further: 50 } },
    ]);
    await refuse('DELETE', `/admin/v1/users/${subs[1] ?? ''}`);
    expect((await since(middle)).at(-1)?.target).toBe(subs[1]);
  });
});
