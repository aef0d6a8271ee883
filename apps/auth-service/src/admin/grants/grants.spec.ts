import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Unavailable } from '@latchkey/protocol';
import { PostgresGrantRecords } from '../../persistence/postgres/grant-records.js';
import { PostgresGrantStore } from '../../persistence/postgres/grant-store.js';
import {
  aRedemption,
  everything,
  fifty,
  type Inhabitants,
  openTestDatabase,
  type OpenTestDatabase,
  settle,
  tally,
} from '../../persistence/postgres/testing/open-test-database.js';
import { type GuardedWorld, openGuardedWorld } from '../../test/guarded-world.js';
import { ADMIN_SCOPE_NAMES } from '../admin-scopes.js';
import { formOf } from '../http/form.js';
import { adminBench, type AdminBench, CALLER, type Wire } from '../test/admin-bench.js';
import { GrantListSchema, type GrantResource, GrantSchema, RevokedGrantSchema } from './grant-schema.js';

const PATH = '/admin/v1/grants';
const isGrant = formOf(GrantSchema);
const isRevoked = formOf(RevokedGrantSchema);
const isList = formOf(GrantListSchema);

let test: OpenTestDatabase;
let world: GuardedWorld;
let bench: AdminBench;
let store: PostgresGrantStore;
beforeAll(async () => {
  test = await openTestDatabase();
  world = await openGuardedWorld(test.database);
  store = new PostgresGrantStore(test.database, test.onRevoked);
  bench = await adminBench({ grants: new PostgresGrantRecords(world.revoking), desk: world.revocation.desk });
});
afterAll(async () => {
  await bench.close();
  await world.close();
  await test.close();
});

const give = async (who: Inhabitants, over: Parameters<typeof aRedemption>[1] = {}): Promise<string> => {
  const redemption = aRedemption(who, over);
  expect(await store.redeemCode(redemption)).toBe('redeemed');
  return redemption.grant.grantId;
};
const rotate = async (grantId: string): Promise<string> =>
  (
    await store.rotateRefreshToken({
      ...{ grantId, presented: 0, presentedKey: 0, toleranceSeconds: 10 },
      revocationExpiresAt: Math.floor(Date.now() / 1000) + 400,
    })
  ).outcome;
const see = async (grantId: string): Promise<GrantResource> => {
  const wire = await bench.ask('GET', `${PATH}/${grantId}`);
  const formed = isGrant(wire.json);
  if (wire.status !== 200 || !formed.ok) throw new Error(`no grant: ${wire.status} ${wire.text}`);
  return formed.value;
};
const list = async (query: string): Promise<{ items: GrantResource[]; next: string | null }> => {
  const wire = await bench.ask('GET', `${PATH}${query}`);
  const formed = isList(wire.json);
  if (wire.status !== 200 || !formed.ok) throw new Error(`no list: ${wire.status} ${wire.text}`);
  return formed.value;
};
const remove = (grantId: string, headers: Record<string, string> = {}): Promise<Wire> =>
  bench.ask('DELETE', `${PATH}/${grantId}`, { headers });
const revokedIn = (wire: Wire) => {
  const formed = isRevoked(wire.json);
  if (wire.status !== 200 || !formed.ok) throw new Error(`no revoked grant: ${wire.status} ${wire.text}`);
  return formed.value;
};

describe('A1 /grants: who may not', () => {
  it.each([
    ['GET', PATH, 'grants:read'],
    ['GET', `${PATH}/${randomUUID()}`, 'grants:read'],
    ['DELETE', `${PATH}/${randomUUID()}`, 'grants:write'],
  ])('%s %s without the scope', async (method, path, scope) => {
    const others = ADMIN_SCOPE_NAMES.filter((name) => name !== scope).join(' ');
    const wire = await bench.ask(method, path, { authorization: `Bearer ${bench.mint({ scope: others })}` });
    expect(wire.status).toBe(403);
    expect(wire.headers.get('www-authenticate')).toContain(`scope="${scope}"`);
  });

  it.each([randomUUID(), 'no-uuid', '%00', 'f'.repeat(400)])('A7 finds nothing at %s', async (id) => {
    expect((await bench.ask('GET', `${PATH}/${id}`)).status).toBe(404);
    expect((await remove(id)).status).toBe(404);
  });

  it('A7 finds nothing at a name in upper case: a UUID has one', async () => {
    const grantId = await give(await settle(test.database));
    expect((await remove(grantId.toUpperCase())).status).toBe(404);
    expect((await see(grantId)).active).toBe(true);
  });
});

