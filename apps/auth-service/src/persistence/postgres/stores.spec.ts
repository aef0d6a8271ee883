import { randomBytes, randomUUID } from 'node:crypto';
import { digestOf } from '@latchkey/protocol';
import { aClient, anApi } from '@latchkey/protocol/testing';
import { KeyEncryption, KeyRing, KeyRotation } from '@latchkey/tokens/issuing';
import { fakeClock } from '@latchkey/tokens/testing';
import { createTestDatabase, type TestDatabase } from '@latchkey/testbed';
import { PostgresApiStore } from './api-store.js';
import { PostgresClientStore } from './client-store.js';
import { PostgresIssuerState } from './issuer-state-store.js';
import { PostgresKeyStore } from './key-store.js';
import { PostgresLoginSessionStore } from './login-session-store.js';
import { PostgresPeopleStore } from './people-store.js';
import {
  addClient,
  addPerson,
  aNewClient,
  aNewPublicClient,
  openTestDatabase,
  tally,
} from './testing/open-test-database.js';
import { fifty, type OpenTestDatabase } from './testing/open-test-database.js';

const UNIQUE_VIOLATION = '23505';

/** Keeps the server of this process alive from test to test. */
let anchor: TestDatabase;
beforeAll(async () => {
  anchor = await createTestDatabase();
});
afterAll(() => anchor.drop());

let test: OpenTestDatabase;
beforeEach(async () => {
  test = await openTestDatabase();
});
afterEach(() => test.close());

const AUDIT = { actor: 'spec', kind: 'client.created', target: 'x', outcome: 'done' } as const;

describe('RFC 6749 §2.2 clients in PostgreSQL', () => {
  it('does not find a client that does not exist, whatever the text', async () => {
    const clients = new PostgresClientStore(test.database);
    for (const id of ['', 'f'.repeat(32), 'nul \u0000', "'; DROP TABLE auth.clients; --", '\ud800', 'x'.repeat(1e6)]) {
      expect(await clients.find(id)).toBeUndefined();
    }
  });

  it('refuses a second client of the same id, and leaves nothing of it', async () => {
    const clients = new PostgresClientStore(test.database);
    const client = aNewClient();
    await clients.insert(client, AUDIT);
    const again = clients.insert({ ...client, clientName: 'Another' }, AUDIT);
    await expect(again).rejects.toMatchObject({ code: UNIQUE_VIOLATION });
    expect((await clients.find(client.clientId))?.clientName).toBe(client.clientName);
    expect((await test.database.run('SELECT 1 FROM auth.audit_events')).rows).toHaveLength(1);
  });

  it('gives back what was registered', async () => {
    const clients = new PostgresClientStore(test.database);
    const client = aNewClient({ logoUri: 'https://client.example/logo.png', applicationType: 'native' });
    const registered = await clients.insert(client, AUDIT);
    const { secretDigest, ...rest } = client;
    expect(registered).toMatchObject({ ...rest, secretDigests: [secretDigest], enabled: true, generation: 0 });
    expect(await clients.find(client.clientId)).toEqual(registered);
    const publicClient = await clients.insert(aNewPublicClient(), AUDIT);
    expect(publicClient.secretDigests).toEqual([]);
    expect(await clients.find(publicClient.clientId)).toEqual(publicClient);
  });

  it('lets two secrets live at once, not three', async () => {
    const { clientId } = await addClient(test.database);
    const add = (place: number): Promise<unknown> =>
      test.database.run('INSERT INTO auth.client_secrets (id, client_id, place, digest) VALUES ($1, $2, $3, $4)', [
        ...[randomUUID(), clientId, place, digestOf(randomUUID())],
      ]);
    await add(2);
    await expect(add(2)).rejects.toMatchObject({ code: UNIQUE_VIOLATION });
    await expect(add(3)).rejects.toMatchObject({ code: '23514' });
    expect((await new PostgresClientStore(test.database).find(clientId))?.secretDigests).toHaveLength(2);
  });

  it('admin-api.md A5 lists each client once, also those of the same instant, while others come', async () => {
    const clients = new PostgresClientStore(test.database);
    const made = await Promise.all(Array.from({ length: 25 }, () => addClient(test.database)));
    await test.database.run(`UPDATE auth.clients SET created_at = '2026-01-01' WHERE client_id > '8'`);
    const seen: string[] = [];
    let page = await clients.list({ limit: 4 });
    for (;;) {
      seen.push(...page.items.map(({ clientId }) => clientId));
      if (page.next === undefined) break;
      if (seen.length === 8) await addClient(test.database);
      page = await clients.list({ limit: 4, after: page.next });
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(made.map(({ clientId }) => clientId)));
  });
});

