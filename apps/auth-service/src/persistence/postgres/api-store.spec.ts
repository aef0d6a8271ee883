import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Api } from '@latchkey/protocol';
import { anApi } from '@latchkey/protocol/testing';
import { createTestDatabase, type TestDatabase } from '@latchkey/testbed';
import { until } from '@latchkey/tokens/testing';
import type { ApiPosition } from '../../admin/ports.js';
import { insertApi } from './api-row.js';
import { PostgresApiStore } from './api-store.js';
import { fifty, openTestDatabase, tally, type OpenTestDatabase } from './testing/open-test-database.js';

/** Keeps the server of this process alive from test to test. */
let anchor: TestDatabase;
beforeAll(async () => {
  anchor = await createTestDatabase();
});
afterAll(() => anchor.drop());

const admin = anApi({
  ...{ identifier: 'https://admin.example', administrative: true },
  scopes: [{ name: 'clients:read', description: '' }],
});
let test: OpenTestDatabase;
let apis: PostgresApiStore;
beforeEach(async () => {
  test = await openTestDatabase();
  apis = new PostgresApiStore(test.database, [admin]);
});
afterEach(() => test.close());

const AUDIT = { actor: 'spec', kind: 'api.created', target: 'x', outcome: 'done' } as const;
const insert = (api: Api): Promise<string> => apis.insert(api, { ...AUDIT, target: api.identifier });
const scoped = (index: number, names: readonly string[]): Api =>
  anApi({ identifier: `https://${index}.example`, scopes: names.map((name) => ({ name, description: name })) });
const audited = async (): Promise<readonly unknown[]> =>
  (await test.database.run<{ target: string }>('SELECT target FROM auth.audit_events ORDER BY id')).rows.map(
    ({ target }) => target,
  );

describe('RFC 8707 §2 one API for one identifier', () => {
  it.each(['', 'nul \u0000', "'; DROP TABLE auth.apis; --", 'https://notes.example/', 'HTTPS://NOTES.EXAMPLE'])(
    'finds none at %j',
    async (identifier) => {
      await insert(anApi());
      expect(await apis.find(identifier)).toBeUndefined();
    },
  );

  it('does not find the admin API, nor list it: it is no row', async () => {
    expect(await apis.find(admin.identifier)).toBeUndefined();
    expect(await apis.list({ limit: 10 })).toEqual({ items: [] });
    expect(await apis.all()).toEqual([admin]);
  });

  it('leaves what is registered as it was, and says nothing in the trail', async () => {
    expect(await insert(anApi())).toBe('registered');
    expect(await insert(anApi({ name: 'Another', scopes: [] }))).toBe('exists');
    expect(await apis.find(anApi().identifier)).toEqual(anApi());
    expect(await audited()).toEqual([anApi().identifier]);
  });

  it('registers one of 50 at once', async () => {
    expect(tally(await fifty(() => insert(anApi())))).toEqual({ registered: 1, exists: 49 });
    expect([await apis.all(), await audited()]).toEqual([[admin, anApi()], [anApi().identifier]]);
  });
});

describe('DESIGN §4 a scope name belongs to exactly one API', () => {
  it('writes nothing of an API that wants the scope of another beside its own', async () => {
    await insert(scoped(1, ['b']));
    expect(await insert(scoped(2, ['a', 'b', 'c']))).toBe('scope_taken');
    expect(await apis.find('https://2.example')).toBeUndefined();
    expect(await insert(scoped(3, ['a', 'c']))).toBe('registered');
    expect(await audited()).toEqual(['https://1.example', 'https://3.example']);
  });

  const orders = [
    ['a', 'b', 'c'],
    ['c', 'b', 'a'],
    ['b', 'a', 'c'],
    ['c', 'a', 'b'],
  ] as const;
  const inSomeOrder = (index: number): Api => scoped(index, orders[index % orders.length] ?? []);

  it('gives it to whoever is taking it already, and those that name theirs in every order do not wait for each other', async () => {
    let others: Promise<string[]> = Promise.resolve([]);
    await test.database.transaction(async (statements) => {
      expect(await insertApi(statements, scoped(99, ['b']))).toBe('registered');
      others = Promise.all(Array.from({ length: 12 }, (_, index) => insert(inSomeOrder(index))));
      await until(async () => {
        const { rows } = await test.database.run(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return rows.length === 12;
      }, 'all of them wait');
    });
    expect(tally(await others)).toEqual({ scope_taken: 12 });
    expect((await apis.list({ limit: 100 })).items).toEqual([scoped(99, ['b'])]);
    expect(await audited()).toEqual([]);
  });

  it('gives it to one of 50 at once', async () => {
    await fifty(() => test.database.run('SELECT pg_sleep(0.05)'));
    const answers = await fifty((index) => insert(inSomeOrder(index)));
    expect(tally(answers)).toEqual({ registered: 1, scope_taken: 49 });
    expect((await apis.list({ limit: 100 })).items).toHaveLength(1);
    expect(await audited()).toHaveLength(1);
  });
});

describe('admin-api.md A5 APIs in order', () => {
  it('lists each once, also those of the same instant, while others come', async () => {
    const add = (index: number): Promise<string> => insert(scoped(index, []));
    await Promise.all(Array.from({ length: 25 }, (_, index) => add(index)));
    await test.database.run(`UPDATE auth.apis SET created_at = '2026-01-01' WHERE identifier > 'https://2'`);
    const seen: string[] = [];
    let after: ApiPosition | undefined;
    do {
      const page = await apis.list({ limit: 4, ...(after === undefined ? {} : { after }) });
      seen.push(...page.items.map(({ identifier }) => identifier));
      if (seen.length === 8) await add(99);
      after = page.next;
    } while (after !== undefined);
    expect(seen).toHaveLength(26);
    expect(new Set(seen).size).toBe(26);
  });

  it('gives back what was registered, scopes in their order', async () => {
    const api: Api = {
      ...{ identifier: 'urn:example:notes', name: 'Notes é😀', accessTokenSigningAlg: 'HS256', administrative: false },
      scopes: ['z', 'a', 'm'].map((name) => ({ name, description: `“${name}”` })),
    };
    await insert(api);
    expect(await apis.find(api.identifier)).toEqual(api);
    expect((await apis.list({ limit: 1 })).items).toEqual([api]);
  });
});
