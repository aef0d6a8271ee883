import { type BrowserOrigins, Unavailable } from '@latchkey/protocol';
import { fakeClock } from '@latchkey/tokens/testing';
import { PostgresBrowserOrigins } from '../persistence/postgres/browser-origins.js';
import { PostgresClientStore } from '../persistence/postgres/client-store.js';
import {
  addClient,
  aNewPublicClient,
  endClient,
  fifty,
  openTestDatabase,
  type OpenTestDatabase,
} from '../persistence/postgres/testing/open-test-database.js';
import { OverheardDatabase, planOf } from '../persistence/postgres/testing/plans.js';
import { RememberedOrigins } from './remembered-origins.js';

/** The real ones, how often they were asked, and for how much. */
class CountedOrigins implements BrowserOrigins {
  reads = 0;
  asked = 0;
  underWay = 0;
  mostUnderWay = 0;
  mostAsked = 0;
  constructor(private readonly origins: BrowserOrigins) {}

  async registeredAmong(origins: readonly string[]): Promise<ReadonlySet<string>> {
    this.reads += 1;
    this.asked += origins.length;
    this.mostAsked = Math.max(this.mostAsked, origins.length);
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    try {
      return await this.origins.registeredAmong(origins);
    } finally {
      this.underWay -= 1;
    }
  }
}

const APP = 'https://app.example';
const madeUp = (n: number): string => `https://n${n}.example`;
const isOneOf = async (origins: BrowserOrigins, origin: string) =>
  (await origins.registeredAmong([origin])).has(origin);
const redirectUris = [`${APP}/cb`, `${APP}/other`, 'com.example.app:/cb'];

let test: OpenTestDatabase;
let counted: CountedOrigins;
beforeAll(async () => {
  test = await openTestDatabase();
});
beforeEach(() => {
  counted = new CountedOrigins(new PostgresBrowserOrigins(test.database));
});
afterEach(async () => {
  await test.database.run('TRUNCATE auth.clients CASCADE');
});
afterAll(() => test.close());

const addPublicClient = (over: { redirectUris?: string[] } = {}) =>
  new PostgresClientStore(test.database).insert(
    { ...aNewPublicClient(), redirectUris, ...over },
    { actor: 'spec', kind: 'client.created', target: 'spec', outcome: 'done' },
  );

describe('RFC 9700 §2.6 the origins of clients in PostgreSQL', () => {
  it('are none of a client with a secret', async () => {
    await addClient(test.database, { redirectUris });
    expect(await isOneOf(counted, APP)).toBe(false);
  });

  it.each(['disabled', 'deleted'] as const)('are none of a client that was %s', async (how) => {
    const { clientId } = await addPublicClient();
    expect(await isOneOf(counted, APP)).toBe(true);
    await endClient(test.revoking, clientId, { actor: 'spec', receipt: false }, how);
    expect(await isOneOf(counted, APP)).toBe(false);
  });

  it('are found by the index, whatever is asked for', async () => {
    await addPublicClient();
    await test.database.run(
      `INSERT INTO auth.clients (client_id, client_name, application_type, redirect_uris, browser_origins, grant_types,
         allowed_scope, token_endpoint_auth_method, require_pkce, id_token_signed_response_alg)
       SELECT lpad(to_hex(n), 32, '0'), 'c', 'web', '{}', ARRAY['https://app' || n || '.example'], '{}', '{}', 'none', true,
         'RS256' FROM generate_series(1, 20000) n`,
    );
    await test.database.run('ANALYZE auth.clients');
    const overheard = new OverheardDatabase(test.database.source);
    const found = new PostgresBrowserOrigins(overheard);
    expect(await isOneOf(found, 'https://app77.example')).toBe(true);
    const many = [...Array.from({ length: 499 }, (_, n) => madeUp(n)), 'https://app78.example'];
    expect(await found.registeredAmong(many)).toEqual(new Set(['https://app78.example']));
    const plans = await Promise.all(
      overheard.heard.map(({ sql, parameters }) => planOf(test.database, sql, parameters)),
    );
    const byIndex = { indexes: ['clients_browser_origins'], wholeTables: [], sorts: false };
    expect(plans).toEqual([byIndex, byIndex]);
  });

  it('are those alone that were asked for, each once, also of a client that has others', async () => {
    await addPublicClient({ redirectUris: [`${APP}/cb`, 'https://b.example/cb'] });
    await addPublicClient({ redirectUris: [`${APP}/cb`, 'https://c.example/cb'] });
    expect(await counted.registeredAmong([APP, 'https://c.example', madeUp(1)])).toEqual(
      new Set([APP, 'https://c.example']),
    );
  });
});

