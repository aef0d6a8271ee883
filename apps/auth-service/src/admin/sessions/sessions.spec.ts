import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { digestOf } from '@latchkey/protocol';
import { PostgresGrantStore } from '../../persistence/postgres/grant-store.js';
import { PostgresLoginSessionStore } from '../../persistence/postgres/login-session-store.js';
import { PostgresSessionRecords } from '../../persistence/postgres/session-records.js';
import {
  aRedemption,
  everything,
  fifty,
  openTestDatabase,
  type OpenTestDatabase,
  settle,
  tally,
} from '../../persistence/postgres/testing/open-test-database.js';
import { type GuardedWorld, openGuardedWorld } from '../../test/guarded-world.js';
import { ADMIN_SCOPE_NAMES } from '../admin-scopes.js';
import { formOf } from '../http/form.js';
import { adminBench, type AdminBench, CALLER, type Wire } from '../test/admin-bench.js';
import { EndedSessionSchema, SessionListSchema, type SessionResource, SessionSchema } from './session-schema.js';

const PATH = '/admin/v1/sessions';
const isSession = formOf(SessionSchema);
const isEnded = formOf(EndedSessionSchema);
const isList = formOf(SessionListSchema);

let test: OpenTestDatabase;
let world: GuardedWorld;
let bench: AdminBench;
let sessions: PostgresLoginSessionStore;
let grants: PostgresGrantStore;
beforeAll(async () => {
  test = await openTestDatabase();
  world = await openGuardedWorld(test.database);
  sessions = new PostgresLoginSessionStore(test.database, test.onRevoked);
  grants = new PostgresGrantStore(test.database, test.onRevoked);
  bench = await adminBench({ sessions: new PostgresSessionRecords(world.revoking), desk: world.revocation.desk });
});
afterAll(async () => {
  await bench.close();
  await world.close();
  await test.close();
});

interface Login {
  readonly sid: string;
  readonly cookieDigest: string;
}
const logIn = async (sub: string, replaced?: Login): Promise<Login> => {
  const cookieDigest = digestOf(randomUUID());
  const session = await sessions.start({
    ...{ cookieDigest, sub, passwordVersion: 0, personGeneration: 0, amr: ['pwd'], lifetimeSeconds: 3600 },
    ...(replaced === undefined ? {} : { replacesCookieDigest: replaced.cookieDigest }),
  });
  if (session === undefined) throw new Error('the session was not started');
  return { sid: session.sid, cookieDigest };
};
const see = async (sid: string): Promise<SessionResource> => {
  const wire = await bench.ask('GET', `${PATH}/${sid}`);
  const formed = isSession(wire.json);
  if (wire.status !== 200 || !formed.ok) throw new Error(`no session: ${wire.status} ${wire.text}`);
  return formed.value;
};
const list = async (query: string): Promise<{ items: SessionResource[]; next: string | null }> => {
  const wire = await bench.ask('GET', `${PATH}${query}`);
  const formed = isList(wire.json);
  if (wire.status !== 200 || !formed.ok) throw new Error(`no list: ${wire.status} ${wire.text}`);
  return formed.value;
};
const remove = (sid: string, headers: Record<string, string> = {}): Promise<Wire> =>
  bench.ask('DELETE', `${PATH}/${sid}`, { headers });
const endedIn = (wire: Wire) => {
  const formed = isEnded(wire.json);
  if (wire.status !== 200 || !formed.ok) throw new Error(`no ended session: ${wire.status} ${wire.text}`);
  return formed.value;
};

