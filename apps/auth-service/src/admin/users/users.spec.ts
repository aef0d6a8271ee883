import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { Login } from '../../interaction/login.js';
import { Passwords } from '../../interaction/passwords.js';
import { WorkSlots } from '../../interaction/work-slots.js';
import { aLimitOf } from '../../limits/test/limits-bench.js';
import { dumpOf, secretsIn } from '../../persistence/postgres/testing/database-dump.js';
import { fifty, tally } from '../../persistence/postgres/testing/open-test-database.js';
import { ADMIN_SCOPE_NAMES } from '../admin-scopes.js';
import { formOf } from '../http/form.js';
import { CALLER, type Wire } from '../test/admin-bench.js';
import { PASSWORD, pointersIn, userBench, type UserBench, userIn, USERS } from '../test/user-bench.js';
import { EndedUserSchema, UserListSchema, type UserResource } from './user-schema.js';

let users: UserBench;
beforeAll(async () => {
  users = await userBench();
});
afterAll(() => users.close());

const at = ({ sub }: Pick<UserResource, 'sub'>, then = ''): string => `${USERS}/${sub}${then}`;
const ask = (...asked: Parameters<UserBench['bench']['ask']>): Promise<Wire> => users.bench.ask(...asked);
const patch = (user: UserResource, body: unknown, headers: Record<string, string> = {}): Promise<Wire> =>
  ask('PATCH', at(user), { body, headers });

const isEnded = formOf(EndedUserSchema);
function endedIn(wire: Wire) {
  const formed = isEnded(wire.json);
  if (wire.status !== 200 || !formed.ok) throw new Error(`nothing ended: ${wire.status} ${wire.text}`);
  return formed.value;
}
const isList = formOf(UserListSchema);
function listIn(wire: Wire) {
  const formed = isList(wire.json);
  if (wire.status !== 200 || !formed.ok) throw new Error(`no list: ${wire.status} ${wire.text}`);
  return formed.value;
}

/** As another instance would: nothing is shared but the database. */
async function logIn(username: string, password: string): Promise<string> {
  const limits = aLimitOf(10);
  const login = new Login({
    ...{ people: users.stores.people, sessions: users.stores.sessions, passwords: await Passwords.create() },
    slots: new WorkSlots({ concurrency: 4, queueLength: 64, queueWaitMs: 60_000 }),
    ...{ attempts: limits.login, audit: limits.audit, log: pino({ level: 'silent' }) },
    sessionLifetimeSeconds: 3600,
  });
  const from = { address: '192.0.2.1', clientId: 'c'.repeat(32), replaces: undefined };
  return (await login.attempt({ username, password, ...from })).outcome;
}

const events = async (target: string): Promise<readonly Record<string, unknown>[]> =>
  (
    await users.test.database.run(
      'SELECT id, kind, outcome, actor, detail FROM auth.audit_events WHERE target = $1 ORDER BY id',
      [target],
    )
  ).rows;
const kinds = async (target: string): Promise<readonly unknown[]> => (await events(target)).map(({ kind }) => kind);
const personalOf = async (sub: string): Promise<string> =>
  JSON.stringify((await users.test.database.run('SELECT data FROM auth.audit_personal WHERE sub = $1', [sub])).rows);
const generationOf = async (sub: string): Promise<number> =>
  (await users.test.database.run<{ generation: number }>('SELECT generation FROM auth.users WHERE sub = $1', [sub]))
    .rows[0]?.generation ?? -1;