describe('RFC 8707 §2 APIs in PostgreSQL', () => {
  const admin = anApi({
    ...{ identifier: 'https://admin.example', administrative: true },
    scopes: [{ name: 'clients:read', description: '' }],
  });

  it('refuses an API with a reserved identifier or scope', async () => {
    const apis = new PostgresApiStore(test.database, [admin]);
    await expect(apis.ensureRegistered(anApi({ identifier: admin.identifier }))).rejects.toThrow(/reserved/);
    await expect(apis.ensureRegistered(anApi({ scopes: admin.scopes }))).rejects.toThrow(/reserved/);
  });

  it('writes nothing of an API that wants the scope of another', async () => {
    const apis = new PostgresApiStore(test.database, [admin]);
    await apis.ensureRegistered(anApi());
    expect(await apis.ensureRegistered(anApi({ identifier: 'https://other.example' }))).toBe('scope_taken');
    expect(await apis.all()).toEqual([admin, anApi()]);
  });

  it('registers once, for 50 at once', async () => {
    const apis = new PostgresApiStore(test.database, [admin]);
    const answers = await fifty(() => apis.ensureRegistered(anApi()));
    expect(tally(answers)).toEqual({ registered: 1, exists: 49 });
    expect(await apis.all()).toEqual([admin, anApi()]);
  });
});

describe('DESIGN §6 keys in PostgreSQL', () => {
  const encryption = new KeyEncryption(randomBytes(32));

  const open = (key = encryption): Promise<KeyRing> => {
    const store = new PostgresKeyStore(test.revoking);
    const spans = { announceMs: 3_600_000, useMs: 36_000_000, keepMs: 3_600_000 };
    const rings = [{ algorithm: 'ES256' }, { algorithm: 'EdDSA' }, { algorithm: 'refresh' }] as const;
    const rotation = new KeyRotation({ store, encryption: key, spans, rings });
    return KeyRing.open({ store, encryption: key, rotation, clock: fakeClock() });
  };

  it('gives ten instances that start at once the same keys, also those of refresh tokens', async () => {
    const opened = await Promise.all(Array.from({ length: 10 }, () => open()));
    expect(new Set(opened.map((ring) => JSON.stringify(ring.jwks()))).size).toBe(1);
    expect(opened[0]?.jwks().keys).toHaveLength(2);
    const keys = await Promise.all(opened.map(async (ring) => ring.refreshKeys.current()));
    expect(new Set(keys.map(({ id, key }) => `${id} ${key.toString('hex')}`)).size).toBe(1);
    expect(keys[0]?.key).toHaveLength(32);
    expect((await test.database.run('SELECT 1 FROM auth.keys')).rows).toHaveLength(3);
  });

  it('refuses another KEY_ENCRYPTION_KEY', async () => {
    await open();
    await expect(open(new KeyEncryption(randomBytes(32)))).rejects.toThrow(/KEY_ENCRYPTION_KEY/);
  });
});

describe('DESIGN §6 the longest lifetimes that were ever in force', () => {
  const marks = async (): Promise<unknown> => {
    const store = new PostgresKeyStore(test.revoking);
    const { rows } = await test.database.run(
      'SELECT longest_token_lifetime_seconds AS access, longest_session_seconds AS session FROM auth.issuer_state',
    );
    return { ...rows[0], ...(await store.load()).longest };
  };
  const revision = async (): Promise<number> => (await new PostgresKeyStore(test.revoking).revision()).revision;

  it('are never lowered, each by itself', async () => {
    const state = new PostgresIssuerState(test.database);
    await state.noteLifetimes({ accessToken: 900, idToken: 1200, refresh: 86_400, session: 43_200 });
    const noted = { access: 900, session: 43_200, tokenSeconds: 1200, refreshSeconds: 86_400 };
    expect(await marks()).toEqual(noted);
    await state.noteLifetimes({ accessToken: 899, idToken: 1, refresh: 1, session: 1 });
    expect(await marks()).toEqual(noted);
    await state.noteLifetimes({ accessToken: 1500 });
    await state.noteLifetimes({});
    expect(await marks()).toEqual({ ...noted, access: 1500, tokenSeconds: 1500 });
  });

  it('raise the revision of the keys when one is raised, since keys are dropped by them', async () => {
    const state = new PostgresIssuerState(test.database);
    const before = await revision();
    await state.noteLifetimes({ refresh: 86_400 });
    const raised = await revision();
    expect(raised).toBeGreaterThan(before);
    await state.noteLifetimes({ accessToken: 10, refresh: 86_400 });
    expect(await revision()).toBe(raised);
  });

  it('end as the highest of 50 that are noted at once', async () => {
    const state = new PostgresIssuerState(test.database);
    await fifty((index) => state.noteLifetimes({ accessToken: 1000 + index, refresh: 2000 - index }));
    expect(await marks()).toEqual({ access: 1049, session: 1, tokenSeconds: 1049, refreshSeconds: 2000 });
  });
});

