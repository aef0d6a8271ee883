import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addClient, aRedemption, fifty, settle, tally } from '../../persistence/postgres/testing/open-test-database.js';
import { PostgresGrantStore } from '../../persistence/postgres/grant-store.js';
import { PostgresClientChanges } from '../../persistence/postgres/client-changes.js';
import { formOf } from '../http/form.js';
import { ADMIN_URL, type AdminBench, CALLER, type Wire } from '../test/admin-bench.js';
import { aNewApi, apiBench, type ApiBench, APIS, idIn } from '../test/api-bench.js';
import { pointersOf } from '../test/pointers-of.js';
import { ChangedApiSchema, CreatedApiSchema } from './api-schema.js';

const isChanged = formOf(ChangedApiSchema);
const isCreated = formOf(CreatedApiSchema);

let world: ApiBench;
const ask: AdminBench['ask'] = (...request) => world.bench.ask(...request);
beforeAll(async () => {
  world = await apiBench();
});
afterAll(() => world.close());

function changed(wire: Wire) {
  const formed = isChanged(wire.json);
  if (wire.status !== 200 || !formed.ok) throw new Error(`not changed: ${wire.status} ${wire.text}`);
  return formed.value;
}
const scopes = (...names: readonly string[]) => names.map((name) => ({ name, description: `May ${name}` }));
const aName = (): string => randomUUID().slice(0, 8);
/** An API of two scopes, of which a client has both, and another scope of its own. */
async function populated(over: object = {}) {
  const name = aName();
  const [read, write] = [`${name}:read`, `${name}:write`];
  const wire = await world.create(aNewApi({ scopes: scopes(read, write), ...over }));
  const path = `${APIS}/${idIn(wire)}`;
  const formed = isCreated(wire.json);
  if (!formed.ok) throw new Error(wire.text);
  const { clientId } = await addClient(world.test.database, { allowedScope: ['openid', read, write, 'other'] });
  return { path, read, write, clientId, tag: wire.headers.get('etag') ?? '', ...formed.value };
}
const clientRow = async (clientId: string) =>
  (
    await world.test.database.run<{ allowed_scope: string[]; generation: number }>(
      'SELECT allowed_scope, generation FROM auth.clients WHERE client_id = $1',
      [clientId],
    )
  ).rows[0];
const revocationsOf = async (value: string) =>
  (
    await world.test.database.run<{ id: string; kind: string; generation: number | null; cause: string }>(
      'SELECT id, kind, generation, cause, actor FROM auth.revocations WHERE value = $1 ORDER BY generation',
      [value],
    )
  ).rows;
const trailOf = async (target: string) =>
  (
    await world.test.database.run<{ kind: string; outcome: string; detail: object }>(
      'SELECT actor, kind, outcome, detail FROM auth.audit_events WHERE target = $1 ORDER BY id',
      [target],
    )
  ).rows;
const patch = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Wire> =>
  ask('PATCH', path, { body, headers });

