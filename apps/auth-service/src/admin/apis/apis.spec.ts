import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Unavailable } from '@latchkey/protocol';
import { AUDIT_EVENTS } from '../../persistence/postgres/testing/audit-columns.js';
import { dumpOf, secretsIn } from '../../persistence/postgres/testing/database-dump.js';
import { ADMIN_SCOPE_NAMES } from '../admin-scopes.js';
import { formOf } from '../http/form.js';
import { ADMIN_URL, type AdminBench, CALLER, ISSUER, type Wire } from '../test/admin-bench.js';
import { aNewApi, apiBench, type ApiBench, APIS, idIn } from '../test/api-bench.js';
import { pointersOf } from '../test/pointers-of.js';
import { ApiListSchema, ApiSchema, CreatedApiSchema } from './api-schema.js';

const isCreated = formOf(CreatedApiSchema);
const isApi = formOf(ApiSchema);
const isList = formOf(ApiListSchema);

let world: ApiBench;
const ask: AdminBench['ask'] = (...request) => world.bench.ask(...request);
beforeAll(async () => {
  world = await apiBench();
});
afterAll(() => world.close());
beforeEach(() => {
  world.done.length = 0;
  world.broken = undefined;
});

const create = (body: unknown): Promise<Wire> => world.create(body);
function created(wire: Wire) {
  const formed = isCreated(wire.json);
  if (wire.status !== 201 || !formed.ok) throw new Error(`not created: ${wire.status} ${wire.text}`);
  return formed.value;
}
const standing = async () => {
  const [apis, events, keys] = await Promise.all(
    ['apis', "audit_events WHERE outcome = 'done'", 'keys'].map((rows) =>
      world.test.database.run(`SELECT 1 FROM auth.${rows}`),
    ),
  );
  return [apis?.rows.length, events?.rows.length, keys?.rows.length];
};

describe('admin-api /apis: who may not', () => {
  it.each([
    ['GET', APIS, 'apis:read'],
    ['GET', `${APIS}/aHR0cHM6Ly9h`, 'apis:read'],
    ['POST', APIS, 'apis:write'],
  ])('%s %s without %s', async (method, path, scope) => {
    const others = ADMIN_SCOPE_NAMES.filter((name) => name !== scope).join(' ');
    const authorization = `Bearer ${world.bench.mint({ scope: others })}`;
    expect((await ask(method, path, { authorization })).status).toBe(403);
  });
});

describe('RFC 8707 §2 an API is an absolute URI without fragment, and nobody else', () => {
  it.each([
    ['no scheme', '//api.example'],
    ['a path', '/notes'],
    ['a word', 'notes'],
    ['a fragment', 'https://api.example#notes'],
    ['an empty fragment', 'https://api.example#'],
    ['a space', 'https://api.example/a b'],
    ['a line break', 'https://api.example\n'],
    ['U+0000', 'https://api.example/\u0000'],
    ['half an escape', 'https://api.example/%2'],
    ['what is not ASCII', 'https://apí.example'],
    ['no host', 'https://'],
    ['a host that is none', 'https://[1'],
    ['a scheme alone', 'urn:'],
    ['251 characters', `https://api.example/${'a'.repeat(231)}`],
    ['the issuer', ISSUER],
    ['the issuer in another spelling', 'HTTP://localhost:4000/'],
    ['the userinfo URL', `${ISSUER}/userinfo`],
    ['the admin API', ADMIN_URL],
    ['a number', 7],
    ['null', null],
  ])('refuses %s', async (_what, identifier) => {
    const before = await standing();
    expect(pointersOf(await create(aNewApi({ identifier })))).toEqual(['/identifier']);
    expect(await standing()).toEqual(before);
  });

  it.each(['https://api.example', 'urn:example:notes', 'https://api.example/v1?tenant=a', 'com.example.notes:/'])(
    'takes %s',
    async (identifier) => {
      expect(created(await create(aNewApi({ identifier }))).identifier).toBe(identifier);
    },
  );

  it('takes one of 250 characters, which can be seen, and after which a list goes on', async () => {
    const identifier = `https://api.example/${'a'.repeat(230)}`;
    const id = idIn(await create(aNewApi({ identifier })));
    const [count] = await standing();
    await create(aNewApi());
    expect((await ask('GET', `${APIS}/${id}`)).json).toMatchObject({ identifier });
    const page = isList((await ask('GET', `${APIS}?limit=${count}`)).json);
    if (!page.ok) throw new Error('no list');
    expect(page.value.items.at(-1)?.id).toBe(id);
    expect((await ask('GET', `${APIS}?after=${page.value.next}`)).json).toMatchObject({ items: [{}], next: null });
  });
});