describe('A4 /grants: what is asked for', () => {
  it('names every fault of the query at once', async () => {
    const wire = await bench.ask('GET', `${PATH}?sub=Ada&client_id=${'F'.repeat(32)}&limit=0&colour=red`);
    expect(wire.status).toBe(400);
    expect(wire.json).toMatchObject({
      errors: expect.arrayContaining(
        ['/sub', '/client_id', '/limit', '/colour'].map((pointer): unknown => expect.objectContaining({ pointer })),
      ),
    });
  });

  it.each(['nonsense', Buffer.from('1.x').toString('base64url')])('refuses %s as a place', async (after) => {
    expect((await bench.ask('GET', `${PATH}?after=${after}`)).status).toBe(400);
  });

  it('A9 refuses a body that is not empty, and changes nothing', async () => {
    const grantId = await give(await settle(test.database));
    expect((await bench.ask('DELETE', `${PATH}/${grantId}`, { body: { force: true } })).status).toBe(400);
    expect((await see(grantId)).revoked_at).toBeNull();
  });
});

describe('A6 /grants: conditions', () => {
  it('is 412 for another tag, is recorded as refused, and changes nothing', async () => {
    const grantId = await give(await settle(test.database));
    const before = await bench.ask('GET', `${PATH}/${grantId}`);
    const tag = before.headers.get('etag') ?? '';
    expect(await rotate(grantId)).toBe('rotated');
    const dump = await everything(test.database);
    const wire = await remove(grantId, { 'if-match': tag });
    expect([wire.status, wire.headers.get('etag')]).toEqual([412, expect.not.stringContaining(tag)]);
    expect(await everything(test.database)).toBe(dump);
    expect(bench.refused.at(-1)).toMatchObject({ kind: 'grant.revoked', target: grantId, detail: { status: 412 } });
    expect((await remove(grantId, { 'if-match': wire.headers.get('etag') ?? '' })).status).toBe(200);
  });

  it('is 304 for who has it already', async () => {
    const grantId = await give(await settle(test.database));
    const tag = (await bench.ask('GET', `${PATH}/${grantId}`)).headers.get('etag') ?? '';
    expect((await bench.ask('GET', `${PATH}/${grantId}`, { headers: { 'if-none-match': tag } })).status).toBe(304);
  });

  it('of fifty at once with one tag one revokes, 49 hear that it is another', async () => {
    const grantId = await give(await settle(test.database));
    const tag = (await bench.ask('GET', `${PATH}/${grantId}`)).headers.get('etag') ?? '';
    const answers = await fifty(() => remove(grantId, { 'if-match': tag }));
    expect(tally(answers.map(({ status }) => String(status)))).toEqual({ 200: 1, 412: 49 });
  });
});

describe('A9 DELETE /grants/{grant_id} revokes', () => {
  it('says so, with the grant as GET answers it, and refuses its refresh token', async () => {
    const grantId = await give(await settle(test.database));
    const wire = await remove(grantId, { prefer: 'wait=10' });
    const { revocation, ...grant } = revokedIn(wire);
    expect(revocation).toMatchObject({ kind: 'grant', state: 'applied', receipt: { state: 'applied' } });
    expect(wire.headers.get('preference-applied')).toBe('wait=10');
    const seen = await bench.ask('GET', `${PATH}/${grantId}`);
    expect(seen.json).toEqual(grant);
    expect(seen.headers.get('etag')).toBe(wire.headers.get('etag'));
    expect(grant).toMatchObject({ active: false, revoked_at: expect.any(Number) });
    expect(await rotate(grantId)).toBe('ended');
    const { rows } = await test.database.run(
      'SELECT actor, kind, detail FROM auth.audit_events WHERE target = $1 ORDER BY id',
      [grantId],
    );
    expect(rows).toEqual([
      { actor: CALLER, kind: 'grant.revoked', detail: expect.objectContaining({ cause: 'grant_deleted' }) },
    ]);
    const { rows: entries } = await test.database.run('SELECT id FROM auth.revocations WHERE value = $1', [grantId]);
    expect(entries).toEqual([{ id: revocation?.id }]);
  });

  it('A9 repeated it answers what stands and writes nothing', async () => {
    const grantId = await give(await settle(test.database));
    const first = revokedIn(await remove(grantId));
    const dump = await everything(test.database);
    expect(revokedIn(await remove(grantId))).toEqual(first);
    expect(await everything(test.database)).toBe(dump);
  });

  it('A9 says null when the entry is gone with the last token', async () => {
    const grantId = await give(await settle(test.database));
    await remove(grantId);
    await test.database.run('DELETE FROM auth.revocations WHERE value = $1', [grantId]);
    expect(revokedIn(await remove(grantId)).revocation).toBeNull();
  });

  it('of fifty at once there is one effect, and all hear of it', async () => {
    const grantId = await give(await settle(test.database));
    const answers = (await fifty(() => remove(grantId))).map(revokedIn);
    expect(new Set(answers.map(({ revocation }) => revocation?.id)).size).toBe(1);
    const { rows } = await test.database.run("SELECT 1 FROM auth.audit_events WHERE target = $1 AND outcome = 'done'", [
      grantId,
    ]);
    expect(rows).toHaveLength(1);
  });

  it('503 when PostgreSQL does not answer, and nothing is lost', async () => {
    const away = () => Promise.reject(new Unavailable('PostgreSQL'));
    const broken = await adminBench({ grants: { list: away, find: away, end: away }, desk: world.revocation.desk });
    const grantId = await give(await settle(test.database));
    expect((await broken.ask('DELETE', `${PATH}/${grantId}`)).status).toBe(503);
    await broken.close();
    expect((await see(grantId)).active).toBe(true);
  });
});

