import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ADMIN_SCOPE_NAMES } from '../admin-scopes.js';
import { clientBench, type ClientBench, CLIENTS, memberOf } from '../test/client-bench.js';

let bench: ClientBench;
beforeAll(async () => {
  bench = await clientBench();
});
afterAll(() => bench.close());

const pair = {
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  other: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  short: generateKeyPairSync('rsa', { modulusLength: 1024 }),
  ed: generateKeyPairSync('ed25519'),
};
const jwk = (name: keyof typeof pair, over: object = {}): JsonWebKey => ({
  ...pair[name].publicKey.export({ format: 'jwk' }),
  ...over,
});
const secretOf = (name: keyof typeof pair): JsonWebKey => pair[name].privateKey.export({ format: 'jwk' });
const KEYED = {
  token_endpoint_auth_method: 'private_key_jwt',
  grant_types: ['client_credentials'],
  scope: 'notes:read',
};
const refusedAt = async (over: object): Promise<unknown> => {
  const wire = await bench.ask('POST', CLIENTS, { body: { ...KEYED, ...over } });
  expect(wire.status).toBe(400);
  const errors = memberOf(wire.json, 'errors');
  return Array.isArray(errors) ? errors.map((fault) => String(memberOf(fault, 'pointer'))).toSorted() : [];
};
const AT = (index: number): string => `/jwks/keys/${index}`;

describe('A4 RFC 7591 §2, OpenID Connect Registration §2: keys with which no client is registered', () => {
  it.each<[string, () => object, readonly string[]]>([
    ['none at all', () => ({}), ['/token_endpoint_auth_method']],
    ['R41 both at once', () => ({ jwks: { keys: [jwk('ed')] }, jwks_uri: 'https://a.example/' }), ['/jwks_uri']],
    ['an empty set', () => ({ jwks: { keys: [] } }), ['/jwks/keys']],
    ['what is no set', () => ({ jwks: [jwk('ed')] }), ['/jwks']],
    ['a set with more in it', () => ({ jwks: { keys: [jwk('ed')], colour: 'red' } }), ['/jwks/colour']],
    [
      'R41 private ones',
      () => ({ jwks: { keys: [secretOf('p256'), secretOf('rsa'), secretOf('ed')] } }),
      [AT(0), AT(1), AT(2)],
    ],
    ['a shared one', () => ({ jwks: { keys: [{ kty: 'oct', k: 'AAAA' }, { kty: 'oct' }] } }), [AT(0), AT(1)]],
    [
      'RSA under 2048 bits, P-384',
      () => ({ jwks: { keys: [jwk('short', { kid: '1' }), jwk('p384', { kid: '2' })] } }),
      [AT(0), AT(1)],
    ],
    [
      'for encryption, or for an algorithm that is not theirs',
      () => ({ jwks: { keys: [jwk('rsa', { kid: '1', use: 'enc' }), jwk('rsa', { kid: '2', alg: 'ES256' })] } }),
      [AT(0), AT(1)],
    ],
    ['that are none', () => ({ jwks: { keys: [{}, { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }] } }), [AT(0), AT(1)]],
    ['several, of which one has no kid', () => ({ jwks: { keys: [jwk('ed', { kid: '1' }), jwk('rsa')] } }), [AT(1)]],
    ['two of one kid', () => ({ jwks: { keys: [jwk('ed', { kid: '1' }), jwk('rsa', { kid: '1' })] } }), [AT(0), AT(1)]],
    ['a kid that is a number', () => ({ jwks: { keys: [jwk('ed', { kid: 1 })] } }), [AT(0)]],
    ['an address without https', () => ({ jwks_uri: 'http://a.example/' }), ['/jwks_uri']],
    ['an address with a fragment', () => ({ jwks_uri: 'https://a.example/#x' }), ['/jwks_uri']],
    [
      'Core §10.1 HS256, which needs a secret',
      () => ({ jwks: { keys: [jwk('ed')] }, id_token_signed_response_alg: 'HS256' }),
      ['/id_token_signed_response_alg'],
    ],
    [
      'an algorithm of none of them',
      () => ({ jwks: { keys: [jwk('ed')] }, token_endpoint_auth_signing_alg: 'RS256' }),
      ['/token_endpoint_auth_signing_alg'],
    ],
    [
      'HS256 for assertions',
      () => ({ jwks: { keys: [jwk('ed')] }, token_endpoint_auth_signing_alg: 'HS256' }),
      ['/token_endpoint_auth_signing_alg'],
    ],
    [
      'an algorithm for who has a secret',
      () => ({ token_endpoint_auth_method: 'client_secret_basic', token_endpoint_auth_signing_alg: 'RS256' }),
      ['/token_endpoint_auth_signing_alg'],
    ],
  ])('%s', async (_what, over, pointers) => {
    expect(await refusedAt(over())).toEqual(pointers);
  });
});

