import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import * as oauth from 'oauth4webapi';
import { fifty } from '../persistence/postgres/testing/open-test-database.js';
import { formOf, Outside, recordOf, type Words } from './test/outside.js';
import { ISSUER, type ProtocolApp, startProtocolApp } from './test/protocol-app.js';

type Algorithm = 'RS256' | 'PS256' | 'ES256' | 'EdDSA';
interface Key {
  readonly jwk: JWK;
  readonly privateKey: CryptoKey;
}
interface KeyedClient {
  readonly clientId: string;
  readonly key: Key;
  readonly algorithm: Algorithm;
}

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const TOKEN = `${ISSUER}/token`;

const newKey = async (algorithm: Algorithm, kid: string): Promise<Key> => {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return { jwk: { ...(await exportJWK(publicKey)), kid }, privateKey };
};

let app: ProtocolApp;
let outside: Outside;
let keys: Readonly<Record<Algorithm, Key>>;
let client: KeyedClient;
beforeAll(async () => {
  app = await startProtocolApp();
  outside = new Outside(app);
  const [RS256, PS256, ES256, EdDSA] = await Promise.all(
    (['RS256', 'PS256', 'ES256', 'EdDSA'] as const).map((algorithm) => newKey(algorithm, algorithm)),
  );
  if (!RS256 || !PS256 || !ES256 || !EdDSA) throw new Error('there are no keys');
  keys = { RS256, PS256, ES256, EdDSA };
  client = await keyed('ES256');
});
afterAll(() => app.close());

const keyed = async (algorithm: Algorithm, over: object = {}): Promise<KeyedClient> => {
  const key = keys[algorithm];
  const { clientId } = await app.addClient({
    ...{ tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys: [key.jwk] } },
    ...over,
  });
  return { clientId, key, algorithm };
};

let drawn = 0;
const assertionOf = (
  { clientId, key, algorithm }: KeyedClient,
  claims: Readonly<Record<string, unknown>> = {},
  header: object = {},
): Promise<string> => {
  const now = app.nowSeconds();
  const all = { iss: clientId, sub: clientId, aud: TOKEN, jti: `j${(drawn += 1)}`, iat: now, exp: now + 60, ...claims };
  return new SignJWT(all)
    .setProtectedHeader({ alg: algorithm, kid: key.jwk.kid ?? '', ...header })
    .sign(key.privateKey);
};