describe('admin-api A4: who may not be created', () => {
  it.each<[string, Record<string, unknown>, readonly string[]]>([
    ['nobody', { username: undefined, password: undefined }, ['/password', '/username']],
    ['a name of blanks', { username: '   ' }, ['/username']],
    ['a name with a blank before it', { username: ' ada' }, ['/username']],
    ['a name with U+0000', { username: 'a\u0000' }, ['/username']],
    ['a name with half of a surrogate pair', { username: 'a\ud800' }, ['/username']],
    ['a name that is too long when it is compared', { username: '\ufdfa'.repeat(20) }, ['/username']],
    ['a name with what is no character', { username: 'a\u{10ffff}' }, ['/username']],
    ['no password', { password: '' }, ['/password']],
    ['a password of 1025 bytes', { password: 'é'.repeat(512) + 'x' }, ['/password']],
    ['a password with half of a surrogate pair', { password: 'a\udfff' }, ['/password']],
    ['a number as a password', { password: 12345678 }, ['/password']],
  ])('%s', async (_what, over, pointers) => {
    const wire = await users.create(over);
    expect(pointersIn(wire)).toEqual(pointers);
    if (typeof over['password'] === 'string' && over['password'] !== '')
      expect(wire.text).not.toContain(over['password']);
  });

  it('A2: nobody by users:read alone, and reading needs users:read', async () => {
    const but = (scope: string) =>
      `Bearer ${users.bench.mint({ scope: ADMIN_SCOPE_NAMES.filter((name) => name !== scope).join(' ') })}`;
    const user = await users.aUser();
    for (const [method, path] of [
      ...[
        ['POST', USERS],
        ['PATCH', at(user)],
        ['DELETE', at(user)],
        ['POST', at(user, '/disable')],
      ],
      ...[
        ['POST', at(user, '/enable')],
        ['PUT', at(user, '/password')],
      ],
      ['DELETE', at(user, `/consents/${'f'.repeat(32)}`)],
    ] as const) {
      const wire = await ask(method, path, { authorization: but('users:write') });
      expect([method, path, wire.status]).toEqual([method, path, 403]);
      expect(wire.headers.get('www-authenticate')).toContain('users:write');
    }
    for (const path of [USERS, at(user), at(user, '/consents')]) {
      expect((await ask('GET', path, { authorization: but('users:read') })).status).toBe(403);
    }
  });

  it('A7: 404 for whatever is no canonical UUID of somebody', async () => {
    const { sub } = await users.aUser();
    const gone = await users.aUser();
    endedIn(await ask('DELETE', at(gone)));
    const texts = new Set<string>();
    for (const name of [randomUUID(), sub.toUpperCase(), 'x', `${sub}0`, '%00', gone.sub]) {
      for (const [method, then, body] of [
        ...[
          ['GET', ''],
          ['DELETE', ''],
          ['POST', '/disable'],
          ['POST', '/enable'],
          ['GET', '/consents'],
        ],
        ...[
          ['PATCH', '', { name: 'x' }],
          ['PUT', '/password', { password: 'x' }],
        ],
        ...[
          ['GET', `/consents/${'f'.repeat(32)}`],
          ['DELETE', `/consents/${'f'.repeat(32)}`],
        ],
      ] as const) {
        const wire = await ask(method, `${USERS}/${name}${then}`, body === undefined ? {} : { body });
        expect([method, name, then, wire.status]).toEqual([method, name, then, 404]);
        texts.add(wire.text);
      }
    }
    expect(texts.size).toBe(1);
  });
});