describe('RFC 6749 §3.3 and DESIGN §4: a scope name is well-formed, and of this API alone', () => {
  const scope = (name: unknown) => ({ scopes: [{ name, description: 'Read' }] });

  it.each([
    ...['', 'a b', 'a"b', 'a\\b', 'é', 'a\n', 'a'.repeat(201), 7, null],
    ...['openid', 'profile', 'email', 'address', 'phone', 'offline_access'],
    ...ADMIN_SCOPE_NAMES,
  ])('refuses %j', async (name) => {
    expect(pointersOf(await create(aNewApi(scope(name))))).toEqual(['/scopes/0/name']);
  });

  it('refuses one that stands there twice, and one that another API has', async () => {
    const [one] = aNewApi().scopes;
    await create(aNewApi({ scopes: [one] }));
    const mine = { name: 'mine', description: 'Read' };
    const wire = await create(aNewApi({ scopes: [mine, one, mine] }));
    expect(pointersOf(wire)).toEqual(['/scopes/1/name', '/scopes/2/name']);
  });

  it('gives one to one of 50 at once, and the others leave nothing', async () => {
    const contended = scope('contended').scopes;
    const before = await standing();
    const answers = await Promise.all(Array.from({ length: 50 }, () => create(aNewApi({ scopes: contended }))));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => ![201, 400, 409].includes(status))).toEqual([]);
    const [apis = 0, events = 0, keys] = before;
    expect(await standing()).toEqual([apis + 1, events + 1, keys]);
  });
});

describe('admin-api A4: POST /apis refuses', () => {
  it('every fault at once, of form and of meaning', async () => {
    const wire = await create({
      ...{ identifier: ISSUER, name: 'a\u0000', colour: 'red', access_token_signing_alg: 'none' },
      scopes: [{ name: 'openid', description: 'x' }, { name: 'good' }, { name: 'x', description: '', icon: 'y' }, 7],
      access_token_lifetime_seconds: 86_401,
    });
    expect(pointersOf(wire).toSorted()).toEqual(
      [
        ...['/access_token_lifetime_seconds', '/access_token_signing_alg', '/colour', '/identifier', '/name'],
        ...['/scopes/0/name', '/scopes/1/description', '/scopes/2/description', '/scopes/2/icon', '/scopes/3'],
      ].toSorted(),
    );
    expect(world.done).toEqual([]);
  });

  it.each([
    ['no identifier', { identifier: undefined }, '/identifier'],
    ['a lifetime of 0', { access_token_lifetime_seconds: 0 }, '/access_token_lifetime_seconds'],
    ['a second and a half', { access_token_lifetime_seconds: 1.5 }, '/access_token_lifetime_seconds'],
    ['text for a lifetime', { access_token_lifetime_seconds: '60' }, '/access_token_lifetime_seconds'],
    ['HS512', { access_token_signing_alg: 'HS512' }, '/access_token_signing_alg'],
    ['the MAC of refresh tokens', { access_token_signing_alg: 'refresh' }, '/access_token_signing_alg'],
    ['a secret of its own choice', { shared_secret: 'a'.repeat(43) }, '/shared_secret'],
    ['an id of its own choice', { id: 'abc' }, '/id'],
    ['to be administrative', { administrative: true }, '/administrative'],
  ])('%s', async (_what, over, pointer) => {
    expect(pointersOf(await create(aNewApi(over)))).toEqual([pointer]);
  });

  it('an identifier that is registered with 409, which names what stands and how to get a secret', async () => {
    const body = aNewApi({ access_token_signing_alg: 'HS256' });
    const { id, shared_secret = '' } = created(await create(body));
    world.done.length = 0;
    const before = await standing();
    const again = await create({ ...body, name: 'Another', access_token_lifetime_seconds: 86_400 });
    expect(again.status).toBe(409);
    expect(again.json).toMatchObject({ detail: expect.stringContaining(`${APIS}/${id}/secrets`) });
    expect(again.text).not.toContain(shared_secret);
    expect([await standing(), world.done]).toEqual([before, []]);
  });

  it('all but one of 50 at once, and makes no secret for the others', async () => {
    const body = aNewApi({ access_token_signing_alg: 'HS256' });
    const [apis = 0, , keys = 0] = await standing();
    const answers = await Promise.all(Array.from({ length: 50 }, () => create(body)));
    const won = answers.filter(({ status }) => status === 201);
    expect(won).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(49);
    const [apisNow, , keysNow] = await standing();
    expect([apisNow, keysNow]).toEqual([apis + 1, keys + 1]);
  });
});

