import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Unavailable } from '@latchkey/protocol';
import { type KeyAct, KeyEncryption, KeyRotation } from '@latchkey/tokens/issuing';
import { PostgresKeyStore } from '../../persistence/postgres/key-store.js';
import { AUDIT_EVENTS } from '../../persistence/postgres/testing/audit-columns.js';
import { Revoking } from '../../persistence/postgres/revoking.js';
import {
  fifty,
  openTestDatabase,
  type OpenTestDatabase,
} from '../../persistence/postgres/testing/open-test-database.js';
import { type GuardedWorld, openGuardedWorld } from '../../test/guarded-world.js';
import { ADMIN_SCOPE_NAMES } from '../admin-scopes.js';
import { formOf } from '../http/form.js';
import { adminBench, type AdminBench, CALLER, type Wire } from '../test/admin-bench.js';
import {
  KeyListSchema,
  type KeyResource,
  KilledKeySchema,
  type KilledKeyResource,
  RotationSchema,
} from './key-schema.js';

const PATH = '/admin/v1/keys';
const API = 'https://notes.example';
const ANNOUNCE_MS = 3_600_000;
const ACT: KeyAct = { actor: 'spec', receipt: false };
const isList = formOf(KeyListSchema);
const isRotation = formOf(RotationSchema);
const isKilled = formOf(KilledKeySchema);

let test: OpenTestDatabase;
let world: GuardedWorld;
let bench: AdminBench;
let rotation: KeyRotation;
let encryption: KeyEncryption;
let store: PostgresKeyStore;
beforeAll(async () => {
  test = await openTestDatabase();
  world = await openGuardedWorld(test.database);
  encryption = new KeyEncryption(randomBytes(32), []);
  const { revocations, guards, revocation } = world;
  store = new PostgresKeyStore(
    new Revoking(test.database, (entries, receipt) => {
      world.receipts.push(receipt);
      revocation.onRevoked(entries, receipt);
    }),
  );
  rotation = rotationWith(ANNOUNCE_MS);
  bench = await adminBench({ revocations, guards, desk: revocation.desk, rotation });
  await world.addGuard();
});
afterAll(async () => {
  await bench.close();
  await world.close();
  await test.close();
});
beforeEach(async () => {
  world.receipts.length = 0;
  await rotation.run();
});
afterEach(() => test.database.run("TRUNCATE auth.keys; DELETE FROM auth.revocations WHERE kind = 'key'"));

const rotationWith = (announceMs: number): KeyRotation =>
  new KeyRotation({
    ...{ store, encryption, spans: { announceMs, useMs: 30 * 86_400_000, keepMs: 0 } },
    // RSA keys take long to make, and are no different here.
    rings: [{ algorithm: 'ES256' }, { algorithm: 'EdDSA' }, { algorithm: 'refresh' }],
  });

async function page(query = ''): Promise<{ items: KeyResource[]; next: string | null }> {
  const wire = await bench.ask('GET', `${PATH}${query}`);
  const formed = isList(wire.json);
  if (wire.status !== 200 || !formed.ok) throw new Error(`no list: ${wire.status} ${wire.text}`);
  return formed.value;
}
const list = async (): Promise<readonly KeyResource[]> => (await page('?limit=200')).items;
async function keyOf(kid: string): Promise<KeyResource> {
  const key = (await list()).find((each) => each.kid === kid);
  if (key === undefined) throw new Error(`no ${kid}`);
  return key;
}
async function activeKid(algorithm: string, audience: string | null = null): Promise<string> {
  const found = (await list()).find(
    (key) => key.algorithm === algorithm && key.audience === audience && key.state === 'active',
  );
  if (found === undefined) throw new Error(`no active ${algorithm}`);
  return found.kid;
}
async function rotate(): Promise<KeyResource[]> {
  const wire = await bench.ask('POST', `${PATH}/rotate`);
  const formed = isRotation(wire.json);
  if (wire.status !== 200 || !formed.ok) throw new Error(`not rotated: ${wire.status} ${wire.text}`);
  return formed.value.successors;
}
const ask = (kid: string, headers: Record<string, string> = {}): Promise<Wire> =>
  bench.ask('DELETE', `${PATH}/${kid}`, { headers });
