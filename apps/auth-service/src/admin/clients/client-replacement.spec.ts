import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Unavailable } from '@latchkey/protocol';
import { PostgresApiChanges } from '../../persistence/postgres/api-changes.js';
import { PostgresApiStore } from '../../persistence/postgres/api-store.js';
import { fifty, tally } from '../../persistence/postgres/testing/open-test-database.js';
import { CALLER, type Wire } from '../test/admin-bench.js';
import { clientBench, type ClientBench, CLIENTS, memberOf, NOTES } from '../test/client-bench.js';

let bench: ClientBench;
beforeAll(async () => {
  bench = await clientBench();
});
afterAll(() => bench.close());

const patch = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Wire> =>
  bench.ask('PATCH', path, { body, headers });
const put = (path: string, body: unknown): Promise<Wire> => bench.ask('PUT', path, { body });
function pointersOf(wire: Wire): readonly string[] {
  expect([wire.status, wire.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
  const errors = memberOf(wire.json, 'errors');
  return Array.isArray(errors) ? errors.map((fault) => String(memberOf(fault, 'pointer'))).toSorted() : [];
}
/** Everything of this client that a write could change. */
const standing = async (clientId: string): Promise<unknown> => [
  await bench.sql('SELECT c::text FROM auth.clients c WHERE client_id = $1', [clientId]),
  await bench.sql('SELECT s::text FROM auth.client_secrets s WHERE client_id = $1 ORDER BY place', [clientId]),
  await bench.sql('SELECT r::text FROM auth.revocations r WHERE value = $1', [clientId]),
  await bench.sql(`SELECT 1 FROM auth.audit_events WHERE target = $1 AND outcome = 'done'`, [clientId]),
];
const WEB = { grant_types: ['authorization_code'], redirect_uris: ['https://app.example.com/cb'], scope: 'openid' };

describe('A4 PUT and PATCH of a client refuse', () => {
  it.each(['PUT', 'PATCH'])(
    'every fault of a %s at once, of form and of meaning, and change nothing',
    async (method) => {
      const { path, clientId } = await bench.create();
      const before = await standing(clientId);
      const body = {
        ...{ colour: 'red', client_name: '', scope: 'notes:read notes:erase', logo_uri: 'javascript:alert(1)' },
        redirect_uris: ['https://app.example.com/cb', 7, 'http://app.example.com/'],
        ...{ client_id: 'a'.repeat(32), client_secret: 'b'.repeat(64), enabled: false, client_id_issued_at: 1 },
        ...{ token_endpoint_auth_method: 'none', require_pkce: false, resource_server: 'https://nobody.example' },
        ...{ grant_types: ['client_credentials'], client_secret_expires_at: 0 },
      };
      const wire = await bench.ask(method, path, { body });
      expect(pointersOf(wire)).toEqual(
        [
          ...['/client_id', '/client_id_issued_at', '/client_name', '/client_secret', '/client_secret_expires_at'],
          ...['/colour', '/enabled', '/grant_types/0', '/logo_uri', '/redirect_uris/1', '/redirect_uris/2'],
          ...['/require_pkce', '/resource_server', '/resource_server', '/scope'],
        ].toSorted(),
      );
      const errors = memberOf(wire.json, 'errors');
      expect(errors).toContainEqual({ pointer: '/enabled', detail: 'cannot be written' });
      expect(errors).toContainEqual({ pointer: '/colour', detail: 'is not known here' });
      expect(await standing(clientId)).toEqual(before);
    },
  );

  it('A4 a whole that is not right, though the patch alone would be', async () => {
    const { path } = await bench.create();
    expect(pointersOf(await patch(path, { grant_types: ['authorization_code'] }))).toEqual(['/redirect_uris']);
    expect(pointersOf(await patch(path, { grant_types: null }))).toEqual(['/redirect_uris']);
    expect(pointersOf(await patch(path, { token_endpoint_auth_method: 'none' }))).toEqual(['/grant_types/0']);
    expect(pointersOf(await patch(path, { response_types: ['code'] }))).toEqual(['/response_types']);
    expect(pointersOf(await patch(path, { grant_types: [] }))).toEqual(['/grant_types']);
    expect(pointersOf(await patch(path, { redirect_uris: ['com.example.app:/cb'] }))).toEqual(['/redirect_uris/0']);
  });

  it.each<[string, unknown]>([
    ['a list', []],
    ['null', null],
    ['text', 'client_name'],
  ])('A4 %s as a whole', async (_what, body) => {
    const { path } = await bench.create();
    for (const wire of [await patch(path, body), await put(path, body)]) expect(pointersOf(wire)).toEqual(['']);
  });

  it('A4 __proto__ and U+0000', async () => {
    const { path } = await bench.create();
    const raw = '{"__proto__": {"client_name": "x"}, "client_name": "a\\u0000b"}';
    expect(pointersOf(await bench.ask('PATCH', path, { raw }))).toEqual(['/__proto__', '/client_name']);
  });

  it('A7 404 for whoever never was, and 415 for a merge patch where none is meant', async () => {
    for (const method of ['PUT', 'PATCH']) {
      const wire = await bench.ask(method, `${CLIENTS}/${'f'.repeat(32)}`, { body: { client_name: 'x' } });
      expect([wire.status, memberOf(wire.json, 'detail')]).toEqual([404, 'there is nothing here']);
    }
    const { path } = await bench.create();
    const headers = { 'content-type': 'application/merge-patch+json' };
    expect((await bench.ask('PUT', path, { body: {}, headers })).status).toBe(415);
    expect((await bench.ask('PATCH', path, { body: {}, headers })).status).toBe(200);
  });

  it('A4 says 503 when a key for its algorithm cannot be made, and changes nothing', async () => {
    const { path, clientId } = await bench.create();
    const before = await standing(clientId);
    const { world } = bench.bench;
    world.ensureRing = () => Promise.reject(new Unavailable('PostgreSQL'));
    expect((await patch(path, { id_token_signed_response_alg: 'EdDSA' })).status).toBe(503);
    world.ensureRing = () => Promise.resolve();
    expect(await standing(clientId)).toEqual(before);
  });
});

describe('A4 PATCH (RFC 7396) and PUT', () => {
  it('change what is named and leave the rest; what is taken out gets its default', async () => {
    const { path, clientId } = await bench.create({ ...WEB, client_name: 'Old', logo_uri: 'https://a.example/l.png' });
    const changed = await patch(path, { client_name: 'New', scope: 'openid notes:read', logo_uri: null });
    expect(changed.status).toBe(200);
    expect(changed.json).toMatchObject({ client_name: 'New', scope: 'openid notes:read', revocation: null });
    expect(changed.json).toMatchObject({ redirect_uris: WEB.redirect_uris, response_types: ['code'], enabled: true });
    expect(memberOf(changed.json, 'logo_uri')).toBeUndefined();
    expect(changed.json).not.toHaveProperty('client_secret');
    const replaced = await put(path, { ...WEB, require_pkce: false });
    expect(replaced.json).toMatchObject({ client_name: clientId, require_pkce: false, scope: 'openid' });
    expect((await patch(path, { client_name: null })).json).toMatchObject({ client_name: clientId });
    const { revocation, ...resource } = Object(replaced.json) as Record<string, unknown>;
    expect((await bench.ask('GET', path)).json).toEqual(resource);
    expect(revocation).toMatchObject({ kind: 'client', state: 'committed' });
  });

  it('A11 the trail says what changed from what to what, by whom', async () => {
    const { path, clientId } = await bench.create({ client_name: 'Old' });
    await patch(path, { client_name: 'New', scope: 'notes:read' });
    const [, change] = await bench.audited(clientId);
    expect(change).toMatchObject({
      ...{ kind: 'client.changed', actor: CALLER, outcome: 'done' },
      detail: {
        changed: {
          client_name: { from: 'Old', to: 'New' },
          scope: { from: 'notes:read notes:write', to: 'notes:read' },
        },
        taken: ['scope'],
        revocations: [expect.any(String)],
      },
    });
  });

  it('a repetition that changes nothing writes nothing', async () => {
    const { path, clientId } = await bench.create();
    const body = { scope: 'notes:read' };
    const first = await patch(path, body);
    const before = await standing(clientId);
    const again = await patch(path, body);
    expect([again.status, memberOf(again.json, 'revocation')]).toEqual([200, null]);
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
    expect(await standing(clientId)).toEqual(before);
  });

  it('makes the key of an algorithm before a client is sent tokens signed with it', async () => {
    const { path } = await bench.create(WEB);
    bench.bench.world.ensured = [];
    await patch(path, { client_name: 'Another' });
    expect(bench.bench.world.ensured).toEqual([]);
    expect((await patch(path, { id_token_signed_response_alg: 'EdDSA' })).json).toMatchObject({ revocation: null });
    expect(bench.bench.world.ensured).toEqual(['EdDSA']);
  });

  it('a client that becomes public has no secret any more, and is given none when it is confidential again', async () => {
    const { path, clientId } = await bench.create(WEB);
    await patch(path, { token_endpoint_auth_method: 'none' });
    expect(await bench.sql('SELECT 1 FROM auth.client_secrets WHERE client_id = $1', [clientId])).toEqual([]);
    expect((await bench.ask('POST', `${path}/secrets`)).status).toBe(409);
    const again = await patch(path, { token_endpoint_auth_method: 'client_secret_basic' });
    expect(again.text).not.toContain('client_secret"');
    expect((await bench.ask('POST', `${path}/secrets`)).status).toBe(201);
  });
});

describe('admin-api /clients resource_server: an API that asks about its tokens', () => {
  const asking = { grant_types: [], scope: '', resource_server: NOTES.identifier };

  it('is stored and shown, needs no grant type, and can be taken out', async () => {
    const { path, wire } = await bench.create(asking);
    expect(wire.json).toMatchObject({ ...asking, response_types: [] });
    expect((await bench.ask('GET', path)).json).toMatchObject(asking);
    const without = await patch(path, { resource_server: null, grant_types: ['client_credentials'] });
    expect(without.json).toMatchObject({ revocation: null });
    expect(without.json).not.toHaveProperty('resource_server');
  });

  it.each<[string, object]>([
    ['nobody', { resource_server: 'https://nobody.example' }],
    ['the admin API', { resource_server: 'http://localhost:4001' }],
    ['an identifier with a slash more', { resource_server: `${NOTES.identifier}/` }],
    ['U+0000', { resource_server: 'https://a.example/\u0000' }],
    ['nothing', { resource_server: '' }],
    ['a public client', { token_endpoint_auth_method: 'none', redirect_uris: ['https://a.example/'] }],
  ])('refuses %s', async (_what, over) => {
    const body = { ...asking, ...over };
    expect(pointersOf(await bench.ask('POST', CLIENTS, { body }))).toEqual(['/resource_server']);
    const { path } = await bench.create();
    expect(pointersOf(await put(path, body))).toEqual(['/resource_server']);
  });
});

describe('A6 the tag of a client', () => {
  it('is the same for whoever created, reads or changes it, and 304 for whoever has it', async () => {
    const { path, etag } = await bench.create();
    const read = await bench.ask('GET', path);
    expect(read.headers.get('etag')).toBe(etag);
    expect((await bench.ask('GET', path, { headers: { 'if-none-match': etag } })).status).toBe(304);
    const changed = await patch(path, { client_name: 'New' }, { 'if-match': etag });
    expect(changed.headers.get('etag')).toBe((await bench.ask('GET', path)).headers.get('etag'));
    expect(changed.headers.get('etag')).not.toBe(etag);
  });

  it.each<[string, string, string]>([
    ['PUT', '', '{"grant_types": ["client_credentials"]}'],
    ['PATCH', '', '{"client_name": "Mine"}'],
    ['DELETE', '', ''],
    ['POST', '/disable', ''],
    ['POST', '/enable', '{}'],
  ])('%s%s with an old one is 412, and changes nothing but the trail', async (method, action, raw) => {
    const { path, clientId, etag } = await bench.create();
    await patch(path, { client_name: 'Theirs' });
    const before = await standing(clientId);
    const request = { headers: { 'if-match': etag }, ...(raw === '' ? {} : { raw }) };
    expect((await bench.ask(method, `${path}${action}`, request)).status).toBe(412);
    expect(await standing(clientId)).toEqual(before);
    expect((await bench.audited(clientId)).at(-1)).toMatchObject({ outcome: 'refused', detail: { status: 412 } });
  });

  it('of 50 PATCHes with the same If-Match one changes it, and 49 hear 412', async () => {
    const { path, clientId, etag } = await bench.create();
    const wires = await fifty((index) => patch(path, { client_name: `Name ${index}` }, { 'if-match': etag }));
    expect(tally(wires.map(({ status }) => String(status)))).toEqual({ 200: 1, 412: 49 });
    const winner = wires.find(({ status }) => status === 200);
    const { client_name } = (await bench.ask('GET', path)).json as { client_name: string };
    expect(memberOf(winner?.json, 'client_name')).toBe(client_name);
    const done = (await bench.audited(clientId)).filter(({ outcome }) => outcome === 'done');
    expect(done.map(({ kind }) => kind)).toEqual(['client.created', 'client.changed']);
  });
});

describe('A11 what 50 at once do to one client', () => {
  it('stands in the trail row by row, each from what the one before has left', async () => {
    const { path, clientId } = await bench.create();
    const wires = await fifty((index) => {
      if (index % 3 === 0) return bench.ask('POST', `${path}/disable`);
      if (index % 3 === 1) return bench.ask('POST', `${path}/enable`);
      return patch(path, { client_name: `Name ${index}` });
    });
    expect(tally(wires.map(({ status }) => String(status)))).toEqual({ 200: 50 });
    const [, ...events] = await bench.audited(clientId);
    const of = (kind: string) => events.filter((event) => event.kind === kind);
    expect(of('client.changed')).toHaveLength(16);
    // Each name was changed from the one that the row before it had made.
    const names = of('client.changed').map(({ detail }) => memberOf(memberOf(detail, 'changed'), 'client_name'));
    const froms = names.map((change) => memberOf(change, 'from'));
    expect(froms).toEqual([clientId, ...names.slice(0, -1).map((change) => memberOf(change, 'to'))]);
    // Disabled and enabled by turns; each disabling has raised the generation by one, with its entry.
    const turns = events.map(({ kind }) => kind).filter((kind) => kind !== 'client.changed');
    expect(turns).toEqual(turns.map((_, index) => (index % 2 === 0 ? 'client.disabled' : 'client.enabled')));
    const disabled = of('client.disabled').length;
    expect(disabled).toBeGreaterThan(0);
    expect(await bench.generation(clientId)).toBe(disabled);
    const entries = await bench.sql('SELECT 1 FROM auth.revocations WHERE value = $1', [clientId]);
    expect(entries).toHaveLength(disabled);
  });
});

describe('A9 an API that loses scopes, and clients that are changed at the same moment', () => {
  it('never wait for one another in a circle, and each scope is gone from each client', async () => {
    const scopes = Array.from({ length: 10 }, (_, index) => ({ name: `passing:${index}`, description: 'Passes' }));
    const api = { ...NOTES, identifier: 'https://passing.example', scopes };
    await new PostgresApiStore(bench.test.database, []).ensureRegistered(api);
    const changes = new PostgresApiChanges(bench.test.revoking);
    const act = { actor: 'spec', receipt: false };
    const clients = await Promise.all(
      [1, 2].map(() => bench.create({ scope: scopes.map(({ name }) => name).join(' ') })),
    );
    const outcomes = await fifty(async (index) => {
      const path = clients[index % 2]?.path ?? '';
      if (index % 5 !== 0) return (await patch(path, { client_name: `Name ${index}` })).status;
      const gone = scopes[index / 5]?.name;
      const outcome = await changes.change(api.identifier, act, (standing) => ({
        ...{ api: { ...standing, scopes: standing.scopes.filter(({ name }) => name !== gone) }, detail: {} },
      }));
      return typeof outcome;
    });
    // A whole that was judged before a scope was gone is not right any more: 400, and never 503.
    expect(Object.keys(tally(outcomes.map(String))).filter((each) => !['200', '400', 'object'].includes(each))).toEqual(
      [],
    );
    for (const { path } of clients) expect((await bench.ask('GET', path)).json).toMatchObject({ scope: '' });
  });

  it('whoever was an API that is removed is none, also when its identifier is somebody else’s', async () => {
    const api = { ...NOTES, identifier: 'https://gone.example', scopes: [] };
    const apis = new PostgresApiStore(bench.test.database, []);
    await apis.ensureRegistered(api);
    const { path, clientId } = await bench.create({ resource_server: api.identifier });
    const changes = new PostgresApiChanges(bench.test.revoking);
    await changes.remove(api.identifier, { actor: 'spec', receipt: false }, () => undefined);
    await apis.ensureRegistered(api);
    expect((await bench.ask('GET', path)).json).not.toHaveProperty('resource_server');
    expect((await bench.audited(clientId)).at(-1)).toMatchObject({
      ...{ kind: 'client.changed', detail: { cause: 'api.deleted' } },
    });
  });
});

describe('DESIGN §4 a scope belongs to an API that is there', () => {
  it('no client gets a scope that is being taken away at the same moment', async () => {
    const scope = { name: 'fleeting:read', description: 'Read what passes' };
    await bench.sql(`INSERT INTO auth.api_scopes VALUES ($1, $2, 'x', 7)`, [scope.name, NOTES.identifier]);
    const { path, clientId } = await bench.create();
    let wires: Promise<readonly Wire[]> | undefined;
    await bench.test.database.transaction(async (statements) => {
      await statements.run('DELETE FROM auth.api_scopes WHERE name = $1', [scope.name]);
      const body = { grant_types: ['client_credentials'], scope: scope.name };
      wires = Promise.all([patch(path, { scope: scope.name }), put(path, body), bench.ask('POST', CLIENTS, { body })]);
      // They have read that the scope is there, and wait for us.
      for (let waiting = 0; waiting < 3;) {
        const { rows } = await bench.test.database.run(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        waiting = rows.length;
      }
    });
    for (const wire of (await wires) ?? []) expect(pointersOf(wire)).toEqual(['/scope']);
    expect(await bench.sql('SELECT 1 FROM auth.clients WHERE $1 = ANY (allowed_scope)', [scope.name])).toEqual([]);
    expect((await bench.audited(clientId)).map(({ kind }) => kind)).toEqual(['client.created']);
  });
});