describe('keys K2, revocation.md V2: what is true before an API is there', () => {
  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('a key of %s, and the longest lifetime', async (algorithm) => {
    const [apis] = await standing();
    await create(aNewApi({ access_token_signing_alg: algorithm, access_token_lifetime_seconds: 900 }));
    expect(world.done).toEqual([`lifetime 900, ${apis} APIs`, `ring ${algorithm}, ${apis} APIs`]);
    const { keys } = await world.rotation.list();
    expect(keys.filter(({ ring, state }) => ring.algorithm === algorithm && state === 'active')).toHaveLength(1);
  });

  it.each(['lifetime', 'ring'] as const)('503, and no API, while that cannot be written: %s', async (at) => {
    const before = await standing();
    world.broken = { at, error: new Unavailable('PostgreSQL') };
    const body = aNewApi({ access_token_lifetime_seconds: 60, access_token_signing_alg: 'PS256' });
    expect((await create(body)).status).toBe(503);
    expect(await standing()).toEqual(before);
    world.broken = undefined;
    created(await create(body));
  });

  it('503, and no API, while its secret cannot be made: both or neither', async () => {
    const before = await standing();
    world.broken = { at: 'secret', error: new Unavailable('PostgreSQL') };
    const body = aNewApi({ access_token_signing_alg: 'HS256' });
    expect((await create(body)).status).toBe(503);
    expect(await standing()).toEqual(before);
    world.broken = undefined;
    created(await create(body));
    expect((await world.ring.signerFor('HS256', body.identifier)).algorithm).toBe('HS256');
  });
});