function killedIn(wire: Wire): KilledKeyResource {
  const formed = isKilled(wire.json);
  if (wire.status !== 200 || !formed.ok) throw new Error(`not killed: ${wire.status} ${wire.text}`);
  return formed.value;
}
const kill = async (kid: string): Promise<KilledKeyResource> => killedIn(await ask(kid));
const audited = async (target: string): Promise<readonly unknown[]> =>
  (
    await test.database.run(
      `SELECT actor, kind, address FROM ${AUDIT_EVENTS} WHERE target = $1 AND actor <> 'system' ORDER BY id`,
      [target],
    )
  ).rows;

describe('admin-api A2: who may not', () => {
  const OPERATIONS = [
    ['GET', PATH, 'keys:read'],
    ['POST', `${PATH}/rotate`, 'keys:write'],
    ['DELETE', `${PATH}/x`, 'keys:write'],
  ] as const;

  it.each(OPERATIONS)('%s %s without %s, whatever else was granted', async (method, path, scope) => {
    const revision = (await store.revision()).revision;
    const others = ADMIN_SCOPE_NAMES.filter((name) => name !== scope);
    for (const granted of [others.join(' '), ...others, 'openid']) {
      const target = path.endsWith('/x') ? `${PATH}/${await activeKid('ES256')}` : path;
      const wire = await bench.ask(method, target, { authorization: `Bearer ${bench.mint({ scope: granted })}` });
      expect(wire.status).toBe(403);
      expect(wire.headers.get('www-authenticate')).toContain(`scope="${scope}"`);
    }
    expect((await store.revision()).revision).toBe(revision);
  });

  it.each(OPERATIONS.map(([method, path]) => [method, path]))('%s %s without a token', async (method, path) => {
    expect((await bench.ask(method, path, { authorization: null })).status).toBe(401);
  });
});

describe('admin-api A4, A7, A9: what is refused', () => {
  it.each(['none-such', 'a.b', '%00', 'refresh-1000000', randomUUID()])('finds no key %s', async (kid) => {
    expect((await ask(kid, { prefer: 'wait=1' })).status).toBe(404);
    expect(world.receipts).toEqual([]);
  });

  it.each([
    ['POST', '/rotate'],
    ['DELETE', '/none'],
  ])('refuses a body of %s %s that holds anything', async (method, path) => {
    const wire = await bench.ask(method, PATH + path, { body: { reason: 'a leak' } });
    expect([wire.status, wire.text.includes('/reason')]).toEqual([400, true]);
  });

  it('takes an empty body and {} for none', async () => {
    for (const raw of ['', '{}']) {
      expect((await bench.ask('POST', `${PATH}/rotate`, { raw })).status).toBe(200);
      expect((await bench.ask('DELETE', `${PATH}/none`, { raw })).status).toBe(404);
    }
  });

  it.each([
    ['POST', '', 'GET, HEAD'],
    ['PUT', '/rotate', 'POST'],
    ['GET', '/rotate', 'POST'],
    ['OPTIONS', '/rotate', 'POST'],
    ['PATCH', '/a-kid', 'GET, HEAD, DELETE'],
  ])('%s %s', async (method, path, allowed) => {
    const wire = await bench.ask(method, PATH + path);
    expect([wire.status, wire.headers.get('allow')]).toEqual([405, allowed]);
  });

  it.each(['limit=0', 'limit=201', 'after=abc', `after=${Buffer.from('1.a/b').toString('base64url')}`, 'x=1'])(
    'A5: refuses ?%s',
    async (query) => {
      expect((await bench.ask('GET', `${PATH}?${query}`)).status).toBe(400);
    },
  );

  it('is 503 while PostgreSQL does not answer', async () => {
    const broken = () => Promise.reject(new Unavailable('PostgreSQL'));
    const lame = await adminBench({ rotation: { list: broken, rotate: broken, kill: broken } });
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/rotate'],
      ['DELETE', '/a-kid'],
    ] as const) {
      const wire = await lame.ask(method, PATH + path);
      expect([wire.status, wire.headers.get('retry-after')]).toEqual([503, '1']);
    }
    await lame.close();
  });
});

