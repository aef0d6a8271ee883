import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostgresKeptAnswers } from '../../persistence/postgres/kept-answers.js';
import { openTestDatabase, type OpenTestDatabase } from '../../persistence/postgres/testing/open-test-database.js';
import { type GuardedWorld, openGuardedWorld } from '../../test/guarded-world.js';
import { adminBench, type AdminBench, type Wire } from '../test/admin-bench.js';

const PATH = '/admin/v1/revocations';

let test: OpenTestDatabase;
let world: GuardedWorld;
let bench: AdminBench;
beforeAll(async () => {
  test = await openTestDatabase();
  world = await openGuardedWorld(test.database);
  const { revocations, guards, revocation } = world;
  await world.addGuard();
  bench = await adminBench({
    revocations,
    guards,
    desk: revocation.desk,
    kept: new PostgresKeptAnswers(test.database),
  });
});
afterAll(async () => {
  await bench.close();
  await world.close();
  await test.close();
});

const aToken = () => ({ kind: 'token', value: randomUUID() });
/** Each order of it raises a generation anew: whoever does it twice can be seen to. */
const EVERYTHING = { kind: 'issuer', reason: 'a leak' };
const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
const aKey = (): string => `"${randomUUID()}"`;
const order = (body: unknown, key: string, over: Parameters<AdminBench['ask']>[2] = {}): Promise<Wire> =>
  bench.ask('POST', PATH, { body, ...over, headers: { 'idempotency-key': key, ...over.headers } });
const generation = async (): Promise<number> => {
  const { rows } = await test.database.run<{ generation: number }>('SELECT generation FROM auth.issuer_state');
  return rows[0]?.generation ?? -1;
};
const rowsOfKeys = async (): Promise<string> => {
  const { rows } = await test.database.run<{ row: string }>('SELECT k::text AS row FROM auth.idempotency_keys k');
  return rows.map(({ row }) => row).join('\n');
};

describe('admin-api A6: Idempotency-Key, what it must be', () => {
  it.each([
    ['nothing', ''],
    ['an empty string', '""'],
    ['more than 255 characters', 'x'.repeat(256)],
    ['a tab', 'a\tb'],
    ['other than ASCII', 'schl\u00fcssel'],
  ])('refuses %s, and does nothing', async (_what, key) => {
    const before = await generation();
    const wire = await order(EVERYTHING, key);
    expect(wire.status).toBe(400);
    expect(wire.text).toContain('Idempotency-Key');
    expect(await generation()).toBe(before);
  });

  it('does not count a request that was refused: with the fault mended the same key works', async () => {
    const key = aKey();
    expect((await order({ kind: 'grant' }, key)).status).toBe(400);
    expect((await order({ kind: 'grant', value: randomUUID() }, key)).status).toBe(404);
    expect((await order(aToken(), key)).status).toBe(201);
  });
});