const ask = async (path: string, words: Words, headers: Readonly<Record<string, string>> = {}) => {
  const response = await fetch(`${app.url}${path}`, { method: 'POST', body: formOf(words), headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: text === '' ? {} : recordOf(JSON.parse(text)) };
};
const MACHINE = { grant_type: 'client_credentials', scope: 'notes:read' };
const asked = async (assertion: string, words: Words = {}): Promise<readonly [number, unknown]> => {
  const { status, json } = await ask('/token', {
    ...{ ...MACHINE, client_assertion_type: TYPE, client_assertion: assertion },
    ...words,
  });
  return [status, json['error']];
};
const REFUSED = [401, 'invalid_client'];

describe('R37 RFC 7523 §3, OpenID Connect Core §9: an assertion is refused', () => {
  const from = (clientId: string): KeyedClient => ({ ...client, clientId });

  it.each<[string, () => Readonly<Record<string, unknown>>]>([
    ['for another audience', () => ({ aud: 'https://other.example' })],
    ['without an audience', () => ({ aud: undefined })],
    ['for an audience that begins like ours', () => ({ aud: `${ISSUER}/` })],
    ['for us and another', () => ({ aud: [TOKEN, 'https://other.example'] })],
    ['for the same twice', () => ({ aud: [TOKEN, TOKEN] })],
    ['for another of our endpoints', () => ({ aud: `${ISSUER}/revoke` })],
    ['of another issuer', () => ({ iss: 'f'.repeat(32) })],
    ['of no issuer', () => ({ iss: undefined })],
    ['of no subject', () => ({ sub: undefined })],
    ['without exp', () => ({ exp: undefined })],
    ['that has just expired', () => ({ exp: app.nowSeconds() })],
    ['F5 that has expired', () => ({ exp: app.nowSeconds() - 300 })],
    ['that lives for long', () => ({ exp: app.nowSeconds() + 3620 })],
    ['whose exp is text', () => ({ exp: String(app.nowSeconds() + 60) })],
    ['whose exp is no number that counts', () => ({ exp: 1e300 })],
    ['R48 of the future, by iat', () => ({ iat: app.nowSeconds() + 62 })],
    ['R48 of the future, by nbf', () => ({ nbf: app.nowSeconds() + 62 })],
    ['whose iat is text', () => ({ iat: 'now' })],
    ['without jti', () => ({ jti: undefined })],
    ['with an empty jti', () => ({ jti: '' })],
    ['with a jti that is a number', () => ({ jti: 1 })],
    ['with a long jti', () => ({ jti: 'x'.repeat(513) })],
  ])('%s', async (_what, claims) => {
    expect(await asked(await assertionOf(client, claims()))).toEqual(REFUSED);
  });

  it.each<[string, object]>([
    ['RFC 8725 §3.11 of another type: a proof of RFC 9449', { typ: 'dpop+jwt' }],
    ['an access token', { typ: 'at+jwt' }],
    ['RFC 7515 §4.1.4 under a kid that is not there', { kid: 'other' }],
  ])('%s', async (_what, header) => {
    expect(await asked(await assertionOf(client, {}, header))).toEqual(REFUSED);
  });

  const raw = (header: object, claims: object = {}, signature = 'AAAA'): string => {
    const now = app.nowSeconds();
    const { clientId } = client;
    const all = {
      iss: clientId,
      sub: clientId,
      aud: TOKEN,
      jti: `j${(drawn += 1)}`,
      iat: now,
      exp: now + 60,
      ...claims,
    };
    return [header, all].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') + signature;
  };
  it('RFC 8725 §3.1, §3.2 by none, by HS256 under the public key, by crit and b64, and by no JWT at all', async () => {
    const { key } = client;
    const secret = new TextEncoder().encode(JSON.stringify(key.jwk).padEnd(32));
    const now = app.nowSeconds();
    const mac = await new SignJWT({ jti: 'mac' })
      .setProtectedHeader({ alg: 'HS256', kid: key.jwk.kid ?? '' })
      .setIssuer(client.clientId)
      .setSubject(client.clientId)
      .setAudience(TOKEN)
      .setExpirationTime(now + 60)
      .sign(secret);
    const other = await newKey('ES256', 'ES256');
    // Under the very jti that the client will send.
    const [jti, thief] = ['wanted', { ...client, key: { ...key, privateKey: other.privateKey } }];
    const forged = await assertionOf(thief, { jti });
    const good = await assertionOf(client, { jti });
    const altered = good.replace(/\.[^.]+\./, `.${Buffer.from('{}').toString('base64url')}.`);
    for (const assertion of [
      ...[raw({ alg: 'none' }, {}, '.'), raw({ alg: 'none' }, {}, '.AAAA'), raw({ alg: 'ES256' }, {}, '.AAAA')],
      ...[raw({ alg: 'ES256', crit: ['b64'], b64: false }, {}, '.AAAA'), mac, forged, altered, '', 'x', 'a.b.c'],
      `${good}.x`,
    ]) {
      expect(await asked(assertion)).toEqual(REFUSED);
    }
    // Nothing of all this has used it up.
    expect((await asked(good))[0]).toBe(200);
  });

  it('OpenID Connect Registration §2 by another algorithm than the registered one, or than the key is for', async () => {
    const strict = await keyed('RS256', { tokenEndpointAuthSigningAlg: 'PS256' });
    expect(await asked(await assertionOf(strict))).toEqual(REFUSED);
    expect((await asked(await assertionOf({ ...strict, algorithm: 'RS256' })))[0]).toBe(401);
    const labelled = await keyed('RS256', { jwks: { keys: [{ ...keys.RS256.jwk, alg: 'PS256' }] } });
    expect(await asked(await assertionOf(labelled))).toEqual(REFUSED);
  });

  it('of a client that does not exist, is disabled, or proves itself otherwise', async () => {
    const { clientId } = await app.addClient({ jwks: { keys: [keys.ES256.jwk] } });
    const off = await keyed('ES256');
    await app.sql('UPDATE auth.clients SET enabled = false WHERE client_id = $1', [off.clientId]);
    for (const id of ['f'.repeat(32), clientId, off.clientId, 'a\u0000', '']) {
      expect(await asked(await assertionOf(from(id)))).toEqual(REFUSED);
    }
    // And of a client that has a key, a secret proves nothing.
    expect((await outside.token({ clientId: client.clientId, secret: 'x' }, MACHINE)).json['error']).toBe(
      'invalid_client',
    );
    expect((await outside.token({ clientId: client.clientId, secret: undefined }, MACHINE)).status).toBe(401);
  });

  it('RFC 7521 §4.2 F7 beside a client_id of somebody else', async () => {
    expect(await asked(await assertionOf(client), { client_id: 'f'.repeat(32) })).toEqual(REFUSED);
    expect((await asked(await assertionOf(client), { client_id: client.clientId }))[0]).toBe(200);
  });

  it('RFC 6749 §2.3 beside another method, of another type, or repeated', async () => {
    const words = async () => ({
      ...MACHINE,
      client_assertion_type: TYPE,
      client_assertion: await assertionOf(client),
    });
    const basic = { authorization: `Basic ${Buffer.from(`${client.clientId}:x`).toString('base64')}` };
    expect((await ask('/token', await words(), basic)).json['error']).toBe('invalid_request');
    expect((await ask('/token', { ...(await words()), client_secret: 'x' })).json['error']).toBe('invalid_request');
    for (const type of [
      undefined,
      '',
      TYPE.toUpperCase(),
      `${TYPE}x`,
      'urn:ietf:params:oauth:client-assertion-type:saml2-bearer',
    ]) {
      expect((await ask('/token', { ...(await words()), client_assertion_type: type })).json['error']).toBe(
        'invalid_client',
      );
    }
    const both = { ...(await words()), client_assertion: [await assertionOf(client), await assertionOf(client)] };
    expect((await ask('/token', both)).json['error']).toBe('invalid_request');
  });
});

describe('R37 RFC 7523 §3: an assertion proves its client', () => {
  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'] as const)('by %s, with a kid and without', async (algorithm) => {
    const one = await keyed(algorithm);
    expect((await asked(await assertionOf(one)))[0]).toBe(200);
    expect((await asked(await assertionOf(one, {}, { kid: undefined })))[0]).toBe(200);
  });

  it('F5 R48 with a clock that is 10 seconds ahead, without iat, for up to ten minutes, and whatever more it says', async () => {
    await app.sql(`UPDATE auth.revocation_epoch SET raised_at = raised_at - interval '1 hour'`);
    const now = app.nowSeconds();
    for (const claims of [
      ...[{ iat: now + 10, nbf: now + 10 }, { iat: undefined }, { exp: now + 3600 }, { aud: [TOKEN] }, { aud: ISSUER }],
      ...[{ aud: [ISSUER] }, { colour: 'red', nonce: 1 }, { iat: now - 1000 }],
    ]) {
      expect((await asked(await assertionOf(client, claims)))[0]).toBe(200);
    }
    expect((await asked(await assertionOf(client, {}, { typ: 'client-authentication+jwt' })))[0]).toBe(200);
  });

  it('at /revoke and /introspect, under their own URL or that of the token endpoint', async () => {
    const { jwks } = { jwks: { keys: [client.key.jwk] } };
    const api = await keyed('ES256', { jwks });
    for (const path of ['/revoke', '/introspect']) {
      for (const aud of [`${ISSUER}${path}`, TOKEN, ISSUER]) {
        const words = { token: 'x', client_assertion_type: TYPE, client_assertion: await assertionOf(api, { aud }) };
        expect((await ask(path, words)).status).toBe(200);
      }
      const words = { token: 'x', client_assertion_type: TYPE };
      const foreign = await assertionOf(api, { aud: `${ISSUER}/other` });
      expect((await ask(path, { ...words, client_assertion: foreign })).status).toBe(401);
    }
  });

  it('as oauth4webapi makes it, which is no code of ours', async () => {
    const as = { issuer: ISSUER, token_endpoint: `${app.url}/token` };
    const prove = oauth.PrivateKeyJwt(
      { key: client.key.privateKey, kid: client.key.jwk.kid ?? '' },
      {
        [oauth.modifyAssertion]: (_header, payload) => {
          // The clock of the app is ahead of that of the machine.
          const now = app.nowSeconds();
          Object.assign(payload, { iat: now, nbf: now, exp: now + 60 });
        },
      },
    );
    const known = { client_id: client.clientId };
    const response = await oauth.clientCredentialsGrantRequest(
      as,
      known,
      prove,
      new URLSearchParams({ scope: 'notes:read' }),
      {
        [oauth.allowInsecureRequests]: true,
      },
    );
    expect((await oauth.processClientCredentialsResponse(as, known, response)).scope).toBe('notes:read');
  });

  it('is announced, and nothing else is', async () => {
    for (const document of ['openid-configuration', 'oauth-authorization-server']) {
      const metadata = recordOf(await (await fetch(`${app.url}/.well-known/${document}`)).json());
      for (const endpoint of ['token', 'revocation', 'introspection']) {
        expect(metadata[`${endpoint}_endpoint_auth_methods_supported`]).toContain('private_key_jwt');
        expect(metadata[`${endpoint}_endpoint_auth_signing_alg_values_supported`]).toEqual([
          ...['RS256', 'PS256', 'ES256', 'EdDSA'],
        ]);
      }
    }
  });
});

