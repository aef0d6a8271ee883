import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ADMIN_SCOPE_NAMES } from '../admin-scopes.js';
import { formOf } from '../http/form.js';
import { type KeyResource, KeyListSchema } from '../keys/key-schema.js';
import { type AdminBench, CALLER, type Wire } from '../test/admin-bench.js';
import { aNewApi, apiBench, type ApiBench, APIS } from '../test/api-bench.js';
import { CreatedApiSchema } from './api-schema.js';
import { CreatedSecretSchema, RemovedSecretSchema } from './secret-schema.js';

const isApi = formOf(CreatedApiSchema);
const isList = formOf(KeyListSchema);
const isCreated = formOf(CreatedSecretSchema);
const isRemoved = formOf(RemovedSecretSchema);

let world: ApiBench;
const ask: AdminBench['ask'] = (...request) => world.bench.ask(...request);
beforeAll(async () => {
  world = await apiBench();
});
afterAll(() => world.close());

/** Of an API of its own, with one secret. */
let api: { readonly path: string; readonly identifier: string; readonly first: string };
beforeEach(async () => {
  const wire = await world.create(aNewApi({ access_token_signing_alg: 'HS256' }));
  const formed = isApi(wire.json);
  if (!formed.ok) throw new Error(wire.text);
  const { id, identifier, shared_secret_kid: first = '' } = formed.value;
  api = { identifier, first, path: `${APIS}/${id}/secrets` };
});

const add = (): Promise<Wire> => ask('POST', api.path);
const remove = (kid: string): Promise<Wire> => ask('DELETE', `${api.path}/${kid}`);
function added(wire: Wire) {
  const formed = isCreated(wire.json);
  if (wire.status !== 201 || !formed.ok) throw new Error(`not created: ${wire.status} ${wire.text}`);
  return formed.value;
}
function removed(wire: Wire) {
  const formed = isRemoved(wire.json);
  if (wire.status !== 200 || !formed.ok) throw new Error(`not removed: ${wire.status} ${wire.text}`);
  return formed.value;
}
async function list(query = ''): Promise<{ items: KeyResource[]; next: string | null }> {
  const wire = await ask('GET', `${api.path}${query}`);
  const formed = isList(wire.json);
  if (wire.status !== 200 || !formed.ok) throw new Error(`no list: ${wire.status} ${wire.text}`);
  return formed.value;
}
const states = async (): Promise<Record<string, string>> =>
  Object.fromEntries((await list()).items.map(({ kid, state }) => [kid, state]));

describe('admin-api /apis/{id}/secrets: who may not', () => {
  it.each([
    ['GET', '', 'apis:read'],
    ['POST', '', 'apis:write'],
    ['DELETE', '/some-kid', 'apis:write'],
  ])('%s %s without %s', async (method, end, scope) => {
    const others = ADMIN_SCOPE_NAMES.filter((name) => name !== scope).join(' ');
    const authorization = `Bearer ${world.bench.mint({ scope: others })}`;
    expect((await ask(method, `${api.path}${end}`, { authorization })).status).toBe(403);
  });

  it('of an API that is not there', async () => {
    for (const id of ['aHR0cHM6Ly9ub2JvZHk', 'AA', '%00']) {
      const path = `${APIS}/${id}/secrets`;
      const wires = await Promise.all([ask('GET', path), ask('POST', path), ask('DELETE', `${path}/${api.first}`)]);
      expect(wires.map(({ status }) => status)).toEqual([404, 404, 404]);
    }
  });

  it('405 with Allow for what is not built', async () => {
    const wire = await ask('PUT', `${api.path}/${api.first}`, { body: {} });
    expect([wire.status, wire.headers.get('allow')]).toEqual([405, 'GET, HEAD, DELETE']);
  });
});