describe('admin-api /users: a username is one person’s', () => {
  it('of 50 creations at once of one name one is created', async () => {
    const name = `Zoë-${randomUUID()}`;
    const forms = [name, name.toUpperCase(), name.normalize('NFD'), name.toLowerCase()];
    const wires = await fifty((turn) => users.create({ username: forms[turn % forms.length] }));
    expect(tally(wires.map(({ status }) => String(status)))).toEqual({ 201: 1, 409: 49 });
    for (const wire of wires.filter(({ status }) => status === 409)) {
      expect(wire.json).toMatchObject({ errors: [{ pointer: '/username' }] });
    }
    const created = userIn(wires.find(({ status }) => status === 201) ?? wires[0] ?? fail(), 201);
    expect(await kinds(created.sub)).toEqual(['user.created']);
  });

  it('of 50 who take one name at once by PATCH one has it', async () => {
    const name = `taken-${randomUUID()}`;
    const all = await Promise.all(Array.from({ length: 50 }, () => users.aUser()));
    const wires = await fifty((turn) => patch(all[turn] ?? fail(), { username: name }));
    expect(tally(wires.map(({ status }) => String(status)))).toEqual({ 200: 1, 409: 49 });
  });

  it('A6: of 20 identical requests with one key at once one creates, and all get its answer', async () => {
    const body = { username: `once-${randomUUID()}`, email: 'once@mail.example' };
    const headers = { 'idempotency-key': randomUUID() };
    const wires = await Promise.all(Array.from({ length: 20 }, () => users.create(body, headers)));
    expect(tally(wires.map(({ status }) => String(status)))).toEqual({ 201: 20 });
    expect(new Set(wires.map(({ text }) => text)).size).toBe(1);
    const other = await users.create({ ...body, email: 'other@mail.example' }, headers);
    expect(other.status).toBe(422);
    // What is kept of a person is erased with the person.
    endedIn(await ask('DELETE', at(userIn(wires[0] ?? fail(), 201))));
    const again = await users.create(body, headers);
    expect(again.status).toBe(409);
    expect(again.text).not.toContain('once@mail.example');
  });
});

describe('admin-api /users: changing', () => {
  it('A6: of 50 patches with one ETag one is done', async () => {
    const user = await users.aUser();
    const etag = (await ask('GET', at(user))).headers.get('etag') ?? '';
    const wires = await fifty((turn) => patch(user, { name: `N ${turn}` }, { 'if-match': etag }));
    expect(tally(wires.map(({ status }) => String(status)))).toEqual({ 200: 1, 412: 49 });
    const done = (await events(user.sub)).filter(({ outcome }) => outcome === 'done').map(({ kind }) => kind);
    expect(done).toEqual(['user.created', 'user.changed']);
    for (const [method, then, body] of [
      ...[
        ['DELETE', ''],
        ['POST', '/disable'],
        ['POST', '/enable'],
      ],
      ['PUT', '/password', { password: 'another' }],
    ] as const) {
      const wire = await ask(method, at(user, then), { headers: { 'if-match': etag }, ...(body && { body }) });
      expect([then, wire.status]).toEqual([then, 412]);
    }
    expect(await generationOf(user.sub)).toBe(0);
    const now = wires.find(({ status }) => status === 200)?.headers.get('etag') ?? '';
    expect((await ask('GET', at(user), { headers: { 'if-none-match': now } })).status).toBe(304);
    expect((await ask('GET', at(user), { headers: { 'if-none-match': etag } })).status).toBe(200);
  });

  it('A4: merges by RFC 7396, and judges the whole', async () => {
    const user = await users.aUser({ name: 'A', address: { locality: 'London', country: 'GB' } });
    expect(pointersIn(await patch(user, { username: null }))).toEqual(['/username']);
    expect(pointersIn(await patch(user, { sub: user.sub, password: 'x', enabled: false }))).toEqual([
      ...['/enabled', '/password', '/sub'],
    ]);
    expect(pointersIn(await patch(user, { birthdate: '1999-02-30', email_verified: true }))).toEqual([
      ...['/birthdate', '/email_verified'],
    ]);
    const changed = await patch(user, { name: null, address: { country: null }, locale: 'fr' });
    expect(userIn(changed)).toMatchObject({ address: { locality: 'London' }, locale: 'fr' });
    expect(changed.json).not.toHaveProperty('name');
    expect((await patch(user, { address: { locality: null } })).json).not.toHaveProperty('address');
  });

  it('A11: tells which members changed, and their values beside the trail alone; nothing where nothing changed', async () => {
    const user = await users.aUser({ email: 'ada@mail.example' });
    const before = await ask('GET', at(user));
    const same = await patch(user, { email: 'ada@mail.example', nickname: null });
    expect(same.text).toBe(before.text);
    expect(await kinds(user.sub)).toEqual(['user.created']);
    userIn(await patch(user, { email: 'countess@mail.example' }));
    const told = await events(user.sub);
    expect(told).toMatchObject([{ actor: CALLER }, { kind: 'user.changed', detail: { members: ['email'] } }]);
    expect(JSON.stringify(told)).not.toContain('mail.example');
    expect(await personalOf(user.sub)).toContain('countess@mail.example');
  });

  it('OpenID Connect Core §5.1: nobody has verified an email that has just been written', async () => {
    const verified = {
      email: 'a@mail.example',
      email_verified: true,
      phone_number: '+1 555 0100',
      phone_number_verified: true,
    };
    const user = await users.aUser(verified);
    const changed = await patch(user, { email: 'b@mail.example', name: 'A' });
    expect(changed.json).not.toHaveProperty('email_verified');
    expect(changed.json).toMatchObject({ email: 'b@mail.example', phone_number_verified: true });
    expect((await patch(user, { email: 'c@mail.example', email_verified: true })).json).toMatchObject({
      email_verified: true,
    });
    expect((await patch(user, { phone_number: null })).json).not.toHaveProperty('phone_number_verified');
  });

  it('updated_at moves with claims, and takes nothing away', async () => {
    const user = await users.aUser();
    await users.test.database.run(`UPDATE auth.users SET updated_at = '2020-01-01' WHERE sub = $1`, [user.sub]);
    endedIn(await ask('POST', at(user, '/enable')));
    expect(userIn(await ask('GET', at(user))).updated_at).toBe(1_577_836_800);
    expect(userIn(await patch(user, { username: `renamed-${user.sub}` })).updated_at).toBeGreaterThan(1_700_000_000);
    expect(await generationOf(user.sub)).toBe(0);
    expect(await logIn(user.username, PASSWORD)).toBe('refused');
    expect(await logIn(`RENAMED-${user.sub}`, PASSWORD)).toBe('welcome');
  });
});