describe('A9 what is remembered of origins', () => {
  it('is one read for fifty who ask at once, and none for those who ask soon after', async () => {
    await addPublicClient();
    const origins = new RememberedOrigins(counted, fakeClock(0));
    expect(new Set(await fifty(() => origins.isRegistered(APP)))).toEqual(new Set([true]));
    expect(await origins.isRegistered(APP)).toBe(true);
    expect(counted.reads).toBe(1);
  });

  it('is forgotten within a second, so that a change is in force', async () => {
    const clock = fakeClock(0);
    const origins = new RememberedOrigins(counted, clock);
    expect(await origins.isRegistered(APP)).toBe(false);
    const { clientId } = await addPublicClient();
    clock.advance(999);
    expect(await origins.isRegistered(APP)).toBe(true);
    await endClient(test.revoking, clientId, { actor: 'spec', receipt: false }, 'disabled');
    clock.advance(999);
    expect(await origins.isRegistered(APP)).toBe(false);
  });

  it('is bounded: who makes origins up pushes out the oldest', async () => {
    const origins = new RememberedOrigins(counted, fakeClock(0));
    await origins.isRegistered(APP);
    for (let n = 0; n < 1000; n += 50) await fifty((index) => origins.isRegistered(`https://n${n + index}.example`));
    const before = counted.reads;
    await origins.isRegistered('https://n999.example');
    expect(counted.reads).toBe(before);
    await origins.isRegistered(APP);
    expect(counted.reads).toBe(before + 1);
  });

  it('is nothing where the read failed', async () => {
    let broken = true;
    const origins = new RememberedOrigins(
      { registeredAmong: (asked) => (broken ? Promise.reject(new Error('gone')) : counted.registeredAmong(asked)) },
      fakeClock(0),
    );
    await expect(origins.isRegistered(APP)).rejects.toThrow('gone');
    broken = false;
    expect(await origins.isRegistered(APP)).toBe(false);
  });
});

describe('RFC 9700 §2.6 two thousand origins that are asked for at once', () => {
  const APPS = [0, 1, 700, 1400, 1999];
  const all = Array.from({ length: 2000 }, (_, n) => (APPS.includes(n) ? `https://app${n}.example` : madeUp(n)));
  const registered = APPS.map((n) => `https://app${n}.example`);
  beforeEach(() => addPublicClient({ redirectUris: registered.map((origin) => `${origin}/cb`) }));

  it('hold two connections at most, and those of clients among them are told right', async () => {
    const origins = new RememberedOrigins(counted, fakeClock(0));
    const told = await Promise.all(all.map((origin) => origins.isRegistered(origin)));
    expect(all.filter((_, n) => told[n])).toEqual(registered);
    expect([counted.mostUnderWay, counted.mostAsked, counted.asked]).toEqual([2, 500, 2000]);
    expect(counted.reads).toBe(2 + Math.ceil(1998 / 500));
  });

  it('are one each where they wait, though others have pushed them out of what is remembered', async () => {
    const origins = new RememberedOrigins(counted, fakeClock(0));
    const told = await Promise.all([...all, ...all].map((origin) => origins.isRegistered(origin)));
    expect([...all, ...all].filter((_, n) => told[n])).toEqual([...registered, ...registered]);
    // The first two did not wait.
    expect(counted.asked).toBe(2000 + 2);
  });

  it('are turned away by preflight where five hundred wait, never with a wrong no, and told right when they come again', async () => {
    const origins = new RememberedOrigins(counted, fakeClock(0));
    const preflights = all.map((origin) => origins.isRegistered(origin, 'beforehand'));
    const sharing = origins.isRegistered(all[100] ?? '', 'beforehand');
    const request = origins.isRegistered('https://app1999.example', 'with-the-request');
    const told = await Promise.allSettled(preflights);
    const answered = told.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(answered).toEqual(Array.from({ length: 502 }, (_, n) => n < 2));
    const reasons = told.flatMap((one) => (one.status === 'rejected' ? [one.reason instanceof Unavailable] : []));
    expect(reasons).toEqual(Array.from({ length: 1498 }, () => true));
    expect(await Promise.all([sharing, request])).toEqual([false, true]);
    expect(await origins.isRegistered('https://app700.example', 'beforehand')).toBe(true);
  });

  it('all hear of a read that failed, and the next are read', async () => {
    let broken = true;
    const origins = new RememberedOrigins(
      { registeredAmong: (asked) => (broken ? Promise.reject(new Error('gone')) : counted.registeredAmong(asked)) },
      fakeClock(0),
    );
    const told = await Promise.allSettled(all.map((origin) => origins.isRegistered(origin)));
    expect(new Set(told.map(({ status }) => status))).toEqual(new Set(['rejected']));
    broken = false;
    expect(await Promise.all(registered.map((origin) => origins.isRegistered(origin)))).toEqual(APPS.map(() => true));
  });
});
