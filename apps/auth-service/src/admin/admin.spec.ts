import { createHash } from 'node:crypto';
import { ID_TOKEN_ALGORITHMS, Unavailable } from '@latchkey/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clientSchemas } from './clients/client-schema.js';
import { formOf } from './http/form.js';
import { ProblemSchema } from './http/problem.js';
import { ADMIN_SCOPE_NAMES } from './admin-scopes.js';
import { adminBench, type AdminBench, CALLER, SILENT_GUARD, type Wire } from './test/admin-bench.js';
import { USERS_PATH } from './users/user-paths.js';

const CLIENTS = '/admin/v1/clients';
const GOOD = {
  client_name: 'Notes on the web',
  redirect_uris: ['https://app.example.com/cb'],
  scope: 'openid notes:read',
};
const schemas = clientSchemas(ID_TOKEN_ALGORITHMS);
const isProblem = formOf(ProblemSchema);
const isCreated = formOf(schemas.CreatedClient);
const isClient = formOf(schemas.Client);
const isList = formOf(schemas.ClientList);

let bench: AdminBench;
beforeAll(async () => {
  bench = await adminBench();
});
afterAll(() => bench.close());
beforeEach(() => {
  bench.register.clients.length = 0;
  bench.register.audit.length = 0;
  bench.register.broken = undefined;
  bench.world.feedIsFresh = true;
  bench.world.isRevoked = () => Promise.resolve(false);
  bench.world.ensureRing = () => Promise.resolve();
  bench.world.ensured = [];
  bench.world.readiness = { postgres: true, signingKey: true, redis: true, guard: SILENT_GUARD };
});

function expectProblem(wire: Wire, status: number): readonly { pointer: string; detail: string }[] {
  expect(wire.status).toBe(status);
  expect(wire.headers.get('content-type')).toBe('application/problem+json');
  expect(wire.headers.get('cache-control')).toBe('no-store');
  const problem = isProblem(wire.json);
  if (!problem.ok) throw new Error(`no problem details: ${wire.text}`);
  expect(problem.value.status).toBe(status);
  return problem.value.errors ?? [];
}
const pointersOf = (wire: Wire): readonly string[] => expectProblem(wire, 400).map((fault) => fault.pointer);
const create = (body: unknown): Promise<Wire> => bench.ask('POST', CLIENTS, { body });
function created(wire: Wire) {
  const formed = isCreated(wire.json);
  if (wire.status !== 201 || !formed.ok) throw new Error(`not created: ${wire.status} ${wire.text}`);
  return formed.value;
}