describe('admin-api A9: what ends with a person', () => {
  it('disabled: one winner of 50, no log-in, and enabled again nothing comes back', async () => {
    const user = await users.aUser();
    expect(await logIn(user.username, PASSWORD)).toBe('welcome');
    const answers = (await fifty(() => ask('POST', at(user, '/disable')))).map(endedIn);
    expect(new Set(answers.map(({ revocation }) => revocation?.id)).size).toBe(1);
    expect(answers[0]).toMatchObject({ enabled: false, revocation: { kind: 'subject', state: 'committed' } });
    expect(await generationOf(user.sub)).toBe(1);
    expect(await kinds(user.sub)).toEqual(['user.created', 'user.disabled']);
    expect(await logIn(user.username, PASSWORD)).toBe('refused');
    expect(endedIn(await ask('POST', at(user, '/enable'), { body: {} }))).toMatchObject({
      enabled: true,
      revocation: null,
    });
    endedIn(await ask('POST', at(user, '/enable')));
    expect(await kinds(user.sub)).toEqual(['user.created', 'user.disabled', 'user.enabled']);
    expect(await generationOf(user.sub)).toBe(1);
    expect(await logIn(user.username, PASSWORD)).toBe('welcome');
    expect(pointersIn(await ask('POST', at(user, '/disable'), { body: { reason: 'x' } }))).toEqual(['/reason']);
  });

  it('tags what GET answers, and waits for the guards when it is asked to', async () => {
    const user = await users.aUser();
    const guard = await users.world.addGuard();
    const wire = await ask('POST', at(user, '/disable'), { headers: { prefer: 'wait=10' } });
    expect(wire.headers.get('preference-applied')).toBe('wait=10');
    expect(endedIn(wire).revocation).toMatchObject({ state: 'applied', receipt: { state: 'applied' } });
    const found = await ask('GET', at(user));
    expect(found.headers.get('etag')).toBe(wire.headers.get('etag'));
    await guard.membership.close();
  });

  it('another password: the old one fails at once, what it had opened ends, and each time is one of its own', async () => {
    const user = await users.aUser();
    expect(await logIn(user.username, PASSWORD)).toBe('welcome');
    const put = (password: string) => ask('PUT', at(user, '/password'), { body: { password } });
    expect(endedIn(await put('zweites Passwort')).revocation).toMatchObject({ kind: 'subject' });
    expect(await generationOf(user.sub)).toBe(1);
    expect(await logIn(user.username, PASSWORD)).toBe('refused');
    expect(await logIn(user.username, 'zweites Passwort')).toBe('welcome');
    const again = await Promise.all(Array.from({ length: 10 }, () => put('zweites Passwort')));
    expect(new Set(again.map((wire) => endedIn(wire).revocation?.id)).size).toBe(10);
    expect(await generationOf(user.sub)).toBe(11);
    expect(pointersIn(await put(''))).toEqual(['/password']);
    expect(pointersIn(await ask('PUT', at(user, '/password'), { body: {} }))).toEqual(['/password']);
  });

  it('a password verified before the change begins no session after it', async () => {
    const user = await users.aUser();
    const person = await users.stores.people.findByUsername(user.username);
    endedIn(await ask('PUT', at(user, '/password'), { body: { password: 'another' } }));
    const begun = await users.stores.sessions.start({
      ...{
        cookieDigest: randomBytes(32).toString('hex'),
        sub: user.sub,
        passwordVersion: 0,
        personGeneration: person?.generation ?? -1,
      },
      ...{ amr: ['pwd'], lifetimeSeconds: 60 },
    });
    expect(begun).toBeUndefined();
  });

  it('a disabled person gets another password and stays disabled', async () => {
    const user = await users.aUser();
    endedIn(await ask('POST', at(user, '/disable')));
    expect(endedIn(await ask('PUT', at(user, '/password'), { body: { password: 'x' } })).enabled).toBe(false);
    expect(await logIn(user.username, 'x')).toBe('refused');
  });
});