describe('keys K8: GET /admin/v1/keys', () => {
  it('shows each key of every ring with its dates, in seconds, and null for what is yet to come', async () => {
    await rotation.addSecret(API, ACT);
    const { key: second } = secretIn(await rotation.addSecret(API, ACT));
    const keys = await list();
    expect(keys.map(({ algorithm, audience, state }) => [algorithm, audience, state]).toSorted()).toEqual([
      ['ES256', null, 'active'],
      ['EdDSA', null, 'active'],
      ['HS256', API, 'active'],
      ['HS256', API, 'announced'],
      ['refresh', null, 'active'],
    ]);
    const now = Date.now() / 1000;
    for (const key of keys) expect(Math.abs(key.announced_at - now)).toBeLessThan(60);
    const es256 = await keyOf(await activeKid('ES256'));
    expect(es256).toMatchObject({ active_from: es256.announced_at, active_at: es256.announced_at, killed: false });
    expect(await keyOf(second.kid)).toMatchObject({
      ...{ active_from: null, active_at: null, retired_at: null, dropped_at: null },
    });
  });

  it('K4: holds nothing that is sealed, secret or could verify, and the log neither', async () => {
    const { secret } = secretIn(await rotation.addSecret(API, ACT));
    await rotate();
    const { keys } = await rotation.list();
    const wires = [
      await bench.ask('GET', PATH),
      await bench.ask('POST', `${PATH}/rotate`),
      await ask(await activeKid('ES256')),
    ];
    const said = wires.map(({ text }) => text).join('\n') + bench.logged();
    for (const { sealedKey, publicJwk } of keys) {
      for (const hidden of [sealedKey, publicJwk?.x, publicJwk?.n]) {
        if (hidden !== undefined) expect(said).not.toContain(hidden);
      }
    }
    expect(said).not.toContain(secret.toString('base64url'));
    expect(said).not.toContain(secret.toString('hex'));
  });

  it('A5: page by page, each once, although others come meanwhile', async () => {
    await rotate();
    const before = (await list()).map(({ kid }) => kid);
    const seen: string[] = [];
    for (let after = '', pages = 0; ; pages += 1) {
      const { items, next } = await page(`?limit=2${after}`);
      seen.push(...items.map(({ kid }) => kid));
      if (next === null) break;
      after = `&after=${next}`;
      await rotation.addSecret(`https://${pages}.example`, ACT);
    }
    expect(seen.slice(0, before.length)).toEqual(before);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('says null after the last page, also when it is full', async () => {
    const keys = await list();
    const { items, next } = await page(`?limit=${keys.length}`);
    expect([items, next]).toEqual([keys, null]);
  });
});

describe('keys K8: POST /admin/v1/keys/rotate', () => {
  it('announces a successor of each ring that rotates, and says when it will sign', async () => {
    await rotation.addSecret(API, ACT);
    const successors = await rotate();
    expect(successors.map(({ algorithm }) => algorithm).toSorted()).toEqual(['ES256', 'EdDSA', 'refresh']);
    for (const successor of successors) {
      expect(successor).toMatchObject({ state: 'announced', active_at: null, killed: false });
      expect(Number(successor.active_from) - successor.announced_at).toBe(ANNOUNCE_MS / 1000);
      expect(await keyOf(successor.kid)).toEqual(successor);
    }
  });

  it('makes one of each, of fifty at once', async () => {
    const answers = await fifty(rotate);
    expect(
      new Set(
        answers.map((successors) =>
          successors
            .map(({ kid }) => kid)
            .toSorted()
            .join(),
        ),
      ).size,
    ).toBe(1);
    expect((await list()).filter(({ state }) => state === 'announced')).toHaveLength(3);
  });

  it('A11: is written down with who asked and from where', async () => {
    for (const { kid } of await rotate()) {
      expect(await audited(kid)).toEqual([{ actor: CALLER, kind: 'key.announced', address: '127.0.0.1' }]);
    }
  });
});

describe('keys K7: DELETE /admin/v1/keys/{kid}', () => {
  it.each(['ES256', 'EdDSA', 'refresh'])('kills the active key of %s, and another signs at once', async (algorithm) => {
    const kid = await activeKid(algorithm);
    const { revocation, successor, ...key } = await kill(kid);
    expect(key).toEqual({ ...(await keyOf(kid)), state: 'dropped', killed: true });
    expect(key.dropped_at).not.toBeNull();
    expect(revocation).toEqual({ id: expect.any(String), kind: 'key', state: 'committed' });
    expect(successor).toEqual({
      ...{ kid: await activeKid(algorithm), announced_for_seconds: 0, announced_whole_span: false },
    });
    expect(world.receipts).toEqual([false]);
    expect((await bench.ask('GET', `/admin/v1/revocations/${revocation.id}`)).json).toMatchObject({
      ...{ kind: 'key', value: kid, expires_at: null },
    });
  });

  it('lets the announced one follow, and says how long it was announced and that it was not long enough', async () => {
    const kid = await activeKid('ES256');
    const next = (await rotate()).find(({ algorithm }) => algorithm === 'ES256');
    await test.database.run("UPDATE auth.keys SET announced_at = announced_at - interval '90 s' WHERE kid = $1", [
      next?.kid,
    ]);
    const { successor } = await kill(kid);
    expect(successor).toMatchObject({ kid: next?.kid, announced_whole_span: false });
    expect(successor?.announced_for_seconds).toBeGreaterThanOrEqual(90);
    expect(successor?.announced_for_seconds).toBeLessThan(120);
    expect(await activeKid('ES256')).toBe(next?.kid);
  });

  it('says so when it was announced for its whole span', async () => {
    const kid = await activeKid('ES256');
    const next = (await rotate()).find(({ algorithm }) => algorithm === 'ES256');
    await test.database.run("UPDATE auth.keys SET announced_at = announced_at - interval '2 h' WHERE kid = $1", [
      next?.kid,
    ]);
    expect((await kill(kid)).successor).toMatchObject({ kid: next?.kid, announced_whole_span: true });
  });

  it('kills one that is announced, retired or dropped, and nobody has to follow it', async () => {
    const swift = rotationWith(0);
    const first = await activeKid('ES256');
    // The next takes its place at once, as nothing has to be announced; then it is announced by the slow rotation.
    await swift.rotate(ACT);
    await swift.run();
    const announced = (await rotate()).find(({ algorithm }) => algorithm === 'ES256')?.kid ?? '';
    const active = await activeKid('ES256');
    expect((await keyOf(first)).state).toBe('retired');
    for (const kid of [announced, first]) {
      const { successor, ...key } = await kill(kid);
      expect([successor, key.state, key.killed]).toEqual([null, 'dropped', true]);
    }
    expect(await activeKid('ES256')).toBe(active);

    const second = await activeKid('EdDSA');
    await swift.rotate(ACT);
    await swift.run();
    await test.database.run("UPDATE auth.keys SET retired_at = retired_at - interval '1 year' WHERE kid = $1", [
      second,
    ]);
    await test.database.run(
      "UPDATE auth.keys SET active_at = active_at - interval '1 year', announced_at = announced_at - interval '1 year', active_from = active_from - interval '1 year' WHERE kid = $1",
      [second],
    );
    await swift.run();
    expect((await keyOf(second)).state).toBe('dropped');
    const { successor, killed } = await kill(second);
    expect([successor, killed]).toEqual([null, true]);
  });

  it('has no successor for the only secret of an API, and takes the second one where there is one', async () => {
    await rotation.addSecret(API, ACT);
    const { key: second } = secretIn(await rotation.addSecret(API, ACT));
    expect((await kill(await activeKid('HS256', API))).successor).toMatchObject({ kid: second.kid });
    const last = await kill(second.kid);
    expect([last.successor, last.audience]).toEqual([null, API]);
    expect((await list()).filter(({ algorithm, state }) => algorithm === 'HS256' && state === 'active')).toEqual([]);
  });

  it('answers what stands for one that was killed before, and writes nothing', async () => {
    const kid = await activeKid('ES256');
    const first = await kill(kid);
    const { revision } = await store.revision();
    const again = await kill(kid);
    expect(again).toEqual({ ...first, successor: null });
    expect((await store.revision()).revision).toBe(revision);
  });

  it('writes one revocation and makes one successor, of fifty at once', async () => {
    const kid = await activeKid('ES256');
    const answers = await fifty(() => kill(kid));
    expect(new Set(answers.map(({ revocation }) => revocation.id)).size).toBe(1);
    expect(answers.flatMap(({ successor }) => successor?.kid ?? [])).toContain(await activeKid('ES256'));
    expect((await list()).filter(({ algorithm }) => algorithm === 'ES256')).toHaveLength(2);
    const { rows } = await test.database.run("SELECT 1 FROM auth.revocations WHERE kind = 'key' AND value = $1", [kid]);
    expect(rows).toHaveLength(1);
    expect(await audited(kid)).toEqual([{ actor: CALLER, kind: 'key.killed', address: '127.0.0.1' }]);
  });

  it('V17: waits for the guards and brings their receipt, also for one that was killed before', async () => {
    const kid = await activeKid('ES256');
    for (const reported of [[true], [true]]) {
      const wire = await ask(kid, { prefer: 'wait=10' });
      expect(wire.headers.get('preference-applied')).toBe('wait=10');
      const { revocation } = killedIn(wire);
      expect(revocation).toMatchObject({ state: 'applied', receipt: { state: 'applied', live: 2, confirmed: 2 } });
      expect(world.receipts).toEqual(reported);
    }
  });

  it('A6: kills what was seen, and nothing that has changed since', async () => {
    const kid = await activeKid('ES256');
    const seen = await bench.ask('GET', `${PATH}/${kid}`);
    const tag = seen.headers.get('etag') ?? '';
    expect([seen.json, (await bench.ask('GET', `${PATH}/none`)).status]).toEqual([await keyOf(kid), 404]);
    expect((await bench.ask('GET', `${PATH}/${kid}`, { headers: { 'if-none-match': tag } })).status).toBe(304);
    expect((await ask(kid, { 'if-match': '"another"' })).status).toBe(412);
    expect((await keyOf(kid)).killed).toBe(false);
    const killed = await ask(kid, { 'if-match': tag });
    expect([killed.status, killed.headers.get('etag')]).toEqual([
      200,
      (await bench.ask('GET', `${PATH}/${kid}`)).headers.get('etag'),
    ]);
    expect((await ask(kid, { 'if-match': tag })).status).toBe(412);
  });

  it('A11: a refusal is recorded too', async () => {
    bench.refused.length = 0;
    await ask('some-kid', { authorization: `Bearer ${bench.mint({ scope: 'keys:read' })}` });
    await bench.ask('POST', `${PATH}/rotate`, { authorization: `Bearer ${bench.mint({ scope: 'keys:read' })}` });
    expect(bench.refused).toMatchObject([
      { kind: 'key.killed', target: 'some-kid', detail: { status: 403 } },
      { kind: 'key.rotated', detail: { status: 403 } },
    ]);
  });

  it('says in its document that it waits, and every answer that it has', async () => {
    const { json } = await bench.ask('GET', '/admin/openapi.json', { authorization: null });
    expect(json).toMatchObject({
      paths: {
        [PATH]: { get: { security: [{ admin: ['keys:read'] }], responses: { 200: {}, 400: {} } } },
        [`${PATH}/rotate`]: { post: { security: [{ admin: ['keys:write'] }], responses: { 200: {} } } },
        [`${PATH}/{kid}`]: {
          delete: {
            security: [{ admin: ['keys:write'] }],
            parameters: [
              { in: 'path', name: 'kid', required: true },
              { in: 'header', name: 'Prefer', required: false },
              { in: 'header', name: 'If-Match', required: false },
            ],
            responses: { 200: { headers: { 'Preference-Applied': {} } }, 404: {}, 503: {} },
          },
        },
      },
    });
  });
});

function secretIn(made: Awaited<ReturnType<KeyRotation['addSecret']>>) {
  if (made === 'full') throw new Error('two live already');
  return made;
}