describe('admin-api A6: one effect and one answer', () => {
  it('of 20 at once there is one effect, and each hears the same answer', async () => {
    const [before, key] = [await generation(), aKey()];
    const wires = await Promise.all(Array.from({ length: 20 }, () => order(EVERYTHING, key)));
    expect(await generation()).toBe(before + 1);
    expect(new Set(wires.map(({ status }) => status))).toEqual(new Set([201]));
    const ids = wires.map(({ json }) => member(json, 'id'));
    expect(new Set(ids).size).toBe(1);
    expect(new Set(wires.map(({ headers }) => headers.get('location')))).toEqual(
      new Set([`${PATH}/${String(ids[0])}`]),
    );
  });

  it('says later what it said first, byte for byte, also to whoever waited', async () => {
    const [body, key] = [aToken(), aKey()];
    const headers = { prefer: 'wait=10' };
    const first = await order(body, key, { headers });
    expect(first.json).toMatchObject({ receipt: { confirmed: 2 } });
    const again = await order(body, key, { headers });
    expect([again.status, again.text, again.headers.get('location')]).toEqual([
      201,
      first.text,
      first.headers.get('location'),
    ]);
  });

  it('does not mind white space, quotes around the key, nor who else uses the key', async () => {
    const [body, key] = [aToken(), randomUUID()];
    const first = await order(body, key);
    const spaced = await order(undefined, `"${key}"`, { raw: JSON.stringify(body, null, 4) });
    expect(spaced.text).toBe(first.text);
    const before = await generation();
    const other = { authorization: `Bearer ${bench.mint({ client_id: 'd'.repeat(32), sub: 'd'.repeat(32) })}` };
    expect((await order(EVERYTHING, key, other)).status).toBe(201);
    expect(await generation()).toBe(before + 1);
  });

  it('refuses another body with 422, and does nothing', async () => {
    const [before, key] = [await generation(), aKey()];
    expect((await order(EVERYTHING, key)).status).toBe(201);
    const wires = [await order({ ...EVERYTHING, reason: 'another' }, key), await order(aToken(), key)];
    expect(wires.map(({ status }) => status)).toEqual([422, 422]);
    expect(await generation()).toBe(before + 1);
  });

  it('of 50 at once with two bodies, one body has its effect once, and the others hear 422', async () => {
    const [before, key] = [await generation(), aKey()];
    const wires = await Promise.all(
      Array.from({ length: 50 }, (_, index) => order({ kind: 'issuer', reason: `reason ${index % 2}` }, key)),
    );
    const counts = [201, 422].map((status) => wires.filter((wire) => wire.status === status).length);
    expect(counts).toEqual([25, 25]);
    expect(await generation()).toBe(before + 1);
  });

  it('keeps neither the key nor the body, only digest and HMAC', async () => {
    const [body, key] = [{ ...EVERYTHING, reason: `because ${randomUUID()}` }, randomUUID()];
    await order(body, key);
    const rows = await rowsOfKeys();
    expect(rows).not.toContain(key);
    // The answer repeats the reason; what was sent is nowhere else.
    expect(rows).not.toContain(JSON.stringify(body));
  });

  it('remembers for 24 hours, and then it is another request', async () => {
    const [before, key] = [await generation(), aKey()];
    await order(EVERYTHING, key);
    const age = (hours: string) =>
      test.database.run(`UPDATE auth.idempotency_keys SET created_at = now() - $1::interval`, [hours]);
    await age('23 hours 59 minutes');
    await order(EVERYTHING, key);
    expect(await generation()).toBe(before + 1);
    await age('24 hours 1 second');
    const wires = await Promise.all(Array.from({ length: 20 }, () => order(EVERYTHING, key)));
    expect(new Set(wires.map(({ text }) => text)).size).toBe(1);
    expect(await generation()).toBe(before + 2);
  });

  it('is nothing where nothing is created', async () => {
    const wire = await bench.ask('GET', PATH, { headers: { 'idempotency-key': '' } });
    expect(wire.status).toBe(200);
  });
});

describe('admin-api A6: when KEY_ENCRYPTION_KEY is replaced', () => {
  it('knows what was kept under the one before', async () => {
    const [body, key] = [aToken(), aKey()];
    const first = await order(body, key);
    const { revocations, guards, revocation } = world;
    const kept = new PostgresKeptAnswers(test.database);
    const later = await adminBench({
      ...{ revocations, guards, desk: revocation.desk, kept },
      idempotencyMacKeys: [randomBytes(32), Buffer.alloc(32, 7)],
    });
    const headers = { 'idempotency-key': key };
    expect((await later.ask('POST', PATH, { body, headers })).text).toBe(first.text);
    expect((await later.ask('POST', PATH, { body: aToken(), headers })).status).toBe(422);
    await later.close();
  });
});

describe('admin-api A11: refused writes are in the trail', () => {
  it('403 and 409 with who was refused, from where and what; reading is no write', async () => {
    bench.refused.length = 0;
    const authorization = `Bearer ${bench.mint({ scope: 'revocations:read' })}`;
    const [value, caller] = [randomUUID(), 'c'.repeat(32)];
    expect((await bench.ask('POST', PATH, { body: { kind: 'grant', value }, authorization })).status).toBe(403);
    expect((await bench.ask('GET', '/admin/v1/keys', { authorization })).status).toBe(403);
    expect((await bench.ask('POST', PATH, { body: {} })).status).toBe(400);
    const list = await bench.ask('GET', '/admin/v1/guards');
    const guard = member(member(member(list.json, 'items'), '0'), 'guard_id');
    expect((await bench.ask('DELETE', `/admin/v1/guards/${String(guard)}`)).status).toBe(409);
    const because = (kind: string, target: unknown, status: number) => ({
      ...{ actor: caller, kind, target, outcome: 'refused', address: '127.0.0.1', detail: { status } },
    });
    expect(bench.refused).toEqual([because('revocation.created', PATH, 403), because('guard.removed', guard, 409)]);
  });

  it('a stranger leaves no row: nobody fills the trail who has not come in', async () => {
    bench.refused.length = 0;
    for (const authorization of [null, 'Bearer abc', `Bearer ${bench.mint({ iss: 'http://localhost:1' })}`]) {
      expect((await bench.ask('POST', PATH, { body: {}, authorization })).status).toBe(401);
    }
    expect(bench.refused).toEqual([]);
  });
});