describe('admin-api A10: deleting erases', () => {
  it('one of 50 deletes; the row says nothing any more, and the name is free for somebody else', async () => {
    const user = await users.aUser({ name: 'Ada King-Erased', email: `erased@mail.example` });
    userIn(await patch(user, { nickname: 'Ada-Nick-Erased' }));
    expect(await logIn(user.username, PASSWORD)).toBe('welcome');
    const wires = await fifty(() => ask('DELETE', at(user)));
    expect(tally(wires.map(({ status }) => String(status)))).toEqual({ 200: 1, 404: 49 });
    const deleted = endedIn(wires.find(({ status }) => status === 200) ?? fail());
    expect(deleted).toMatchObject({ sub: user.sub, name: 'Ada King-Erased', enabled: false });
    expect(deleted.revocation).toMatchObject({ kind: 'subject' });
    const dump = await dumpOf(users.test.database);
    for (const trace of [user.username, 'Erased', 'erased@mail.example']) expect(dump).not.toContain(trace);
    expect(await kinds(user.sub)).toEqual(['user.created', 'user.changed', 'user.deleted']);
    expect(await logIn(user.username, PASSWORD)).toBe('refused');
    expect(listIn(await ask('GET', `${USERS}?prefix=${user.username}`)).items).toEqual([]);
    const other = await users.aUser({ username: user.username });
    expect(other.sub).not.toBe(user.sub);
  });

  it.each(['auth.revocations', 'auth.audit_events'])(
    'leaves everything as it was when %s cannot be written',
    async (table) => {
      const user = await users.aUser({ name: 'Still here' });
      const before = await ask('GET', at(user));
      await users.test.database.run(`CREATE OR REPLACE FUNCTION auth.fail() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'the spec broke it' USING ERRCODE = '53100'; END $$`);
      await users.test.database.run(`CREATE TRIGGER fail BEFORE INSERT ON ${table} EXECUTE FUNCTION auth.fail()`);
      const bodies: readonly (readonly [string, string, object | undefined])[] = [
        ...([
          ['DELETE', '', undefined],
          ['POST', '/disable', undefined],
        ] as const),
        ['PUT', '/password', { password: 'another' }],
      ];
      for (const [method, then, body] of bodies) {
        const wire = await ask(method, at(user, then), body === undefined ? {} : { body });
        expect([method, then, wire.status]).toEqual([method, then, 503]);
      }
      await users.test.database.run(`DROP TRIGGER fail ON ${table}`);
      expect((await ask('GET', at(user))).text).toBe(before.text);
      expect(await generationOf(user.sub)).toBe(0);
      expect(await logIn(user.username, PASSWORD)).toBe('welcome');
    },
  );
});

