import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Unavailable } from '@latchkey/protocol';
import { ReceiptDesk } from '@latchkey/tokens';
import { systemClock, until } from '@latchkey/tokens/testing';
import { PostgresGuardRegister } from '../../persistence/postgres/guard-register.js';
import { openTestDatabase, type OpenTestDatabase } from '../../persistence/postgres/testing/open-test-database.js';
import { type GuardedWorld, LEASE_MS, openGuardedWorld } from '../../test/guarded-world.js';
import { ADMIN_SCOPE_NAMES } from '../admin-scopes.js';
import { formOf } from '../http/form.js';
import { adminBench, type AdminBench, CALLER, type Wire } from '../test/admin-bench.js';
import { GuardListSchema, type GuardResource, GuardSchema } from './guard-schema.js';

const PATH = '/admin/v1/guards';
const isGuard = formOf(GuardSchema);
const isList = formOf(GuardListSchema);

let test: OpenTestDatabase;
let world: GuardedWorld;
let bench: AdminBench;
beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  await test.database.run('DELETE FROM auth.guards');
  world = await openGuardedWorld(test.database);
  const { revocations, guards, revocation } = world;
  bench = await adminBench({ revocations, guards, desk: revocation.desk });
});
afterEach(async () => {
  await bench.close();
  await world.close();
});

function guardIn(wire: Wire): GuardResource {
  const formed = isGuard(wire.json);
  if (wire.status !== 200 || !formed.ok) throw new Error(`no guard: ${wire.status} ${wire.text}`);
  return formed.value;
}
async function list(of = bench, query = ''): Promise<{ items: GuardResource[]; next: string | null }> {
  const wire = await of.ask('GET', `${PATH}${query}`);
  const formed = isList(wire.json);
  if (wire.status !== 200 || !formed.ok) throw new Error(`no list: ${wire.status} ${wire.text}`);
  return formed.value;
}
const see = async (guardId: string): Promise<GuardResource> => guardIn(await bench.ask('GET', `${PATH}/${guardId}`));
const remove = (guardId: string): Promise<Wire> => bench.ask('DELETE', `${PATH}/${guardId}`);

describe('admin-api /guards: who may not', () => {
  it.each([
    ['GET', PATH, 'guards:read'],
    ['GET', `${PATH}/${randomUUID()}`, 'guards:read'],
    ['DELETE', `${PATH}/${randomUUID()}`, 'guards:write'],
  ])('%s %s without %s', async (method, path, scope) => {
    const others = ADMIN_SCOPE_NAMES.filter((name) => name !== scope).join(' ');
    expect((await bench.ask(method, path, { authorization: `Bearer ${bench.mint({ scope: others })}` })).status).toBe(
      403,
    );
  });

  it.each([randomUUID(), 'no-uuid', '%00'])('finds nothing at %s', async (id) => {
    expect((await bench.ask('GET', `${PATH}/${id}`)).status).toBe(404);
    expect((await remove(id)).status).toBe(404);
  });
});