describe('admin-api /grants: one for each redeemed code', () => {
  it('shows all that an operator may know, and no digest', async () => {
    const who = await settle(test.database);
    const redemption = aRedemption(who, { tokenSub: 'pairwise-sub', resource: 'https://api.example', nonce: 'n-0S6' });
    await store.redeemCode(redemption);
    const { grant } = redemption;
    const wire = await bench.ask('GET', `${PATH}/${grant.grantId}`);
    expect(wire.json).toEqual({
      ...{ grant_id: grant.grantId, client_id: who.client.clientId, sub: who.sub, scope: 'openid notes:read' },
      ...{ resource: 'https://api.example', auth_time: grant.authTime, amr: ['pwd'], sid: who.sid },
      ...{ ends_with_session: true, created_at: grant.createdAt, expires_at: expect.any(Number) },
      ...{ revoked_at: null, last_refreshed_at: null, active: true },
    });
    expect(wire.text).not.toContain(redemption.codeDigest);
    expect(wire.text).not.toContain('pairwise-sub');
  });

  it('says when it was last refreshed, as far as the row knows', async () => {
    const grantId = await give(await settle(test.database));
    const now = Date.now() / 1000;
    expect(await rotate(grantId)).toBe('rotated');
    const { last_refreshed_at: at } = await see(grantId);
    expect(Math.abs((at ?? 0) - now)).toBeLessThan(15);
  });

  it.each([
    ['its client is disabled', 'UPDATE auth.clients SET enabled = false WHERE client_id = $1', 'client'],
    ['its client was revoked', 'UPDATE auth.clients SET generation = 1 WHERE client_id = $1', 'client'],
    ['its person is disabled', 'UPDATE auth.users SET enabled = false WHERE sub::text = $1', 'sub'],
    ['its session has ended', 'UPDATE auth.login_sessions SET ended_at = now() WHERE sid::text = $1', 'sid'],
    ['it has expired', 'UPDATE auth.grants SET expires_at = now() WHERE sid::text = $1', 'sid'],
  ] as const)('is not active when %s', async (_when, sql, whose) => {
    const who = await settle(test.database);
    const grantId = await give(who);
    await test.database.run(sql, [whose === 'client' ? who.client.clientId : who[whose]]);
    expect(await see(grantId)).toMatchObject({ active: false, revoked_at: null });
    expect((await list(`?sub=${who.sub}`)).items).toMatchObject([{ active: false }]);
  });

  it('lists by person, by client and by both, newest first', async () => {
    const [ada, bob] = [await settle(test.database), await settle(test.database)];
    const now = Math.floor(Date.now() / 1000);
    const first = await give(ada, { createdAt: now - 30 });
    const second = await give({ ...ada, client: bob.client }, { createdAt: now - 20 });
    const third = await give(bob, { createdAt: now - 10 });
    const ids = async (query: string) => (await list(query)).items.map(({ grant_id }) => grant_id);
    expect(await ids(`?sub=${ada.sub}`)).toEqual([second, first]);
    expect(await ids(`?client_id=${bob.client.clientId}`)).toEqual([third, second]);
    expect(await ids(`?sub=${ada.sub}&client_id=${bob.client.clientId}`)).toEqual([second]);
    expect(await ids(`?sub=${randomUUID()}`)).toEqual([]);
    expect((await ids('?limit=200')).filter((id) => [first, second, third].includes(id))).toEqual([
      ...[third, second, first],
    ]);
  });
});

describe('A5 /grants: the order is stable while rows come and go', () => {
  it('shows none twice and misses none that stays, many of one instant among them', async () => {
    const who = await settle(test.database);
    const createdAt = Math.floor(Date.now() / 1000) - 1000;
    const [stays, goes]: [string[], string[]] = [[], []];
    for (let n = 0; n < 30; n += 1) {
      stays.push(await give(who, { createdAt: createdAt + (n % 3) }));
      goes.push(await give(who, { createdAt: createdAt + (n % 3) }));
    }
    const seen: string[] = [];
    let after = '';
    for (;;) {
      const { items, next } = await list(`?sub=${who.sub}&limit=7${after}`);
      seen.push(...items.map(({ grant_id }) => grant_id));
      if (next === null) break;
      after = `&after=${next}`;
      // Also the very row on which the page ended.
      const gone = [...goes.splice(0, 4), ...goes.filter((id) => id === items.at(-1)?.grant_id)];
      await test.database.run('DELETE FROM auth.grants WHERE grant_id = ANY($1::uuid[])', [gone]);
      await give(who, { createdAt: createdAt + 1 });
      await give(who);
      await store.rotateRefreshToken({
        ...{ grantId: stays[0] ?? '', presented: 0, presentedKey: 0, toleranceSeconds: 10 },
        revocationExpiresAt: createdAt + 2000,
      });
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(stays.filter((id) => !seen.includes(id))).toEqual([]);
  });
});
