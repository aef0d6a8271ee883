import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KeyEncryption } from '@latchkey/tokens/issuing';
import { PostgresClientMacKeys } from '../../persistence/postgres/client-mac-keys.js';
import type { Wire } from '../test/admin-bench.js';
import { clientBench, type ClientBench, CLIENTS, memberOf } from '../test/client-bench.js';

const OLD = Buffer.alloc(32, 1);
let bench: ClientBench;
let macKeys: PostgresClientMacKeys;
beforeAll(async () => {
  bench = await clientBench({
    sealSecret: (clientId, secret) => macKeys.seal(clientId, secret),
  });
  macKeys = new PostgresClientMacKeys(bench.test.database, new KeyEncryption(OLD));
});
afterAll(() => bench.close());

const WEB = { grant_types: ['authorization_code'], redirect_uris: ['https://app.example.com/cb'], scope: 'openid' };
const faultsOf = (wire: Wire): unknown => {
  expect(wire.status).toBe(400);
  const errors = memberOf(wire.json, 'errors');
  return Array.isArray(errors) ? errors.map((fault) => String(memberOf(fault, 'pointer'))).toSorted() : [];
};
const refusedAt = async (over: object): Promise<unknown> =>
  faultsOf(await bench.ask('POST', CLIENTS, { body: { ...WEB, ...over } }));
const secretsOf = async (path: string): Promise<readonly string[]> => {
  const items = memberOf((await bench.ask('GET', `${path}/secrets`)).json, 'items');
  return Array.isArray(items) ? items.map((item) => String(memberOf(item, 'secret_id'))) : [];
};

describe('A4 OpenID Connect Registration §2: what a client may not be registered with', () => {
  it.each<[string, object, readonly string[]]>([
    ['Core §8 another subject type', { subject_type: 'ephemeral' }, ['/subject_type']],
    ['HS384', { userinfo_signed_response_alg: 'HS384' }, ['/userinfo_signed_response_alg']],
    [
      'RFC 9701 HS256 at introspection',
      { introspection_signed_response_alg: 'HS256' },
      ['/introspection_signed_response_alg'],
    ],
    [
      'Core §10.1 HS256 without a secret',
      {
        token_endpoint_auth_method: 'none',
        id_token_signed_response_alg: 'HS256',
        userinfo_signed_response_alg: 'HS256',
      },
      ['/id_token_signed_response_alg', '/userinfo_signed_response_alg'],
    ],
    [
      'Core §8.1 pairwise over two hosts',
      { subject_type: 'pairwise', redirect_uris: ['https://a.example/cb', 'https://b.example/cb'] },
      ['/subject_type'],
    ],
    [
      'Core §8.1 pairwise without a host',
      { subject_type: 'pairwise', application_type: 'native', redirect_uris: ['com.example.app:/cb'] },
      ['/subject_type'],
    ],
    [
      'RP-Initiated Logout §3.1',
      {
        post_logout_redirect_uris: [
          ...['https://a.example/#x', 'http://a.example/', 'com.example.app:/out', 'https://a.example/?state=1'],
          ...['https://a.example/out', 'https://a.example/?code=1', 'http://127.0.0.1:3000/out'],
        ],
      },
      [0, 1, 2, 3].map((index) => `/post_logout_redirect_uris/${index}`),
    ],
    [
      'Back-Channel Logout §2.2 fragment',
      { backchannel_logout_uri: 'https://a.example/#x' },
      ['/backchannel_logout_uri'],
    ],
    ['Back-Channel Logout §2.2 http', { backchannel_logout_uri: 'http://a.example/' }, ['/backchannel_logout_uri']],
    ['Back-Channel Logout §2.2 relative', { backchannel_logout_uri: '/out' }, ['/backchannel_logout_uri']],
    ['a negative age', { default_max_age: -1 }, ['/default_max_age']],
    ['an age beyond an integer', { default_max_age: 2_147_483_648 }, ['/default_max_age']],
    ['a span under a minute', { refresh_token_lifetime_seconds: 59 }, ['/refresh_token_lifetime_seconds']],
    ['a span over 366 days', { refresh_token_idle_seconds: 31_622_401 }, ['/refresh_token_idle_seconds']],
    [
      'an idle span beyond the whole',
      { refresh_token_lifetime_seconds: 100, refresh_token_idle_seconds: 101 },
      ['/refresh_token_idle_seconds'],
    ],
    ['a word for a boolean', { require_auth_time: 'yes' }, ['/require_auth_time']],
  ])('%s', async (_what, over, pointers) => {
    expect(await refusedAt(over)).toEqual(pointers);
  });
});