describe('people and login sessions in PostgreSQL', () => {
  const login = (sub: string, over: object = {}) => ({
    ...{
      cookieDigest: digestOf(randomUUID()),
      sub,
      passwordVersion: 0,
      personGeneration: 0,
      amr: ['pwd'],
      lifetimeSeconds: 3600,
      ...over,
    },
  });

  it('finds a person by the name that they type, in any case and width', async () => {
    const people = new PostgresPeopleStore(test.database);
    const sub = await addPerson(test.database, 'Ada');
    for (const typed of ['Ada', 'ada', 'ADA', 'Ａｄａ', ' Ada '])
      expect((await people.findByUsername(typed))?.sub).toBe(sub);
    for (const typed of ['Ad', '', 'A da', 'Ada\u0000', '%']) {
      expect(await people.findByUsername(typed)).toBeUndefined();
    }
    expect(await people.find(sub)).toMatchObject({ username: 'Ada', enabled: true, generation: 0 });
    expect(await people.find(randomUUID())).toBeUndefined();
    expect(await people.find('no uuid')).toBeUndefined();
  });

  it('starts no session for a disabled person, nor for one whose generation was raised since the password was checked', async () => {
    const sessions = new PostgresLoginSessionStore(test.database, test.onRevoked);
    const sub = await addPerson(test.database);
    expect(await sessions.start(login(randomUUID()))).toBeUndefined();
    await test.database.run('UPDATE auth.users SET generation = 1');
    expect(await sessions.start(login(sub))).toBeUndefined();
    await test.database.run('UPDATE auth.users SET enabled = false');
    expect(await sessions.start(login(sub, { personGeneration: 1 }))).toBeUndefined();
    expect((await test.database.run('SELECT 1 FROM auth.login_sessions')).rows).toEqual([]);
  });

  it.each([
    ['it was ended', 'UPDATE auth.login_sessions SET ended_at = now()'],
    ['it has expired', 'UPDATE auth.login_sessions SET expires_at = now()'],
    ['the person was disabled', 'UPDATE auth.users SET enabled = false'],
    ['the person has a higher generation', 'UPDATE auth.users SET generation = 1'],
    ['the issuer has a higher generation', 'UPDATE auth.issuer_state SET generation = 1'],
  ])('finds no session when %s', async (_title, statement) => {
    const sessions = new PostgresLoginSessionStore(test.database, test.onRevoked);
    const begun = login(await addPerson(test.database));
    const session = await sessions.start(begun);
    expect(await sessions.find(begun.cookieDigest)).toEqual(session);
    expect(await sessions.find(digestOf('another'))).toBeUndefined();
    await test.database.run(statement);
    expect(await sessions.find(begun.cookieDigest)).toBeUndefined();
  });

  it('kills the cookie of the session that a login replaces, without ending that session', async () => {
    const sessions = new PostgresLoginSessionStore(test.database, test.onRevoked);
    const sub = await addPerson(test.database);
    const old = login(sub);
    const replaced = await sessions.start(old);
    const next = await sessions.start(login(sub, { replacesCookieDigest: old.cookieDigest }));
    expect(await sessions.find(old.cookieDigest)).toBeUndefined();
    const { rows } = await test.database.run('SELECT ended_at, replaced_by FROM auth.login_sessions WHERE sid = $1', [
      replaced?.sid,
    ]);
    expect(rows).toEqual([{ ended_at: null, replaced_by: next?.sid }]);
    expect((await test.database.run('SELECT 1 FROM auth.revocations')).rows).toEqual([]);
  });

  it('ends the session of another person that a login replaces', async () => {
    const sessions = new PostgresLoginSessionStore(test.database, test.onRevoked);
    const sub = await addPerson(test.database);
    const other = randomUUID();
    await test.database.run(`INSERT INTO auth.users (sub, username, normalized_username, password_hash)
      VALUES ('${other}', 'Bob', 'bob', 'x')`);
    const old = login(other);
    await sessions.start(old);
    await sessions.start(login(sub, { replacesCookieDigest: old.cookieDigest }));
    const { rows } = await test.database.run(
      'SELECT 1 FROM auth.login_sessions WHERE sub = $1 AND ended_at IS NOT NULL',
      [other],
    );
    expect(rows).toHaveLength(1);
    // As by a log-out: what that session gave is refused everywhere.
    const ended = await test.database.run<{ sid: string }>('SELECT sid FROM auth.login_sessions WHERE sub = $1', [
      other,
    ]);
    expect(test.revoked.slice(-1)).toMatchObject([{ kind: 'session', value: ended.rows[0]?.sid }]);
  });

  it('answers the generation of the issuer', async () => {
    expect(await new PostgresIssuerState(test.database).generation()).toBe(0);
  });
});

describe('an undefined condition', () => {
  it('throws instead of finding the first row', async () => {
    await addPerson(test.database);
    const found = test.database.source.getRepository('User').findOneBy({ sub: undefined });
    await expect(found).rejects.toThrow();
    expect(aClient().clientId).toHaveLength(32);
  });
});