describe('RFC 7591 §2 a client with keys', () => {
  const keyed = (keys: readonly JsonWebKey[], over: object = {}) => bench.create({ ...KEYED, jwks: { keys }, ...over });

  it('has no secret, is given none, and is answered with its keys as they are', async () => {
    const keys = [
      jwk('p256', { kid: '1', use: 'sig' }),
      jwk('rsa', { kid: '2', alg: 'PS256' }),
      jwk('ed', { kid: '3' }),
    ];
    const { wire, path } = await keyed(keys, { token_endpoint_auth_signing_alg: 'PS256' });
    expect(wire.json).not.toHaveProperty('client_secret');
    expect((await bench.ask('GET', path)).json).toMatchObject({
      jwks: { keys },
      token_endpoint_auth_signing_alg: 'PS256',
    });
    expect((await bench.ask('POST', `${path}/secrets`)).status).toBe(409);
    expect((await bench.ask('PATCH', path, { body: { client_name: 'x' } })).json).toMatchObject({
      jwks: { keys },
      revocation: null,
    });
  });

  it('A9 loses what was given when one of them is taken out, and nothing when one is added or named anew', async () => {
    const { path, clientId } = await keyed([jwk('p256', { kid: '1' })]);
    const put = async (body: object) => {
      const wire = await bench.ask('PATCH', path, { body });
      expect(wire.status).toBe(200);
      return memberOf(wire.json, 'revocation') !== null;
    };
    expect(await put({ jwks: { keys: [jwk('p256', { kid: 'one' }), jwk('other', { kid: 'two' })] } })).toBe(false);
    expect(await put({ jwks: { keys: [jwk('other', { kid: 'two' })] } })).toBe(true);
    expect((await bench.audited(clientId)).at(-1)?.detail).toMatchObject({ taken: ['jwks'] });
    expect(await put({ jwks: null, jwks_uri: 'https://a.example/jwks' })).toBe(true);
    expect(await put({ jwks_uri: 'https://b.example/jwks' })).toBe(true);
    expect((await bench.audited(clientId)).at(-1)?.detail).toMatchObject({ taken: ['jwks_uri'] });
  });

  it('A9 that had a secret before has it no more, and the other way is given one', async () => {
    const { path, clientId } = await bench.create();
    const keys = { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk('ed')] } };
    expect((await bench.ask('PATCH', path, { body: keys })).status).toBe(200);
    expect(await bench.sql('SELECT 1 FROM auth.client_secrets WHERE client_id = $1', [clientId])).toEqual([]);
    const back = { token_endpoint_auth_method: 'client_secret_basic', jwks: null };
    expect((await bench.ask('PATCH', path, { body: back })).status).toBe(200);
    expect((await bench.ask('POST', `${path}/secrets`)).status).toBe(201);
  });

  it('A2 can be the last that administers, and another with keys is somebody else who can', async () => {
    const scope = ADMIN_SCOPE_NAMES.join(' ');
    await bench.sql(`UPDATE auth.clients SET allowed_scope = '{}'`);
    const last = await keyed([jwk('ed')], { scope });
    expect((await bench.ask('POST', `${last.path}/disable`)).status).toBe(409);
    await keyed([jwk('rsa')], { scope });
    expect((await bench.ask('POST', `${last.path}/disable`)).status).toBe(200);
  });
});