describe('A4 OpenID Connect Registration §2: what is registered', () => {
  const ALL = {
    ...{ userinfo_signed_response_alg: 'PS256', introspection_signed_response_alg: 'EdDSA' },
    ...{ subject_type: 'pairwise', post_logout_redirect_uris: ['https://app.example.com/bye'] },
    ...{ backchannel_logout_uri: 'https://app.example.com/out?a=1', backchannel_logout_session_required: true },
    ...{ default_max_age: 0, require_auth_time: true },
    ...{ refresh_token_lifetime_seconds: 7200, refresh_token_idle_seconds: 60 },
  };

  it('is answered, read, kept by a PATCH of something else and taken out by null', async () => {
    const { path, wire, clientId } = await bench.create({ ...WEB, ...ALL });
    expect(wire.json).toMatchObject(ALL);
    expect((await bench.ask('GET', path)).json).toMatchObject(ALL);
    expect((await bench.ask('PATCH', path, { body: { client_name: 'x' } })).json).toMatchObject(ALL);
    expect(bench.bench.world.longestRefresh).toBe(7200);
    expect(bench.bench.world.ensured).toEqual(expect.arrayContaining(['PS256', 'EdDSA']));
    expect(await bench.sql('SELECT sector_identifier FROM auth.clients WHERE client_id = $1', [clientId])).toEqual([
      { sector_identifier: 'app.example.com' },
    ]);
    const without = await bench.ask('PUT', path, { body: WEB });
    expect(without.json).toMatchObject({
      ...{ subject_type: 'public', post_logout_redirect_uris: [] },
      ...{ backchannel_logout_session_required: false, require_auth_time: false },
    });
    for (const name of ['default_max_age', 'backchannel_logout_uri', 'refresh_token_idle_seconds'])
      expect(memberOf(without.json, name)).toBeUndefined();
  });

  it.each<[string, object, readonly string[]]>([
    ['another subject type', { subject_type: 'public' }, ['subject_type', 'sector_identifier']],
    ['another sector', { redirect_uris: ['https://other.example/cb'] }, ['sector_identifier']],
  ])('A9 Core §8.1 %s ends what was given under the old sub', async (_what, patch, taken) => {
    const { path, clientId } = await bench.create({ ...WEB, subject_type: 'pairwise' });
    const wire = await bench.ask('PATCH', path, { body: patch });
    expect([wire.status, memberOf(memberOf(wire.json, 'revocation'), 'kind')]).toEqual([200, 'client']);
    expect(await bench.generation(clientId)).toBe(1);
    expect((await bench.audited(clientId)).at(-1)?.detail).toMatchObject({ taken });
  });

  it('A9 another path at the same host takes nothing', async () => {
    const { path } = await bench.create({ ...WEB, subject_type: 'pairwise' });
    const wire = await bench.ask('PATCH', path, { body: { redirect_uris: ['https://app.example.com/other'] } });
    expect([wire.status, memberOf(wire.json, 'revocation')]).toEqual([200, null]);
  });
});