describe('admin-api /apis: POST', () => {
  it('answers 201, Location and the whole resource', async () => {
    const body = aNewApi({ access_token_lifetime_seconds: 86_400, access_token_signing_alg: 'PS256' });
    const wire = await create(body);
    const { id, ...rest } = created(wire);
    expect([wire.headers.get('location'), wire.headers.get('cache-control')]).toEqual([`${APIS}/${id}`, 'no-store']);
    expect(rest).toEqual(body);
    expect(Buffer.from(id, 'base64url').toString()).toBe(body.identifier);
  });

  it('has defaults for all but the identifier', async () => {
    const { identifier } = aNewApi();
    expect(created(await create({ identifier }))).toEqual({
      ...{ id: Buffer.from(identifier).toString('base64url'), identifier, name: identifier, scopes: [] },
      access_token_signing_alg: 'ES256',
    });
  });

  it('writes who did what with the effect, and nothing secret (A11)', async () => {
    const body = aNewApi({ access_token_signing_alg: 'HS256' });
    const { shared_secret_kid } = created(await create(body));
    const { rows } = await world.test.database.run(
      `SELECT actor, kind, target, outcome, address FROM ${AUDIT_EVENTS} ORDER BY id DESC LIMIT 2`,
    );
    const by = { actor: CALLER, outcome: 'done', address: '127.0.0.1' };
    expect(rows).toEqual([
      { ...by, kind: 'key.activated', target: shared_secret_kid },
      { ...by, kind: 'api.created', target: body.identifier },
    ]);
  });

  it('shows the secret of an HS256 API once: it is the key that signs, and stands nowhere in the clear', async () => {
    const {
      id,
      shared_secret = '',
      shared_secret_kid = '',
    } = created(await create(aNewApi({ access_token_signing_alg: 'HS256' })));
    const secret = Buffer.from(shared_secret, 'base64url');
    expect(secret).toHaveLength(32);
    await world.ring.reload();
    const held = world.ring.find(shared_secret_kid);
    expect(held).toMatchObject({ algorithm: 'HS256', soleAudience: Buffer.from(id, 'base64url').toString() });
    expect(held?.key.export()).toEqual(secret);
    // RFC 7517 §9.2, openid.md R7: no symmetric key in the JWK Set.
    expect(JSON.stringify(world.ring.jwks())).not.toContain(shared_secret_kid);

    const paths = [`${APIS}/${id}`, APIS, `${APIS}/${id}/secrets`, '/admin/v1/keys'];
    const answers = await Promise.all(paths.map(async (path) => (await ask('GET', path)).text));
    const dump = await dumpOf(world.test.database);
    const seen = [...answers, dump, world.bench.logged()].join('\n');
    expect(seen).toContain(shared_secret_kid);
    expect(secretsIn(seen, [{ name: 'shared_secret', value: shared_secret }])).toEqual([]);
  });
});

describe('admin-api /apis: GET', () => {
  it('404 looks the same whatever the id', async () => {
    const { id } = created(await create(aNewApi()));
    const adminId = Buffer.from(ADMIN_URL).toString('base64url');
    const ids = [
      'aHR0cHM6Ly9ub2JvZHk',
      `${id}=`,
      `${id}AA`,
      '%00',
      'AA',
      '__',
      adminId,
      encodeURIComponent('https://a'),
      'a'.repeat(1000),
    ];
    for (const each of ids) {
      const { status, json } = await ask('GET', `${APIS}/${each}`);
      expect([each, status, json]).toEqual([each, 404, expect.objectContaining({ detail: 'there is nothing here' })]);
    }
  });

  it('shows what was created', async () => {
    const { id, ...rest } = created(await create(aNewApi()));
    const { json } = await ask('GET', `${APIS}/${id}`);
    expect([isApi(json).ok, json]).toEqual([true, { id, ...rest }]);
  });

  it.each(['after=abc', 'after=MTIz', `after=${Buffer.from('1.AA').toString('base64url')}`, 'limit=0'])(
    'refuses ?%s (A5)',
    async (query) => {
      expect(pointersOf(await ask('GET', `${APIS}?${query}`))).toEqual([`/${query.split('=')[0]}`]);
    },
  );

  it('walks all, none twice and none missed, and the admin API is none of them (A5)', async () => {
    const own = await Promise.all(Array.from({ length: 12 }, async () => created(await create(aNewApi())).id));
    const seen: string[] = [];
    for (let after: string | null = ''; after !== null;) {
      const wire: Wire = await ask('GET', `${APIS}?limit=5${after === '' ? '' : `&after=${after}`}`);
      const page = isList(wire.json);
      if (!page.ok) throw new Error(wire.text);
      seen.push(...page.value.items.map(({ id }) => id));
      after = page.value.next;
    }
    expect(seen).toEqual(expect.arrayContaining(own));
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toHaveLength((await standing())[0] ?? -1);
  });
});