describe('A1 /sessions: who may not', () => {
  it.each([
    ['GET', PATH, 'sessions:read'],
    ['GET', `${PATH}/${randomUUID()}`, 'sessions:read'],
    ['DELETE', `${PATH}/${randomUUID()}`, 'sessions:write'],
  ])('%s %s without the scope', async (method, path, scope) => {
    const others = ADMIN_SCOPE_NAMES.filter((name) => name !== scope).join(' ');
    const wire = await bench.ask(method, path, { authorization: `Bearer ${bench.mint({ scope: others })}` });
    expect(wire.status).toBe(403);
    expect(wire.headers.get('www-authenticate')).toContain(`scope="${scope}"`);
  });

  it.each([randomUUID(), 'no-uuid', '%00'])('A7 finds nothing at %s', async (sid) => {
    expect((await bench.ask('GET', `${PATH}/${sid}`)).status).toBe(404);
    expect((await remove(sid)).status).toBe(404);
  });

  it('A4 names every fault of the query', async () => {
    const wire = await bench.ask('GET', `${PATH}?sub=Ada&limit=201`);
    expect(wire.status).toBe(400);
    expect(wire.text).toContain('"/sub"');
    expect(wire.text).toContain('"/limit"');
  });
});

describe('A9 DELETE /sessions/{sid} ends it', () => {
  it('the person is at the login page, what ends with it ends, offline access goes on', async () => {
    const who = await settle(test.database);
    const login = await logIn(who.sub);
    const [ending, offline] = [true, false].map((endsWithSession) =>
      aRedemption({ ...who, sid: login.sid }, { endsWithSession }),
    );
    if (ending === undefined || offline === undefined) throw new Error('no redemptions');
    for (const each of [ending, offline]) expect(await grants.redeemCode(each)).toBe('redeemed');
    const wire = await remove(login.sid, { prefer: 'wait=10' });
    const { revocation, ...session } = endedIn(wire);
    expect(revocation).toMatchObject({ kind: 'session', state: 'applied' });
    const seen = await bench.ask('GET', `${PATH}/${login.sid}`);
    expect(seen.json).toEqual(session);
    expect(seen.headers.get('etag')).toBe(wire.headers.get('etag'));
    expect(session).toMatchObject({ active: false, ended_at: expect.any(Number), replaced_by: null });
    expect(await sessions.find(login.cookieDigest)).toBeUndefined();
    const rotated = await Promise.all(
      [ending, offline].map(async ({ grant, revocationExpiresAt }) => {
        const asked = { grantId: grant.grantId, presented: 0, presentedKey: 0, toleranceSeconds: 10 };
        return (await grants.rotateRefreshToken({ ...asked, revocationExpiresAt })).outcome;
      }),
    );
    expect(rotated).toEqual(['ended', 'rotated']);
    const { rows } = await test.database.run(
      'SELECT actor, kind, detail FROM auth.audit_events WHERE target = $1 AND actor = $2',
      [...[login.sid, CALLER]],
    );
    expect(rows).toEqual([
      { actor: CALLER, kind: 'session.ended', detail: expect.objectContaining({ cause: 'revoked_by_operator' }) },
    ]);
  });

  it('A9 repeated it answers what stands and writes nothing', async () => {
    const { sid } = await settle(test.database);
    const first = endedIn(await remove(sid));
    const dump = await everything(test.database);
    expect(endedIn(await remove(sid))).toEqual(first);
    expect(await everything(test.database)).toBe(dump);
  });

  it('ends the whole chain, whichever of it is named, and shows the replaced one with its successor', async () => {
    const { sub } = await settle(test.database);
    const first = await logIn(sub);
    const second = await logIn(sub, first);
    const third = await logIn(sub, second);
    expect(await see(first.sid)).toMatchObject({ replaced_by: second.sid, active: false, ended_at: null });
    const { revocation } = endedIn(await remove(first.sid));
    const { rows } = await test.database.run('SELECT value FROM auth.revocations WHERE id = $1', [revocation?.id]);
    expect(rows).toEqual([{ value: first.sid }]);
    expect(await sessions.find(third.cookieDigest)).toBeUndefined();
    for (const { sid } of [first, second, third]) expect((await see(sid)).ended_at).not.toBeNull();
  });

  it('A6 is 412 for another tag, and 49 of fifty with one tag', async () => {
    const { sub } = await settle(test.database);
    const login = await logIn(sub);
    const tag = (await bench.ask('GET', `${PATH}/${login.sid}`)).headers.get('etag') ?? '';
    const successor = await logIn(sub, login);
    expect((await remove(login.sid, { 'if-match': tag })).status).toBe(412);
    expect((await see(successor.sid)).active).toBe(true);
    const now = (await bench.ask('GET', `${PATH}/${login.sid}`)).headers.get('etag') ?? '';
    const answers = await fifty(() => remove(login.sid, { 'if-match': now }));
    expect(tally(answers.map(({ status }) => String(status)))).toEqual({ 200: 1, 412: 49 });
  });

  it('fifty at once, on every member of one chain, end each once and never wait in a circle', async () => {
    const { sub } = await settle(test.database);
    const chain = [await logIn(sub)];
    for (let n = 0; n < 4; n += 1) chain.push(await logIn(sub, chain.at(-1)));
    const answers = await fifty((turn) => remove(chain[turn % chain.length]?.sid ?? ''));
    expect(tally(answers.map(({ status }) => String(status)))).toEqual({ 200: 50 });
    const { rows } = await test.database.run(
      "SELECT target FROM auth.audit_events WHERE target = ANY($1::text[]) AND kind = 'session.ended' ORDER BY target",
      [chain.map(({ sid }) => sid)],
    );
    expect(rows).toEqual(chain.map(({ sid }) => ({ target: sid })).toSorted((a, b) => (a.target < b.target ? -1 : 1)));
  });
});