describe('keys K2: two values live at once, and never none', () => {
  it('refuses a third with 409', async () => {
    const { kid } = added(await add());
    expect((await add()).status).toBe(409);
    expect(await states()).toEqual({ [api.first]: 'active', [kid]: 'announced' });
  });

  it('gives a second to one of 50 at once', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => add()));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(49);
    expect((await list()).items).toHaveLength(2);
  });

  it('refuses to delete the only one with 409', async () => {
    expect((await remove(api.first)).status).toBe(409);
    expect(await states()).toEqual({ [api.first]: 'active' });
  });

  it('deletes one of two when 50 ask for each at once', async () => {
    const { kid } = added(await add());
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => remove(index % 2 === 0 ? kid : api.first)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => ![200, 404, 409].includes(status))).toEqual([]);
    expect((await list()).items.filter(({ state }) => state === 'active')).toHaveLength(1);
  });

  it('finds no secret of another API, nor another kind of key, nor nonsense', async () => {
    const { keys } = await world.rotation.list();
    const other = keys.find(({ ring }) => ring.algorithm === 'HS256' && ring.audience !== api.identifier)?.kid ?? '';
    const signing = keys.find(({ ring }) => ring.algorithm === 'ES256')?.kid ?? '';
    expect([other, signing]).not.toContain('');
    const refresh = keys.find(({ ring }) => ring.algorithm === 'refresh')?.kid ?? '';
    for (const kid of [other, signing, refresh, randomUUID(), '%00']) expect((await remove(kid)).status).toBe(404);
    expect((await world.rotation.list()).keys).toEqual(keys);
  });

  it('prepares one for an API of another algorithm, and signs nothing with it', async () => {
    const wire = await world.create(aNewApi());
    const path = `${wire.headers.get('location') ?? ''}/secrets`;
    expect((await ask('GET', path)).json).toEqual({ items: [], next: null });
    expect(added(await ask('POST', path))).toMatchObject({ state: 'active', algorithm: 'HS256' });
    expect((await ask('GET', wire.headers.get('location') ?? '')).json).toMatchObject({
      access_token_signing_alg: 'ES256',
    });
  });

  it('shows one alone, with the tag by which it is deleted (A6)', async () => {
    const { kid } = added(await add());
    const seen = await ask('GET', `${api.path}/${kid}`);
    const tag = seen.headers.get('etag') ?? '';
    expect(seen.json).toEqual((await list()).items.find((each) => each.kid === kid));
    const stale = await ask('DELETE', `${api.path}/${kid}`, { headers: { 'if-match': '"another"' } });
    expect([stale.status, stale.headers.get('etag')]).toEqual([412, tag]);
    expect((await ask('DELETE', `${api.path}/${kid}`, { headers: { 'if-match': tag } })).status).toBe(200);
    const { keys } = await world.rotation.list();
    const foreign = keys.find(({ ring }) => ring.algorithm === 'ES256')?.kid ?? '';
    for (const other of [foreign, randomUUID()]) expect((await ask('GET', `${api.path}/${other}`)).status).toBe(404);
  });

  it('refuses a body that is not empty (A9)', async () => {
    expect((await ask('POST', api.path, { body: { secret: 'mine' } })).status).toBe(400);
    expect((await ask('DELETE', `${api.path}/${api.first}`, { body: { force: true } })).status).toBe(400);
  });
});

describe('keys K2: a secret is rotated', () => {
  it('by a second one, shown once, that signs when the first is deleted', async () => {
    const wire = await add();
    const { kid, shared_secret, ...rest } = added(wire);
    expect(wire.headers.get('location')).toBe(`${api.path}/${kid}`);
    expect(rest).toMatchObject({ state: 'announced', algorithm: 'HS256', audience: api.identifier, active_at: null });
    expect(Buffer.from(shared_secret, 'base64url')).toHaveLength(32);
    expect((await ask('GET', api.path)).text).not.toContain(shared_secret);
    expect(world.bench.logged()).not.toContain(shared_secret);

    expect(removed(await remove(api.first))).toMatchObject({ kid: api.first, state: 'retired', successor: kid });
    expect(await states()).toEqual({ [api.first]: 'retired', [kid]: 'active' });
    // What it has signed still verifies; it is nothing that could be deleted again.
    await world.ring.reload();
    expect([world.ring.find(api.first)?.soleAudience, (await remove(api.first)).status]).toEqual([api.identifier, 404]);
    expect((await world.ring.signerFor('HS256', api.identifier)).kid).toBe(kid);
  });

  it('and the second given up again without a trace in what verifies', async () => {
    const { kid } = added(await add());
    expect(removed(await remove(kid))).toMatchObject({ kid, state: 'dropped', successor: null });
    expect(await states()).toEqual({ [api.first]: 'active' });
    await world.ring.reload();
    expect(world.ring.find(kid)).toBeUndefined();
  });

  it('anew after the only one was killed, and then it signs at once', async () => {
    const act = { actor: 'spec', receipt: false };
    expect(await world.rotation.kill(api.first, act)).not.toHaveProperty('successor');
    expect(await states()).toEqual({});
    const { kid, state } = added(await add());
    expect([state, await states()]).toEqual(['active', { [kid]: 'active' }]);
  });

  it('with an audit event for each step (A11)', async () => {
    const { kid } = added(await add());
    await remove(api.first);
    const { rows } = await world.test.database.run(
      'SELECT actor, kind, target, detail FROM auth.audit_events ORDER BY id DESC LIMIT 3',
    );
    const detail = { algorithm: 'HS256', audience: api.identifier };
    expect(rows).toEqual([
      { actor: CALLER, kind: 'key.activated', target: kid, detail },
      { actor: CALLER, kind: 'key.retired', target: api.first, detail },
      { actor: CALLER, kind: 'key.announced', target: kid, detail },
    ]);
  });

  it('lists page by page, oldest first (A5)', async () => {
    const kids = [api.first];
    for (let time = 0; time < 4; time += 1) {
      kids.push(added(await add()).kid);
      await remove(kids.at(-2) ?? '');
    }
    const seen: string[] = [];
    for (let after: string | null = ''; after !== null;) {
      const page: Awaited<ReturnType<typeof list>> = await list(`?limit=2${after === '' ? '' : `&after=${after}`}`);
      seen.push(...page.items.map(({ kid }) => kid));
      after = page.next;
    }
    expect(seen).toEqual(kids);
  });
});