describe('R37 RFC 7523 §3 "by maintaining the set of used jti values": an assertion is used once', () => {
  it('of 50 at once one is, and none afterwards', async () => {
    const assertion = await assertionOf(client, { exp: app.nowSeconds() + 600 });
    const answers = await fifty(() => asked(assertion));
    expect(answers.filter(([status]) => status === 200)).toHaveLength(1);
    expect(answers.filter(([status]) => status === 401)).toHaveLength(49);
    app.advance(599);
    expect(await asked(assertion)).toEqual(REFUSED);
    app.advance(60);
  });

  it('and another client may use the same jti', async () => {
    const other = await keyed('ES256');
    expect((await asked(await assertionOf(client, { jti: 'same' })))[0]).toBe(200);
    expect((await asked(await assertionOf(other, { jti: 'same' })))[0]).toBe(200);
    expect(await asked(await assertionOf(client, { jti: 'same' }))).toEqual(REFUSED);
  });

  it('V7 after a new epoch one from before is refused, whether it was used or not; a new one is not', async () => {
    const [old, nameless] = [await assertionOf(client), await assertionOf(client, { iat: undefined })];
    app.advance(30);
    await app.sql(`UPDATE auth.revocation_epoch SET identity = 'of a Redis that is no more'`);
    for (const assertion of [old, nameless]) expect(await asked(assertion)).toEqual(REFUSED);
    expect((await asked(await assertionOf(client)))[0]).toBe(200);
    // One that does not say when it was made could have been made as long before its exp as one may live.
    const late = { iat: undefined, exp: app.nowSeconds() + 3610 };
    expect(await asked(await assertionOf(client, late))).toEqual(REFUSED);
    await app.sql(`UPDATE auth.revocation_epoch SET raised_at = raised_at - interval '3616 seconds'`);
    expect((await asked(await assertionOf(client, { iat: undefined, exp: app.nowSeconds() + 1 })))[0]).toBe(200);
  });
});