describe('admin-api /sessions: login sessions', () => {
  it('shows all that an operator may know, and no digest', async () => {
    const { sub } = await settle(test.database);
    const login = await logIn(sub);
    const wire = await bench.ask('GET', `${PATH}/${login.sid}`);
    expect(wire.json).toEqual({
      ...{ sid: login.sid, sub, auth_time: expect.any(Number), amr: ['pwd'], expires_at: expect.any(Number) },
      ...{ ended_at: null, replaced_by: null, active: true },
    });
    expect(wire.text).not.toContain(login.cookieDigest);
  });

  it('is not active when the person is disabled or revoked', async () => {
    for (const set of ['enabled = false', 'generation = 1']) {
      const { sub, sid } = await settle(test.database);
      await test.database.run(`UPDATE auth.users SET ${set} WHERE sub = $1`, [sub]);
      expect(await see(sid)).toMatchObject({ active: false, ended_at: null });
    }
  });

  it('A5 lists one person, newest first, none twice and none missed while sessions come and go', async () => {
    const [{ sub }, other] = [await settle(test.database), await settle(test.database)];
    const made: string[] = [];
    for (let n = 0; n < 40; n += 1) made.push((await logIn(sub)).sid);
    await test.database.run(
      `UPDATE auth.login_sessions SET auth_time = now() - interval '1 hour' + (n % 4) * interval '1 second'
       FROM unnest($1::uuid[]) WITH ORDINALITY AS t (id, n) WHERE sid = t.id`,
      [made],
    );
    const goes = made.slice(0, 20);
    const seen: SessionResource[] = [];
    let after = '';
    for (;;) {
      const { items, next } = await list(`?sub=${sub}&limit=6${after}`);
      seen.push(...items);
      if (next === null) break;
      after = `&after=${next}`;
      await test.database.run('DELETE FROM auth.login_sessions WHERE sid = ANY($1::uuid[])', [goes.splice(0, 3)]);
      await logIn(sub);
    }
    const sids = seen.map(({ sid }) => sid);
    expect(new Set(sids).size).toBe(sids.length);
    expect(made.slice(20).filter((sid) => !sids.includes(sid))).toEqual([]);
    expect(seen.map(({ auth_time: at }) => at)).toEqual(seen.map(({ auth_time: at }) => at).toSorted((a, b) => b - a));
    expect(seen.some(({ sid }) => sid === other.sid)).toBe(false);
    expect((await list('?limit=200')).items.some(({ sid }) => sid === other.sid)).toBe(true);
  });
});