describe('admin-api A1: who may not enter', () => {
  it('nobody without a token', async () => {
    const wire = await bench.ask('GET', CLIENTS, { authorization: null });
    expectProblem(wire, 401);
    expect(wire.headers.get('www-authenticate')).toMatch(/^Bearer realm="latchkey-admin"$/);
  });

  it.each<[string, () => string]>([
    ['garbage', () => 'abc'],
    ['a token for another audience', () => bench.mint({ aud: 'http://localhost:4002' })],
    ['a token of another issuer', () => bench.mint({ iss: 'http://localhost:4009' })],
    ['an expired token', () => bench.mint({ exp: 1_700_000_000, iat: 1_699_999_000 })],
  ])('nobody with %s', async (_what, token) => {
    const wire = await bench.ask('GET', CLIENTS, { authorization: `Bearer ${token()}` });
    expectProblem(wire, 401);
    expect(wire.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  it('a token without the scope of the operation, and the answer names it', async () => {
    const wire = await bench.ask('GET', CLIENTS, { authorization: `Bearer ${bench.mint({ scope: 'clients:write' })}` });
    expectProblem(wire, 403);
    expect(wire.headers.get('www-authenticate')).toMatch(/error="insufficient_scope".*scope="clients:read"/);
  });

  it.each([
    ['broken JSON', { raw: '{' }],
    ['another content type', { raw: '<x/>', headers: { 'content-type': 'text/xml' } }],
    ['a body of 2 MiB', { raw: `"${'x'.repeat(2 * 1024 * 1024)}"` }],
  ])('is judged before the body is looked at: %s', async (_what, request) => {
    expectProblem(await bench.ask('POST', CLIENTS, { ...request, authorization: null }), 401);
    const reader = `Bearer ${bench.mint({ scope: 'clients:read' })}`;
    expectProblem(await bench.ask('POST', CLIENTS, { ...request, authorization: reader }), 403);
  });

  it('a revoked token, at once', async () => {
    const token = bench.mint({ jti: 'revoked-one' });
    expect((await bench.ask('GET', CLIENTS, { authorization: `Bearer ${token}` })).status).toBe(200);
    bench.heard.add({ id: 'r1', kind: 'token', value: 'revoked-one', expiresAt: null });
    expectProblem(await bench.ask('GET', CLIENTS, { authorization: `Bearer ${token}` }), 401);
  });

  it('a token that PostgreSQL knows to be revoked, while the feed is stale', async () => {
    bench.world.feedIsFresh = false;
    const asked: string[] = [];
    bench.world.isRevoked = (claims, kid) => {
      asked.push(`${claims.jti} ${String(kid.length > 10)}`);
      return Promise.resolve(claims.jti === 'revoked-two');
    };
    const revoked = `Bearer ${bench.mint({ jti: 'revoked-two', scope: 'audit:read' })}`;
    expectProblem(await bench.ask('GET', CLIENTS, { authorization: revoked }), 401);
    const good = `Bearer ${bench.mint({ jti: 'good-one' })}`;
    expect((await bench.ask('GET', CLIENTS, { authorization: good })).status).toBe(200);
    expect(asked).toEqual(['revoked-two true', 'good-one true']);
  });

  it('is not asked of PostgreSQL for a token that is no good anyway', async () => {
    bench.world.feedIsFresh = false;
    bench.world.isRevoked = () => Promise.reject(new Error('must not be asked'));
    expectProblem(await bench.ask('GET', CLIENTS, { authorization: 'Bearer abc' }), 401);
  });

  it('is 503, never 401, when feed and PostgreSQL both fail', async () => {
    bench.world.feedIsFresh = false;
    bench.world.isRevoked = () => Promise.reject(new Unavailable('PostgreSQL'));
    const wire = await bench.ask('GET', CLIENTS);
    expectProblem(wire, 503);
    expect(wire.headers.get('retry-after')).toBe('1');
  });
});

describe('admin-api A2: nobody gives away what it does not hold', () => {
  it.each(ADMIN_SCOPE_NAMES.filter((name) => name !== 'clients:write'))('not %s', async (name) => {
    const authorization = `Bearer ${bench.mint({ scope: 'clients:write' })}`;
    const body = { ...GOOD, grant_types: ['client_credentials'], scope: `clients:write ${name}`, colour: 'red' };
    const wire = await bench.ask('POST', CLIENTS, { body, authorization });
    expectProblem(wire, 403);
    expect(wire.headers.get('www-authenticate')).toContain(`scope="${name}"`);
    expect(bench.register.clients).toEqual([]);
  });

  it('what it holds, it may give', async () => {
    const authorization = `Bearer ${bench.mint({ scope: 'clients:write' })}`;
    const body = { grant_types: ['client_credentials'], scope: 'clients:write notes:read' };
    expect((await bench.ask('POST', CLIENTS, { body, authorization })).status).toBe(201);
  });

  it('admin scopes are for client_credentials alone', async () => {
    expect(pointersOf(await create({ ...GOOD, scope: 'clients:read' }))).toEqual(['/scope']);
  });
});

describe('admin-api A4: POST /clients refuses', () => {
  it('every fault at once, of form and of meaning', async () => {
    const wire = await create({
      client_name: '',
      colour: 'red',
      'a/b~c': 1,
      redirect_uris: ['https://app.example.com/cb', 7, 'http://app.example.com/', 'https://*.example.com'],
      grant_types: ['authorization_code', 'client_credentials', 'password'],
      token_endpoint_auth_method: 'none',
      require_pkce: false,
      scope: 'notes:read notes:erase',
      logo_uri: 'javascript:alert(1)',
    });
    expect(pointersOf(wire).toSorted()).toEqual(
      [
        '/a~1b~0c',
        '/client_name',
        '/colour',
        '/grant_types/1',
        '/grant_types/2',
        '/logo_uri',
        '/redirect_uris/1',
        '/redirect_uris/2',
        '/redirect_uris/3',
        '/require_pkce',
        '/scope',
      ].toSorted(),
    );
    expect(bench.register.clients).toEqual([]);
    expect(bench.register.audit).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a code client without redirect URI', { redirect_uris: [] }, '/redirect_uris'],
    ['a redirect URI twice', { redirect_uris: ['https://a.example/', 'https://a.example/'] }, '/redirect_uris'],
    ['an implicit client', { response_types: ['token'] }, '/response_types/0'],
    ['code without response type', { response_types: [] }, '/response_types'],
    [
      'a response type without code',
      { grant_types: ['client_credentials'], response_types: ['code'] },
      '/response_types',
    ],
    ['a grant that is not built', { grant_types: ['implicit'] }, '/grant_types/0'],
    ['refreshing alone', { grant_types: ['refresh_token'] }, '/grant_types/0'],
    ['a method that is not built', { token_endpoint_auth_method: 'private_key_jwt' }, '/token_endpoint_auth_method'],
    ['a public machine', { grant_types: ['client_credentials'], token_endpoint_auth_method: 'none' }, '/grant_types/0'],
    ['public without PKCE', { token_endpoint_auth_method: 'none', require_pkce: false }, '/require_pkce'],
    ['a number for a name', { client_name: 7 }, '/client_name'],
    ['U+0000 in a name', { client_name: 'a\u0000b' }, '/client_name'],
    ['half a surrogate pair in a name', { client_name: 'a\ud800b' }, '/client_name'],
    ['text for a boolean', { require_pkce: 'true' }, '/require_pkce'],
    ['null', { scope: null }, '/scope'],
    ['a scope with a line break', { scope: 'notes:read\nopenid' }, '/scope'],
    ['alg none', { id_token_signed_response_alg: 'none' }, '/id_token_signed_response_alg'],
    ['a hash that is not here', { id_token_signed_response_alg: 'HS384' }, '/id_token_signed_response_alg'],
    ['a client_id of its own choice', { client_id: 'a'.repeat(32) }, '/client_id'],
    ['a client_secret of its own choice', { client_secret: 'a'.repeat(64) }, '/client_secret'],
    ['__proto__', JSON.parse('{"__proto__": {"x": 1}}') as Record<string, unknown>, '/__proto__'],
    ['policy in plain http', { policy_uri: 'http://app.example.com/policy' }, '/policy_uri'],
  ])('%s', async (_what, change, pointer) => {
    const body = Object.assign(Object.create(null) as object, GOOD, {});
    for (const [name, value] of Object.entries(change)) Object.defineProperty(body, name, { value, enumerable: true });
    expect(pointersOf(await create(body))).toEqual([pointer]);
  });

  it.each([
    ['broken JSON', '{"client_name": '],
    ['nothing', ''],
    ['a list', '[]'],
    ['null', 'null'],
    ['half a megabyte of brackets', '['.repeat(500_000)],
    ['what is not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ])('%s as a whole', async (_what, raw) => {
    expect(pointersOf(await bench.ask('POST', CLIENTS, { raw }))).toEqual(['']);
  });
});

describe('admin-api A7: manners', () => {
  it.each(['null', '[]', '0', '{"colour":1}'])('A9 an action takes an empty or {} body, and not %s', async (raw) => {
    expectProblem(await bench.ask('POST', '/admin/v1/keys/rotate', { raw }), 400);
  });

  it('405 with Allow, whatever the body, and without a token', async () => {
    for (const [method, path, allow] of [
      ['DELETE', CLIENTS, 'POST, GET, HEAD'],
      ['POST', `${CLIENTS}/${'a'.repeat(32)}`, 'GET, HEAD, PUT, PATCH, DELETE'],
      ['POST', '/healthz', 'GET, HEAD'],
      ['POST', '/admin/openapi.json', 'GET, HEAD'],
    ] as const) {
      const wire = await bench.ask(method, path, {
        raw: '<',
        headers: { 'content-type': 'text/xml' },
        authorization: null,
      });
      expectProblem(wire, 405);
      expect(wire.headers.get('allow')).toBe(allow);
    }
  });

  it.each([
    '/',
    '/admin',
    '/admin/v1/colours',
    '/admin/v1/clients/a/b',
    `${CLIENTS}/%zz`,
    `${CLIENTS}/${'a'.repeat(3000)}`,
  ])('404 or 400 as a problem at %s', async (path) => {
    const wire = await bench.ask('GET', path.slice(0, 4000));
    expect([400, 404, 414]).toContain(wire.status);
    expectProblem(wire, wire.status);
  });

  it('404 looks the same whether the id is well-formed, foreign or nonsense', async () => {
    const answers = await Promise.all(
      ['a'.repeat(32), 'A', '%00', "'%20OR%201=1"].map((id) => bench.ask('GET', `${CLIENTS}/${id}`)),
    );
    for (const answer of answers) {
      expectProblem(answer, 404);
      expect(answer.text).toBe(answers[0]?.text);
    }
  });

  it.each(['text/html', 'application/xml, text/*;q=0.5', 'application/json;q=0', 'application/json;q=0, */*'])(
    '406 for Accept: %s',
    async (accept) => {
      expectProblem(await bench.ask('GET', CLIENTS, { headers: { accept } }), 406);
    },
  );

  it.each(['*/*', 'application/json', 'text/html, application/*;q=0.1', 'APPLICATION/JSON; charset=utf-8'])(
    'Accept: %s is well',
    async (accept) => {
      expect((await bench.ask('GET', CLIENTS, { headers: { accept } })).status).toBe(200);
    },
  );

  it('413 above 1 MiB and 415 for anything but JSON', async () => {
    expectProblem(await bench.ask('POST', CLIENTS, { raw: `"${'x'.repeat(1024 * 1024)}"` }), 413);
    for (const type of [
      'text/xml',
      'application/x-www-form-urlencoded',
      'text/plain',
      'nonsense',
      'application/jsonx',
    ]) {
      expectProblem(await bench.ask('POST', CLIENTS, { raw: '{}', headers: { 'content-type': type } }), 415);
    }
  });

  it('503 when PostgreSQL is away, 500 for a bug, and neither says anything', async () => {
    for (const [broken, status] of [
      [new Unavailable('PostgreSQL', new Error('SELECT secret FROM clients')), 503],
      [new TypeError('x.y is not a function at RegisterInMemory'), 500],
    ] as const) {
      bench.register.broken = broken;
      for (const wire of [await create(GOOD), await bench.ask('GET', CLIENTS)]) {
        expectProblem(wire, status);
        expect(wire.text).not.toMatch(/SELECT|function|RegisterInMemory|stack|PostgreSQL/);
      }
    }
  });
});

describe('RFC 7591 §2 in admin-api: POST /clients', () => {
  it('answers 201, Location and the whole resource with the defaults', async () => {
    const wire = await create(GOOD);
    const client = created(wire);
    expect(wire.headers.get('location')).toBe(`${CLIENTS}/${client.client_id}`);
    expect(wire.headers.get('cache-control')).toBe('no-store');
    expect(client).toMatchObject({
      ...GOOD,
      application_type: 'web',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
      require_pkce: true,
      id_token_signed_response_alg: 'RS256',
      client_secret_expires_at: 0,
      enabled: true,
    });
    expect(client.client_id).toMatch(/^[0-9a-f]{32}$/);
    expect(client.client_secret).toMatch(/^[0-9a-f]{64}$/);
  });

  it('keeps a digest of the secret and shows the secret nowhere again', async () => {
    const { client_id, client_secret = '' } = created(await create(GOOD));
    const digest = createHash('sha256').update(client_secret).digest('hex');
    expect(bench.register.clients[0]?.secretDigests).toEqual([digest]);
    const later = await bench.ask('GET', `${CLIENTS}/${client_id}`);
    const list = await bench.ask('GET', CLIENTS);
    expect(isClient(later.json).ok).toBe(true);
    const seen = [later.text, list.text, bench.logged(), JSON.stringify(bench.register)];
    for (const text of seen) expect(text).not.toContain(client_secret);
    for (const text of seen.slice(0, 3)) expect(text).not.toContain(digest);
  });

  it('gives a public client no secret', async () => {
    const client = created(await create({ ...GOOD, token_endpoint_auth_method: 'none' }));
    expect(client).not.toHaveProperty('client_secret');
    expect(client).not.toHaveProperty('client_secret_expires_at');
    expect(bench.register.clients[0]?.secretDigests).toEqual([]);
  });

  it('takes redirect URIs with any grant types, and no name for its own', async () => {
    const client = created(
      await create({ grant_types: ['client_credentials'], redirect_uris: ['https://a.example/cb'] }),
    );
    expect(client).toMatchObject({ response_types: [], redirect_uris: ['https://a.example/cb'], scope: '' });
    expect(client.client_name).toBe(client.client_id);
  });

  it('lets a confidential client go without PKCE and a native one have its scheme', async () => {
    expect(created(await create({ ...GOOD, require_pkce: false })).require_pkce).toBe(false);
    const native = { ...GOOD, application_type: 'native', redirect_uris: ['com.example.app:/cb'] };
    expect(created(await create(native)).application_type).toBe('native');
  });

  it('writes who did what with the effect', async () => {
    const { client_id } = created(await create(GOOD));
    expect(bench.register.audit).toMatchObject([
      { actor: CALLER, kind: 'client.created', target: client_id, outcome: 'done', address: '127.0.0.1' },
    ]);
  });

  it('gives 200 clients 200 different ids and secrets', async () => {
    const clients = await Promise.all(Array.from({ length: 200 }, async () => created(await create(GOOD))));
    expect(new Set(clients.map((client) => client.client_id)).size).toBe(200);
    expect(new Set(clients.map((client) => client.client_secret)).size).toBe(200);
  });
});

describe('admin-api A5: GET /clients', () => {
  it.each(['limit=0', 'limit=201', 'limit=ten', 'limit=', 'limit=1.5', 'limit=-1', 'limit=1&limit=2', 'limit=1e1'])(
    'refuses ?%s',
    async (query) => {
      expect(pointersOf(await bench.ask('GET', `${CLIENTS}?${query}`))).toEqual(['/limit']);
    },
  );

  it.each(['after=', 'after=abc', 'after=%00', `after=${'a'.repeat(501)}`, 'after=MTIz'])(
    'refuses ?%s',
    async (query) => {
      expect(pointersOf(await bench.ask('GET', `${CLIENTS}?${query}`))).toEqual(['/after']);
    },
  );

  it('refuses what it does not know, with everything else', async () => {
    expect(pointersOf(await bench.ask('GET', `${CLIENTS}?limit=0&colour=red`)).toSorted()).toEqual([
      '/colour',
      '/limit',
    ]);
  });

  it('walks all clients, none twice and none missed, while others come and go', async () => {
    const ids = await Promise.all(Array.from({ length: 23 }, async () => created(await create(GOOD)).client_id));
    const seen: string[] = [];
    let after: string | null = '';
    while (after !== null) {
      const wire: Wire = await bench.ask('GET', `${CLIENTS}?limit=5${after === '' ? '' : `&after=${after}`}`);
      const list = isList(wire.json);
      if (!list.ok) throw new Error(wire.text);
      seen.push(...list.value.items.map((client) => client.client_id));
      after = list.value.next;
      const gone = bench.register.clients.findIndex((client) => client.clientId === seen.at(-1));
      bench.register.clients.splice(gone, 1);
    }
    expect(seen.toSorted()).toEqual(ids.toSorted());
  });

  it('says null after the last page, also when it is full', async () => {
    await create(GOOD);
    expect((await bench.ask('GET', `${CLIENTS}?limit=1`)).json).toMatchObject({ next: null });
  });
});

describe('keys K2: an algorithm has a key before a client that names it is answered', () => {
  it('saves no client while that cannot be told', async () => {
    bench.world.ensureRing = () => Promise.reject(new Unavailable('PostgreSQL'));
    expectProblem(await create({ ...GOOD, id_token_signed_response_alg: 'EdDSA' }), 503);
    expect(bench.register.clients).toEqual([]);
  });

  it('asks for none for a client that is refused, or that names none', async () => {
    pointersOf(await create({ ...GOOD, id_token_signed_response_alg: 'EdDSA', scope: 'unknown' }));
    pointersOf(await create({ ...GOOD, id_token_signed_response_alg: 'ES512' }));
    created(await create(GOOD));
    expect(bench.world.ensured).toEqual([]);
  });

  it.each(ID_TOKEN_ALGORITHMS)('%s', async (algorithm) => {
    bench.world.ensureRing = () => {
      expect(bench.register.clients).toEqual([]);
      return Promise.resolve();
    };
    const { id_token_signed_response_alg } = created(
      await create({ ...GOOD, id_token_signed_response_alg: algorithm }),
    );
    expect([id_token_signed_response_alg, bench.world.ensured]).toEqual([
      algorithm,
      algorithm === 'HS256' ? [] : [algorithm],
    ]);
  });
});

describe('OpenAPI 3.1 of the admin API', () => {
  interface Document {
    openapi: string;
    paths: Record<
      string,
      Record<string, { operationId: string; security: unknown; responses: Record<string, unknown> }>
    >;
    components: Record<'schemas' | 'responses' | 'securitySchemes', Record<string, unknown>>;
  }
  const read = async (): Promise<Document> =>
    JSON.parse((await bench.ask('GET', '/admin/openapi.json', { authorization: null })).text) as Document;

  it('is served without a token and holds every operation with its scope and its answers', async () => {
    const { openapi, paths, components } = await read();
    expect(openapi).toBe('3.1.0');
    expect(Object.keys(paths)).toEqual([
      ...[CLIENTS, `${CLIENTS}/{client_id}`, `${CLIENTS}/{client_id}/disable`, `${CLIENTS}/{client_id}/enable`],
      ...[`${CLIENTS}/{client_id}/secrets`, `${CLIENTS}/{client_id}/secrets/{secret_id}`],
      ...['/admin/v1/apis', '/admin/v1/apis/{id}', '/admin/v1/apis/{id}/secrets', '/admin/v1/apis/{id}/secrets/{kid}'],
      ...['/admin/v1/grants', '/admin/v1/grants/{grant_id}', '/admin/v1/sessions', '/admin/v1/sessions/{sid}'],
      ...['/admin/v1/revocations', '/admin/v1/revocations/{id}'],
      ...['/admin/v1/guards', '/admin/v1/guards/{guard_id}'],
      ...['', '/{sub}', '/{sub}/disable', '/{sub}/enable', '/{sub}/password'].map((then) => `${USERS_PATH}${then}`),
      ...['/{sub}/consents', '/{sub}/consents/{client_id}'].map((then) => `${USERS_PATH}${then}`),
      ...['/admin/v1/keys', '/admin/v1/keys/{kid}', '/admin/v1/keys/rotate', '/admin/v1/tokens/explain'],
      ...['/admin/v1/audit-events', '/admin/v1/audit-events/verify', '/admin/v1/audit-events/{id}'],
    ]);
    const create = paths[CLIENTS]?.['post'];
    expect(create?.security).toEqual([{ admin: ['clients:write'] }]);
    expect(Object.keys(create?.responses ?? {})).toEqual(
      expect.arrayContaining(['201', '400', '401', '403', '406', '413', '415', '500', '503']),
    );
    expect(components.schemas).toHaveProperty('Problem');
    expect(create?.responses['400']).toEqual({ $ref: '#/components/responses/BadRequest' });
    expect(components.responses['BadRequest']).toMatchObject({
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    });
  });

  it('is kept by whoever has it, who asks again by its tag: RFC 9110 §13.1.2 304, RFC 9111 §5.2.2.4 no-cache', async () => {
    const open = (headers: Record<string, string>): Promise<Wire> =>
      bench.ask('GET', '/admin/openapi.json', { authorization: null, headers });
    const { status, headers, text } = await open({});
    const etag = headers.get('etag') ?? 'none';
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-cache']);
    const [same, other, malformed] = [
      await open({ 'if-none-match': `"another", ${etag}` }),
      await open({ 'if-none-match': '"another"' }),
      await open({ 'if-none-match': 'none' }),
    ];
    expect([same.status, same.text, same.headers.get('etag')]).toEqual([304, '', etag]);
    expect([other.status, other.text, other.headers.get('etag')]).toEqual([200, text, etag]);
    expectProblem(malformed, 400);
  });

  it('holds the operations alone, and every answer, header and body in the form of OpenAPI 3.1', async () => {
    const { paths, components } = await read();
    expect(Object.keys(paths).filter((path) => !path.startsWith('/admin/v1/'))).toEqual([]);
    // What the plugin is told on the way, and what it makes of what it cannot say (ADR 17).
    expect(JSON.stringify({ paths, components })).not.toMatch(
      /"x-body"|"\$id"|Default Response|#\/definitions|"[A-Za-z]+#"/,
    );
    const created = paths[CLIENTS]?.['post']?.responses['201'];
    expect(created).toMatchObject({ headers: { ETag: { required: true, schema: { type: 'string' } } } });
    expect(paths['/admin/v1/keys/rotate']?.['post']).toMatchObject({ requestBody: { required: false } });
    expect(paths[`${CLIENTS}/{client_id}`]?.['get']?.responses['304']).not.toHaveProperty('content');
  });

  it('describes bodies by the schema that judges them', async () => {
    const { paths, components } = await read();
    expect(paths[CLIENTS]?.['post']).toMatchObject({
      requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/NewClient' } } } },
    });
    expect(components.schemas['NewClient']).toMatchObject({ ...schemas.NewClient });
  });
});

describe('DESIGN §2 the admin port and its machinery, without a token', () => {
  const ask = (path: string): Promise<Wire> => bench.ask('GET', path, { authorization: null });

  it('is alive', async () => {
    expect(await ask('/healthz')).toMatchObject({ status: 200, json: { status: 'ok' } });
  });

  it.each([
    [{ postgres: true, signingKey: true, redis: true }, 200],
    [{ postgres: true, signingKey: true, redis: false }, 200],
    [{ postgres: false, signingKey: true, redis: true }, 503],
    [{ postgres: true, signingKey: false, redis: true }, 503],
  ])('%j is %d', async (readiness, status) => {
    bench.world.readiness = { ...readiness, guard: SILENT_GUARD };
    expect(await ask('/readyz')).toMatchObject({ status, json: { redis: readiness.redis, guard: { fenced: true } } });
  });

  it('counts', async () => {
    expect((await ask('/metrics')).headers.get('content-type')).toContain('text/plain');
  });
});

describe('admin-api A4: whatever is sent, no answer falls outside the document', () => {
  const word = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('web', 'none', 'authorization_code', 'https://a.b/', 'openid'),
  );
  const value = fc.oneof(
    word,
    fc.array(word, { maxLength: 4 }),
    fc.boolean(),
    fc.integer(),
    fc.constant(null),
    fc.object(),
  );
  const names = Object.keys(schemas.NewClient.properties);
  const member = fc.tuple(
    fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: fc.string() }),
    value,
  );

  it('bodies made from the schema: 201 or 400 with pointers, never 500', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(member, { maxLength: 6 }), fc.boolean(), async (members, overGood) => {
        const body = { ...(overGood ? GOOD : {}), ...Object.fromEntries(members) };
        const wire = await create(body);
        if (wire.status === 201) created(wire);
        else if (wire.status !== 403) expect(pointersOf(wire).length).toBeGreaterThan(0);
      }),
      { numRuns: 200, interruptAfterTimeLimit: 240_000, markInterruptAsFailure: true },
    );
  });

  it('bytes, queries and paths', async () => {
    const path = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => encodeURIComponent(text));
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), path, async (bytes, text) => {
        expectProblem(await bench.ask('POST', CLIENTS, { raw: Buffer.from(bytes) }), 400);
        const found = await bench.ask('GET', `${CLIENTS}/${text}`);
        if (text !== '') expect([400, 404]).toContain(found.status);
        expect([200, 400]).toContain((await bench.ask('GET', `${CLIENTS}?after=${text}`)).status);
      }),
      { numRuns: 100, interruptAfterTimeLimit: 240_000, markInterruptAsFailure: true },
    );
  });
});