describe('revocation.md V17: a guard is struck off only when it has no lease', () => {
  it('is 409 while it lives, of whichever kind, and changes nothing', async () => {
    const guards = await Promise.all([world.addGuard(), world.addGuard({ onStale: 'allow' })]);
    for (const { membership } of guards) {
      expect((await remove(membership.guardId)).status).toBe(409);
      expect((await see(membership.guardId)).lease_stands).toBe(true);
    }
    const { rows } = await test.database.run("SELECT 1 FROM auth.audit_events WHERE kind = 'guard.removed'");
    expect(rows).toEqual([]);
  });

  it('is 503 while Redis cannot be asked', async () => {
    const { membership, hold } = await world.addGuard({ onStale: 'allow' });
    hold();
    const silent = await benchWithoutRedis();
    const wire = await silent.ask('DELETE', `${PATH}/${membership.guardId}`);
    expect([wire.status, wire.headers.get('retry-after')]).toEqual([503, '1']);
    await silent.close();
    await see(membership.guardId);
  });

  it('refuses a body that is not empty (A9)', async () => {
    const wire = await bench.ask('DELETE', `${PATH}/${randomUUID()}`, { body: { force: true } });
    expect(wire.status).toBe(400);
  });

  it.each(['', '{}'])('takes %j for no body (A9)', async (raw) => {
    expect((await bench.ask('DELETE', `${PATH}/${randomUUID()}`, { raw })).status).toBe(404);
  });

  it('is done when an `allow` guard is cut off: until then receipts are partial, for ever', async () => {
    const { membership, hold } = await world.addGuard({ onStale: 'allow' });
    hold();
    await until(async () => (await see(membership.guardId)).lease_stands === false, 'its lease is over');
    const revoke = async (seconds: number) => {
      const wire = await bench.ask('POST', '/admin/v1/revocations', {
        body: { kind: 'token', value: randomUUID() },
        headers: { prefer: `wait=${seconds}` },
      });
      return wire.json;
    };
    expect(await revoke(1)).toMatchObject({ state: 'partial' });
    const wire = await bench.ask('DELETE', `${PATH}/${membership.guardId}`, { body: {} });
    expect(guardIn(wire)).toMatchObject({ guard_id: membership.guardId, on_stale: 'allow', lease_stands: false });
    expect((await remove(membership.guardId)).status).toBe(404);
    expect(await revoke(10)).toMatchObject({ state: 'applied', receipt: { live: 1 } });
    const { rows } = await test.database.run(
      "SELECT actor, target, detail FROM auth.audit_events WHERE kind = 'guard.removed'",
    );
    expect(rows).toEqual([
      { actor: CALLER, target: membership.guardId, detail: { service: 'notes', on_stale: 'allow' } },
    ]);
  });

  it('once, of fifty at once', async () => {
    const { membership, hold } = await world.addGuard();
    hold();
    await until(async () => (await see(membership.guardId)).lease_stands === false, 'its lease is over');
    const answers = await Promise.all(Array.from({ length: 50 }, () => remove(membership.guardId)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(49);
  });
});

describe('admin-api /guards: every process that guards', () => {
  it('shows what each says of itself, the doors of this service included', async () => {
    const { membership } = await world.addGuard({ onStale: 'allow', service: 'https://mail.example' });
    await bench.ask('POST', '/admin/v1/revocations', {
      body: { kind: 'token', value: randomUUID() },
      headers: { prefer: 'wait=10' },
    });
    const { items, next } = await list();
    expect(next).toBeNull();
    expect(items.map(({ service }) => service)).toEqual(['auth-service', 'https://mail.example']);
    expect(items.find(({ guard_id }) => guard_id === membership.guardId)).toEqual({
      ...{ guard_id: membership.guardId, service: 'https://mail.example', on_stale: 'allow', lease_ms: LEASE_MS },
      registered_at: expect.any(Number),
      ...{
        lease_stands: true,
        fenced: false,
        position: expect.stringMatching(/^\d+-\d+$/),
        age_ms: expect.any(Number),
      },
      epoch: expect.any(Number),
      entries: expect.any(Number),
    });
  });

  it('shows as fenced who has lost its lease, and of an `allow` guard that nobody can say', async () => {
    const [refuse, allow] = await Promise.all([world.addGuard(), world.addGuard({ onStale: 'allow' })]);
    refuse.hold();
    allow.hold();
    const gone = { lease_stands: false, position: null, epoch: null, age_ms: null, entries: null };
    for (const { membership } of [refuse, allow]) {
      await until(async () => (await see(membership.guardId)).lease_stands === false, 'its lease is over');
    }
    expect(await see(refuse.membership.guardId)).toMatchObject({ ...gone, fenced: true });
    expect(await see(allow.membership.guardId)).toMatchObject({ ...gone, fenced: null });
  });

  it('strikes off by itself who has ended', async () => {
    const { membership } = await world.addGuard({ onStale: 'allow' });
    await membership.close();
    await until(async () => (await bench.ask('GET', `${PATH}/${membership.guardId}`)).status === 404, 'it is gone');
  });

  it('lists from PostgreSQL while Redis does not answer, and says what it cannot say', async () => {
    const { membership } = await world.addGuard();
    const silent = await benchWithoutRedis();
    const { items } = await list(silent);
    expect(items.find(({ guard_id }) => guard_id === membership.guardId)).toMatchObject({
      ...{ service: 'notes', lease_stands: null, position: null, epoch: null, age_ms: null, fenced: null },
    });
    await silent.close();
  });

  it('page by page', async () => {
    await Promise.all(Array.from({ length: 6 }, () => world.addGuard()));
    const seen: string[] = [];
    let after = '';
    for (;;) {
      const { items, next } = await list(bench, `?limit=2${after}`);
      seen.push(...items.map(({ guard_id }) => guard_id));
      if (next === null) break;
      after = `&after=${next}`;
    }
    expect(seen).toHaveLength(7);
    expect(new Set(seen).size).toBe(7);
  });
});

/** The same register, and a wire on which nothing answers. */
function benchWithoutRedis(): Promise<AdminBench> {
  const silent = () => Promise.reject(new Unavailable('Redis'));
  const desk = new ReceiptDesk({
    ...{ wire: { leases: silent, inspect: silent }, register: new PostgresGuardRegister(test.database) },
    ...{ publicationOf: () => Promise.resolve(undefined), clock: systemClock },
  });
  return adminBench({ guards: world.guards, desk });
}