describe('A4 PATCH /apis/{id} refuses', () => {
  it.each([
    ['its identifier', { identifier: 'https://other.example' }, ['/identifier']],
    ['what is unknown', { colour: 'red', administrative: true }, ['/administrative', '/colour']],
    ['faults of form and of meaning at once', { scopes: [{ name: 'openid', description: 'x' }, 7], name: '' }, null],
    ['a scope twice', { scopes: scopes('twice', 'twice') }, ['/scopes/1/name']],
    ['a lifetime of a week', { access_token_lifetime_seconds: 604_800 }, ['/access_token_lifetime_seconds']],
    ['an algorithm that is none', { access_token_signing_alg: 'none' }, ['/access_token_signing_alg']],
  ])('%s, and changes nothing', async (_what, body, pointers) => {
    const { path, tag } = await populated();
    const wire = await patch(path, body);
    expect(pointersOf(wire).toSorted()).toEqual(pointers ?? ['/name', '/scopes/0/name', '/scopes/1']);
    expect((await ask('GET', path)).headers.get('etag')).toBe(tag);
  });

  it('the scope of another API, by its place', async () => {
    const [one, other] = [await populated(), await populated()];
    const wire = await patch(one.path, { scopes: [...scopes(one.read), ...scopes(other.read)] });
    expect(pointersOf(wire)).toEqual(['/scopes/1/name']);
  });

  it('404, the same for what never was, was removed, or is the admin API', async () => {
    const { path } = await populated();
    await ask('DELETE', path);
    const admin = Buffer.from(ADMIN_URL).toString('base64url');
    const wires = await Promise.all(
      [path, `${APIS}/aHR0cHM6Ly9ub2JvZHk`, `${APIS}/${admin}`, `${APIS}/AA`].flatMap((each) => [
        patch(each, { name: 'x' }),
        ask('DELETE', each),
      ]),
    );
    expect(new Set(wires.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(wires[0]?.status).toBe(404);
  });

  it('A6 when it is another by now, and records that', async () => {
    const { path, tag, id } = await populated();
    changed(await patch(path, { name: 'first' }, { 'if-match': tag }));
    const stale = await patch(path, { name: 'second' }, { 'if-match': tag });
    expect(stale.status).toBe(412);
    expect((await ask('DELETE', path, { headers: { 'if-match': tag } })).status).toBe(412);
    expect(await trailOf(id)).toMatchObject([
      { kind: 'api.changed', outcome: 'refused', detail: { status: 412 } },
      { kind: 'api.deleted', outcome: 'refused', detail: { status: 412 } },
    ]);
  });

  it('A6 all but one of 50 who have read the same', async () => {
    const { path, tag, identifier } = await populated();
    const wires = await fifty((index) => patch(path, { name: `name ${index}` }, { 'if-match': tag }));
    expect(tally(wires.map(({ status }) => String(status)))).toEqual({ 200: 1, 412: 49 });
    expect((await trailOf(identifier)).filter(({ kind }) => kind === 'api.changed')).toHaveLength(1);
  });
});

describe('A4 PATCH /apis/{id} changes', () => {
  it('what is sent and nothing else, revokes nobody, and says who changed what', async () => {
    const { path, identifier, clientId, id } = await populated();
    const answer = await patch(path, { name: 'Another', access_token_lifetime_seconds: 60 });
    const { revocation, ...resource } = changed(answer);
    expect([revocation, resource.name, resource.access_token_lifetime_seconds]).toEqual([null, 'Another', 60]);
    const seen = await ask('GET', path);
    expect([seen.json, seen.headers.get('etag')]).toEqual([resource, answer.headers.get('etag')]);
    expect(await revocationsOf(clientId)).toEqual([]);
    expect((await trailOf(identifier)).at(-1)).toMatchObject({
      ...{ actor: CALLER, kind: 'api.changed', outcome: 'done' },
      detail: { changed: { access_token_lifetime_seconds: { from: null, to: 60 } }, revoked_clients: 0 },
    });
    expect(id).toBe(resource.id);
  });

  it('what is null back to its default', async () => {
    const { path, identifier } = await populated({ access_token_lifetime_seconds: 60, name: 'x' });
    const { revocation, ...resource } = changed(await patch(path, { name: null, access_token_lifetime_seconds: null }));
    expect([revocation, resource.name, 'access_token_lifetime_seconds' in resource]).toEqual([null, identifier, false]);
  });

  it('nothing when it stands so already, and then writes nothing', async () => {
    const { path, identifier, name, read, write } = await populated();
    const answer = await patch(path, { name, scopes: scopes(read, write) });
    expect(changed(answer).revocation).toBeNull();
    expect(await trailOf(identifier)).toHaveLength(1);
  });

  it('V2 the longest lifetime first, and a key of the new algorithm', async () => {
    const { path } = await populated();
    world.done.length = 0;
    changed(await patch(path, { access_token_lifetime_seconds: 7200, access_token_signing_alg: 'EdDSA' }));
    expect(world.done.map((what) => what.split(',')[0])).toEqual(['lifetime 7200', 'ring EdDSA']);
  });

  it('the order and the words of scopes, which takes nothing from anybody', async () => {
    const { path, read, write, clientId } = await populated();
    const reordered = [{ name: write, description: 'anew' }, ...scopes(read)];
    const { revocation, ...resource } = changed(await patch(path, { scopes: reordered }));
    expect([revocation, resource.scopes]).toEqual([null, reordered]);
    expect((await clientRow(clientId))?.generation).toBe(0);
  });
});

describe('A9 removing a scope takes it from everybody who has it', () => {
  it('each client loses it and is revoked, others keep theirs, and the answer says so', async () => {
    const { path, read, write, clientId, identifier } = await populated();
    const more = await Promise.all(
      Array.from({ length: 20 }, () => addClient(world.test.database, { allowedScope: [write] })),
    );
    const untouched = await addClient(world.test.database, { allowedScope: [read] });
    const { revocation } = changed(await patch(path, { scopes: scopes(read) }));
    expect(revocation).toMatchObject({ kind: 'client', state: 'committed' });
    expect(await clientRow(clientId)).toEqual({ allowed_scope: ['openid', read, 'other'], generation: 1 });
    for (const each of more) {
      expect(await clientRow(each.clientId)).toEqual({ allowed_scope: [], generation: 1 });
      const [entry] = await revocationsOf(each.clientId);
      expect(entry).toMatchObject({ kind: 'client', generation: 1, cause: 'api.scope_removed', actor: CALLER });
      expect((await trailOf(each.clientId)).at(-1)).toMatchObject({
        kind: 'client.revoked',
        detail: { cause: 'api.scope_removed', scope: [write], revocations: [entry?.id] },
      });
    }
    expect(await clientRow(untouched.clientId)).toEqual({ allowed_scope: [read], generation: 0 });
    expect((await trailOf(identifier)).at(-1)).toMatchObject({ detail: { revoked_clients: 21 } });
    expect((await ask('GET', `/admin/v1/revocations/${revocation?.id}`)).status).toBe(200);
  });

  it('V1 a grant that was given before ends, and a consent forgets it', async () => {
    const { path, read, write } = await populated();
    const who = await settle(world.test.database);
    await world.test.database.run('UPDATE auth.clients SET allowed_scope = $2 WHERE client_id = $1', [
      ...[who.client.clientId, [read, write]],
    ]);
    const store = new PostgresGrantStore(world.test.database, () => undefined);
    const redemption = aRedemption(who, { scope: [read, write] });
    expect(await store.redeemCode(redemption)).toBe('redeemed');
    changed(await patch(path, { scopes: scopes(read) }));
    const { rows } = await world.test.database.run<{ scope: string[] }>(
      'SELECT scope FROM auth.consents WHERE client_id = $1',
      [who.client.clientId],
    );
    expect(rows.every(({ scope }) => !scope.includes(write))).toBe(true);
    const rotation = await store.rotateRefreshToken({
      ...{ grantId: redemption.grant.grantId, presented: 0, presentedKey: 1 },
      ...{ toleranceSeconds: 10, revocationExpiresAt: 0 },
    });
    expect(rotation.outcome).toBe('ended');
  });

  it('V17 waits for the guards', async () => {
    const { path, read } = await populated();
    const wire = await patch(path, { scopes: scopes(read) }, { prefer: 'wait=10' });
    expect(wire.headers.get('preference-applied')).toBe('wait=10');
    expect(changed(wire).revocation).toMatchObject({ state: 'applied', receipt: { state: 'applied' } });
  });

  it('says null when nobody had it', async () => {
    const wire = await world.create(aNewApi());
    expect(changed(await patch(`${APIS}/${idIn(wire)}`, { scopes: [] })).revocation).toBeNull();
  });

  it('A10 of 50 clients that are given it at the same moment, none has it afterwards', async () => {
    const { path, read, write } = await populated();
    const changes = new PostgresClientChanges(world.test.revoking);
    const clients = await Promise.all(Array.from({ length: 50 }, () => addClient(world.test.database)));
    const audit = { actor: 'spec', kind: 'client.changed', target: 'x', outcome: 'done' } as const;
    const given = Promise.allSettled(
      clients.map(({ clientId }) =>
        changes.change(clientId, {
          receipt: false,
          leaning: {
            scopes: [write],
            judge: (gone) => {
              if (gone.scopes.length > 0) throw new Error('gone');
            },
          },
          decide: (standing) => ({
            after: { ...standing, allowedScope: [write] },
            ...{ takes: false, audit: { ...audit, target: clientId } },
          }),
        }),
      ),
    );
    changed(await patch(path, { scopes: scopes(read) }));
    const outcomes = tally((await given).map(({ status }) => status));
    for (const { clientId } of clients) {
      const row = await clientRow(clientId);
      expect(row?.allowed_scope).not.toContain(write);
    }
    expect((outcomes['fulfilled'] ?? 0) + (outcomes['rejected'] ?? 0)).toBe(50);
  });
});

describe('A9 another algorithm ends the tokens of the old one', () => {
  it('by revoking whoever may have one, who keeps the scope', async () => {
    const { path, clientId, read, write } = await populated();
    const { revocation } = changed(await patch(path, { access_token_signing_alg: 'PS256' }));
    expect(revocation).toMatchObject({ kind: 'client' });
    expect(await clientRow(clientId)).toEqual({ allowed_scope: ['openid', read, write, 'other'], generation: 1 });
    expect(await revocationsOf(clientId)).toMatchObject([{ cause: 'api.algorithm_changed' }]);
  });

  it('by killing every secret, and revokes no client', async () => {
    const { path, clientId, shared_secret_kid: first = '' } = await populated({ access_token_signing_alg: 'HS256' });
    const second = (await ask('POST', `${path}/secrets`)).headers.get('location')?.split('/').at(-1) ?? '';
    const { revocation } = changed(await patch(path, { access_token_signing_alg: 'ES256' }));
    expect(revocation).toMatchObject({ kind: 'key' });
    expect((await clientRow(clientId))?.generation).toBe(0);
    for (const kid of [first, second]) {
      expect(await revocationsOf(kid)).toMatchObject([{ kind: 'key', cause: 'key.killed' }]);
      expect((await ask('GET', `/admin/v1/keys/${kid}`)).json).toMatchObject({ state: 'dropped', killed: true });
    }
    await world.ring.reload();
    expect(world.ring.find(first)).toBeUndefined();
    expect((await ask('GET', `${path}/secrets`)).json).toEqual({ items: [], next: null });
  });

  it('and to HS256 only with a secret that was made before, which no PATCH tells', async () => {
    const { path, clientId, identifier } = await populated();
    const refused = await patch(path, { access_token_signing_alg: 'HS256' });
    expect([refused.status, refused.text.includes(`${path}/secrets`)]).toEqual([409, true]);
    expect((await clientRow(clientId))?.generation).toBe(0);
    expect((await ask('POST', `${path}/secrets`)).status).toBe(201);
    const { revocation, ...resource } = changed(await patch(path, { access_token_signing_alg: 'HS256' }));
    expect([resource.access_token_signing_alg, revocation?.kind]).toEqual(['HS256', 'client']);
    expect('shared_secret' in resource).toBe(false);
    await world.ring.reload();
    expect((await world.ring.signerFor('HS256', identifier)).algorithm).toBe('HS256');
  });

  it('and to HS256 not with a secret that was killed', async () => {
    const { path } = await populated();
    const kid = (await ask('POST', `${path}/secrets`)).headers.get('location')?.split('/').at(-1) ?? '';
    await ask('DELETE', `/admin/v1/keys/${kid}`);
    expect((await patch(path, { access_token_signing_alg: 'HS256' })).status).toBe(409);
  });
});

describe('A10 DELETE /apis/{id}: nothing that was given for it survives', () => {
  it('not its scopes, its clients’ tokens, nor its secrets', async () => {
    const api = await populated({ access_token_signing_alg: 'HS256' });
    const { path, clientId, identifier, shared_secret_kid: kid = '' } = api;
    await world.test.database.run('UPDATE auth.clients SET resource_server = $2 WHERE client_id = $1', [
      ...[clientId, identifier],
    ]);
    const seen = await ask('GET', path);
    const wire = await ask('DELETE', path, { headers: { 'if-match': seen.headers.get('etag') ?? '' } });
    const { revocation, ...resource } = changed(wire);
    expect([resource, wire.headers.get('etag')]).toEqual([seen.json, seen.headers.get('etag')]);
    expect(revocation).toMatchObject({ kind: 'client' });
    expect(await clientRow(clientId)).toEqual({ allowed_scope: ['openid', 'other'], generation: 1 });
    expect(await revocationsOf(kid)).toMatchObject([{ kind: 'key' }]);
    const { rows } = await world.test.database.run('SELECT 1 FROM auth.clients WHERE resource_server = $1', [
      identifier,
    ]);
    expect(rows).toEqual([]);
    expect((await trailOf(identifier)).at(-1)).toMatchObject({
      ...{ actor: CALLER, kind: 'api.deleted', outcome: 'done' },
      detail: { revoked_clients: 1, killed_secrets: 1 },
    });
    expect((await ask('GET', path)).status).toBe(404);
  });

  it('one of 50 at once removes it, and the others find nothing', async () => {
    const { path, clientId } = await populated();
    const wires = await fifty(() => ask('DELETE', path));
    expect(tally(wires.map(({ status }) => String(status)))).toEqual({ 200: 1, 404: 49 });
    expect((await clientRow(clientId))?.generation).toBe(1);
  });

  it('and whoever registers it again has a new secret, and nobody has its scopes', async () => {
    const before = await populated({ access_token_signing_alg: 'HS256' });
    const { path, identifier, read, write, clientId } = before;
    changed(await ask('DELETE', path));
    // Somebody has the name all the same.
    await world.test.database.run('UPDATE auth.clients SET allowed_scope = $2 WHERE client_id = $1', [
      ...[clientId, [read, 'other']],
    ]);
    const body = { identifier, scopes: scopes(read, write), access_token_signing_alg: 'HS256' };
    const again = isCreated((await world.create(body)).json);
    if (!again.ok) throw new Error('not created');
    expect(await clientRow(clientId)).toEqual({ allowed_scope: ['other'], generation: 2 });
    const listed = await ask('GET', `${path}/secrets`);
    expect(listed.json).toMatchObject({ items: [{ kid: again.value.shared_secret_kid, state: 'active' }] });
    expect(again.value.shared_secret_kid).not.toBe(before.shared_secret_kid);
  });

  it('no secret is left of 50 that are asked for at the same moment', async () => {
    const { path, identifier } = await populated({ access_token_signing_alg: 'HS256' });
    const asked = fifty(() => ask('POST', `${path}/secrets`));
    changed(await ask('DELETE', path));
    const statuses = (await asked).map(({ status }) => status);
    expect(statuses.filter((status) => ![201, 404, 409].includes(status))).toEqual([]);
    const { keys } = await world.rotation.list();
    expect(keys.filter(({ ring, killedBy }) => ring.audience === identifier && killedBy === null)).toEqual([]);
  });
});

describe('A6 20 identical POSTs have one effect', () => {
  const twenty = (path: string, body: unknown): Promise<Wire[]> => {
    const headers = { 'idempotency-key': `"${randomUUID()}"` };
    return Promise.all(
      Array.from({ length: 20 }, () => ask('POST', path, { ...(body === undefined ? {} : { body }), headers })),
    );
  };
  const member = (wire: Wire, name: string): unknown => (wire.json as Record<string, unknown>)[name];

  it('POST /apis', async () => {
    const body = aNewApi();
    const wires = await twenty(APIS, body);
    expect(tally(wires.map(({ status }) => String(status)))).toEqual({ 201: 20 });
    expect(new Set(wires.map(({ text }) => text)).size).toBe(1);
    expect(new Set(wires.map(({ headers }) => headers.get('location'))).size).toBe(1);
    expect((await trailOf(body.identifier)).filter(({ kind }) => kind === 'api.created')).toHaveLength(1);
  });

  it('POST /apis with a secret: it is told once, and named to the others', async () => {
    const body = aNewApi({ access_token_signing_alg: 'HS256' });
    const wires = await twenty(APIS, body);
    expect(tally(wires.map(({ status }) => String(status)))).toEqual({ 201: 1, 409: 19 });
    const [first] = wires.filter(({ status }) => status === 201);
    for (const wire of wires.filter(({ status }) => status === 409)) {
      expect(wire.text).toContain(`${first?.headers.get('location')}`);
      expect(wire.text).toContain('/secrets');
    }
    const { keys } = await world.rotation.list();
    expect(keys.filter(({ ring }) => ring.audience === body.identifier)).toHaveLength(1);
  });

  it('POST /apis/{id}/secrets: one more, also where there is room for no other', async () => {
    const { path } = await populated({ access_token_signing_alg: 'HS256' });
    const wires = await twenty(`${path}/secrets`, undefined);
    expect(tally(wires.map(({ status }) => String(status)))).toEqual({ 201: 1, 409: 19 });
    const made = wires.filter(({ status }) => status === 201).map((wire) => String(member(wire, 'kid')));
    for (const wire of wires.filter(({ status }) => status === 409)) expect(wire.text).toContain(made[0] ?? 'no kid');
    expect(await ask('GET', `${path}/secrets`)).toMatchObject({ json: { items: [{}, { kid: made[0] }] } });
  });
});