describe('admin-api A5: the list', () => {
  const names = async (query: string): Promise<string[]> => {
    const found: string[] = [];
    for (let after: string | null = ''; after !== null;) {
      const page = listIn(await ask('GET', `${USERS}?${query}${after === '' ? '' : `&after=${after}`}`));
      found.push(...page.items.map(({ username }) => username));
      after = page.next;
    }
    return found;
  };

  it.each(['limit=0', 'limit=201', 'limit=x', 'after=x', 'after=', 'prefix=%00', 'colour=red', 'prefix=a&after=eA'])(
    'refuses %s',
    async (query) => {
      expect((await ask('GET', `${USERS}?${query}`)).status).toBe(400);
    },
  );

  it('searches by the beginning of the name, as it is compared, code point by code point, page by page', async () => {
    const base = `s${randomUUID().slice(0, 8)}`;
    const spelled = [`${base}a`, `${base.toUpperCase()}B`, `${base}ß`, `${base}_%`, `${base}😀`, base, `${base}aa`];
    for (const username of spelled) await users.aUser({ username });
    await users.aUser({ username: `x${base}` });
    const inOrder = [base, `${base}_%`, `${base}a`, `${base}aa`, `${base.toUpperCase()}B`, `${base}ß`, `${base}😀`];
    expect(await names(`prefix=${base}&limit=2`)).toEqual(inOrder);
    expect(await names(`prefix=${encodeURIComponent(base.toUpperCase())}A`)).toEqual([`${base}a`, `${base}aa`]);
    expect(await names(`prefix=${encodeURIComponent(`${base}_`)}`)).toEqual([`${base}_%`]);
    expect(await names(`prefix=${encodeURIComponent(`${base}%`)}`)).toEqual([]);
  });

  it('shows no row twice and misses none while rows come, go and are renamed', async () => {
    const constant = await Promise.all(Array.from({ length: 30 }, () => users.aUser()));
    const renamed = await users.aUser();
    const seen: string[] = [];
    let turn = 0;
    for (let after: string | null = ''; after !== null; turn += 1) {
      const page = listIn(await ask('GET', `${USERS}?limit=7${after === '' ? '' : `&after=${after}`}`));
      seen.push(...page.items.map(({ sub }) => sub));
      after = page.next;
      if (turn % 3 === 0) await ask('DELETE', at(await users.aUser()));
      userIn(await patch(renamed, { username: `${turn % 2 === 0 ? 'a' : 'z'}-${randomUUID()}` }));
      if (turn > 100) throw new Error('it never ends');
    }
    expect(new Set(seen).size).toBe(seen.length);
    for (const { sub } of [...constant, renamed]) expect(seen).toContain(sub);
  });
});

describe('admin-api /users: a password is seen by nobody', () => {
  it('in no answer, no log, no dump, nor what is kept of a request', async () => {
    const [first, second] = ['Xq7-first-Xq7-secret', 'Xq7-second-Xq7-secret'];
    const headers = { 'idempotency-key': randomUUID() };
    const created = await users.create({ password: first }, headers);
    const user = userIn(created, 201);
    const put = await ask('PUT', at(user, '/password'), { body: { password: second } });
    const refused = await users.create({ username: user.username, password: first });
    expect(refused.status).toBe(409);
    const dump = await dumpOf(users.test.database);
    const secrets = [first, second].map((value) => ({ name: value, value }));
    expect(secretsIn(dump, secrets)).toEqual([]);
    for (const text of [created.text, put.text, refused.text, users.bench.logged()]) expect(text).not.toContain('Xq7');
  });
});

function fail(): never {
  throw new Error('it is not there');
}