describe('R38 OpenID Connect Core §10.1.1 keys at a jwks_uri', () => {
  let server: Server;
  let published: JWK[] = [];
  let status = 200;
  let reads = 0;
  beforeAll(async () => {
    server = createServer((_request, response) => {
      reads += 1;
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'max-age=600' });
      response.end(JSON.stringify({ keys: published }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  const publishing = async (path: string): Promise<KeyedClient> => {
    const { port } = server.address() as AddressInfo;
    return keyed('ES256', { jwks: undefined, jwksUri: `http://127.0.0.1:${port}/${path}` });
  };

  it('are read once, and again at once for a kid that is new, but not for each', async () => {
    const first = await newKey('ES256', 'first');
    const second = await newKey('ES256', 'second');
    published = [first.jwk];
    reads = 0;
    const one = await publishing('rotates');
    const by = async (key: Key) => (await asked(await assertionOf({ ...one, key })))[0];
    expect([await by(first), await by(first), reads]).toEqual([200, 200, 1]);
    app.advance(25);
    published = [second.jwk];
    expect([await by(second), reads]).toEqual([200, 2]);
    // What it took back is gone with that.
    expect([await by(first), await by(first), await by(first), reads]).toEqual([401, 401, 401, 3]);
    app.advance(25);
    expect([await by(first), reads]).toEqual([401, 4]);
    app.advance(700);
    expect([await by(second), reads]).toEqual([200, 5]);
  });

  it('are read again for a kid that is new also right after they were read, and twice in 20 seconds for all that do not exist', async () => {
    const [first, second, third] = [await newKey('ES256', 'a'), await newKey('ES256', 'b'), await newKey('ES256', 'c')];
    published = [first.jwk];
    reads = 0;
    const one = await publishing('rotates-at-once');
    const by = async (key: Key) => (await asked(await assertionOf({ ...one, key })))[0];
    expect([await by(first), reads]).toEqual([200, 1]);
    published = [first.jwk, second.jwk];
    expect([await by(second), reads]).toEqual([200, 2]);

    const flood = async () => Promise.all(Array.from({ length: 20 }, () => by(third)));
    for (const readsThen of [2, 4]) {
      expect(new Set(await flood())).toEqual(new Set([401]));
      // One at a time: those that come together are told by one reading.
      expect([await by(third), await by(third), reads]).toEqual([401, 401, readsThen]);
      app.advance(20);
    }
    // Nobody else pays for it.
    expect([await by(first), await by(second)]).toEqual([200, 200]);
  });

  it('V5 that cannot be read are 503, for as long as nothing is held', async () => {
    published = [keys.ES256.jwk];
    const one = await publishing('breaks');
    status = 500;
    expect((await asked(await assertionOf(one)))[0]).toBe(503);
    status = 200;
    app.advance(25);
    expect((await asked(await assertionOf(one)))[0]).toBe(200);
    status = 500;
    app.advance(700);
    expect((await asked(await assertionOf(one)))[0]).toBe(200);
    app.advance(400);
    expect((await asked(await assertionOf(one)))[0]).toBe(503);
    status = 200;
    app.advance(25);
    expect((await asked(await assertionOf(one)))[0]).toBe(200);
  });

  it('hold at an address that is not public: they are not asked for', async () => {
    reads = 0;
    const { port } = server.address() as AddressInfo;
    for (const host of ['127.0.0.2', '[::1]', '169.254.169.254']) {
      const one = await keyed('ES256', { jwks: undefined, jwksUri: `http://${host}:${port}/` });
      expect((await asked(await assertionOf(one)))[0]).toBe(503);
    }
    expect(reads).toBe(0);
  });
});