describe('OpenID Connect Core §10.1 the secret of an HS256 client is the key of its MAC', () => {
  const keysOf = async (clientId: string) =>
    (await macKeys.keysOf(clientId)).map(({ key }) => key.export().toString('utf8'));

  it('is there for each living secret, under its digest, and gone with it', async () => {
    const { clientId, secret, path } = await bench.create({ ...WEB, id_token_signed_response_alg: 'HS256' });
    const second = memberOf((await bench.ask('POST', `${path}/secrets`)).json, 'client_secret');
    expect(await keysOf(clientId)).toEqual([secret, second]);
    const digest = (await macKeys.keysOf(clientId))[0]?.digest;
    const rows = await bench.sql('SELECT digest::text, sealed FROM auth.client_secrets WHERE client_id = $1', [
      clientId,
    ]);
    expect(rows.map((row) => row['digest'])).toContain(digest);
    expect(JSON.stringify(rows)).not.toContain(secret);
    const [first] = await secretsOf(path);
    await bench.ask('DELETE', `${path}/secrets/${first ?? ''}`);
    expect(await keysOf(clientId)).toEqual([second]);
    await bench.ask('DELETE', path);
    expect(await keysOf(clientId)).toEqual([]);
  });

  it('is not kept for a machine: 400 until a new one is made, in an order that leaves no gap', async () => {
    const { clientId, path } = await bench.create();
    expect(await keysOf(clientId)).toEqual([]);
    const wanted = { ...WEB, id_token_signed_response_alg: 'HS256' };
    const refused = await bench.ask('PATCH', path, { body: { ...wanted, colour: 'red' } });
    expect(faultsOf(refused)).toEqual(['/colour', '/id_token_signed_response_alg']);
    expect(refused.text).toContain('make a new secret');
    expect(faultsOf(await bench.ask('PUT', path, { body: wanted }))).toEqual(['/id_token_signed_response_alg']);
    expect((await bench.ask('PATCH', path, { body: WEB })).status).toBe(200);
    const [old] = await secretsOf(path);
    const secret = memberOf((await bench.ask('POST', `${path}/secrets`)).json, 'client_secret');
    expect((await bench.ask('PATCH', path, { body: wanted })).status).toBe(400);
    await bench.ask('DELETE', `${path}/secrets/${old ?? ''}`);
    expect((await bench.ask('PATCH', path, { body: wanted })).json).toMatchObject({ revocation: null });
    expect(await keysOf(clientId)).toEqual([secret]);
    expect(bench.bench.world.ensured).not.toContain('HS256');
  });

  it('opens for its own row alone', async () => {
    const one = await bench.create(WEB);
    const other = await bench.create(WEB);
    await bench.sql(
      `UPDATE auth.client_secrets SET sealed = (SELECT sealed FROM auth.client_secrets WHERE client_id = $1)
       WHERE client_id = $2`,
      [one.clientId, other.clientId],
    );
    await expect(macKeys.keysOf(other.clientId)).rejects.toThrow('unavailable');
    await bench.ask('DELETE', other.path);
  });

  it('A11 follows KEY_ENCRYPTION_KEY; ten at once seal each once, and what no key opens stays', async () => {
    const { clientId, secret } = await bench.create(WEB);
    const both = new KeyEncryption(Buffer.alloc(32, 2), [OLD]);
    const alone = new PostgresClientMacKeys(bench.test.database, new KeyEncryption(Buffer.alloc(32, 2)));
    expect((await alone.reseal()).resealed).toBe(0);
    const rows = await bench.sql('SELECT count(*)::int AS n FROM auth.client_secrets WHERE sealed IS NOT NULL');
    const done = await Promise.all(
      Array.from({ length: 10 }, () => new PostgresClientMacKeys(bench.test.database, both).reseal()),
    );
    const lost = done[0]?.lost ?? 0;
    expect(done.reduce((sum, { resealed }) => sum + resealed, 0)).toBe(Number(rows[0]?.['n']) - lost);
    expect((await alone.keysOf(clientId)).map(({ key }) => key.export().toString())).toEqual([secret]);
    await expect(macKeys.keysOf(clientId)).rejects.toThrow('unavailable');
  });
});
