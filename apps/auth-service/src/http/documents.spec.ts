import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { anApi } from '@latchkey/protocol/testing';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { recordOf } from './test/outside.js';
import { ISSUER, JWKS_MAX_AGE_SECONDS, type ProtocolApp, startProtocolApp, USERINFO } from './test/protocol-app.js';

let app: ProtocolApp;
beforeAll(async () => {
  app = await startProtocolApp();
});
afterAll(() => app.close());

const OPENID = '/.well-known/openid-configuration';
const OAUTH = '/.well-known/oauth-authorization-server';
const metadata = async (path = OPENID): Promise<Readonly<Record<string, unknown>>> =>
  recordOf(await (await fetch(app.url + path)).json());

describe('RFC 8414 §2 and OpenID Connect Discovery §3 the metadata', () => {
  it('promises nothing that is not built: exactly these members, with exactly these values', async () => {
    expect(await metadata()).toEqual({
      issuer: ISSUER,
      authorization_endpoint: `${ISSUER}/authorize`,
      end_session_endpoint: `${ISSUER}/logout`,
      token_endpoint: `${ISSUER}/token`,
      revocation_endpoint: `${ISSUER}/revoke`,
      introspection_endpoint: `${ISSUER}/introspect`,
      userinfo_endpoint: USERINFO,
      jwks_uri: `${ISSUER}/jwks`,
      scopes_supported: [
        ...['openid', 'profile', 'email', 'address', 'phone', 'offline_access'],
        ...['notes:read', 'notes:write', 'mail:read'],
      ],
      response_types_supported: ['code'],
      response_modes_supported: ['query', 'form_post'],
      display_values_supported: ['page'],
      ui_locales_supported: ['en'],
      grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
      subject_types_supported: ['public', 'pairwise'],
      id_token_signing_alg_values_supported: ['RS256', 'PS256', 'ES256', 'EdDSA', 'HS256'],
      userinfo_signing_alg_values_supported: ['RS256', 'PS256', 'ES256', 'EdDSA', 'HS256'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
      token_endpoint_auth_signing_alg_values_supported: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      revocation_endpoint_auth_methods_supported: [
        ...['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
      ],
      revocation_endpoint_auth_signing_alg_values_supported: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
      introspection_endpoint_auth_signing_alg_values_supported: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      introspection_signing_alg_values_supported: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      code_challenge_methods_supported: ['S256'],
      acr_values_supported: ['urn:oasis:names:tc:SAML:2.0:ac:classes:Password'],
      claim_types_supported: ['normal'],
      claims_supported: [
        ...['iss', 'sub', 'aud', 'azp', 'exp', 'iat', 'auth_time', 'nonce', 'acr', 'amr', 'sid', 'at_hash'],
        ...['name', 'family_name', 'given_name', 'middle_name', 'nickname', 'preferred_username', 'profile', 'picture'],
        ...['website', 'gender', 'birthdate', 'zoneinfo', 'locale', 'updated_at', 'email', 'email_verified', 'address'],
        ...['phone_number', 'phone_number_verified'],
      ],
      prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      authorization_response_iss_parameter_supported: true,
      // R5: each said, as what is left out has a default of its own.
      claims_parameter_supported: true,
      request_parameter_supported: false,
      request_uri_parameter_supported: false,
      require_request_uri_registration: false,
    });
  });

  it('is the same, byte for byte, at both well-known places', async () => {
    const [openid, oauth] = await Promise.all([fetch(app.url + OPENID), fetch(app.url + OAUTH)]);
    expect([openid.status, oauth.status]).toEqual([200, 200]);
    expect(await oauth.text()).toBe(await openid.text());
    expect(oauth.headers.get('etag')).toBe(openid.headers.get('etag'));
  });

  it('is remembered for as long as the scopes are the same: one that is added, and one that is gone, is so in the next answer', async () => {
    const before = await (await fetch(app.url + OPENID)).text();
    await app.addApi(
      anApi({ identifier: 'https://later.example', scopes: [{ name: 'later:read', description: 'x' }] }),
    );
    expect((await metadata())['scopes_supported']).toContain('later:read');
    await app.sql(`DELETE FROM auth.apis WHERE identifier = 'https://later.example'`);
    expect(await (await fetch(app.url + OPENID)).text()).toBe(before);
  });

  it('names no scope of the admin API', async () => {
    expect(JSON.stringify(await metadata())).not.toContain('clients:write');
  });

  it.each([
    ['authorization_endpoint', 'GET', 400],
    ['authorization_endpoint', 'POST', 400],
    ['token_endpoint', 'POST', 400],
    ['revocation_endpoint', 'POST', 400],
    ['introspection_endpoint', 'POST', 400],
    ['jwks_uri', 'GET', 200],
    ['userinfo_endpoint', 'GET', 401],
    ['userinfo_endpoint', 'POST', 401],
  ])('names a place where something answers: %s by %s', async (member, method, status) => {
    const place = (await metadata())[member];
    if (typeof place !== 'string') throw new Error(`there is no ${member}`);
    expect(place.startsWith(`${ISSUER}/`)).toBe(true);
    const answer = await fetch(app.url + place.slice(ISSUER.length), { method });
    expect(answer.status).toBe(status);
    if (status === 400) expect(await answer.text()).toContain('invalid_request');
  });

  it('names every place that it names: there is no other endpoint in it', async () => {
    const places = Object.keys(await metadata()).filter((name) => /_endpoint$|_uri$/.test(name));
    expect(places.sort()).toEqual([
      'authorization_endpoint',
      'end_session_endpoint',
      'introspection_endpoint',
      'jwks_uri',
      'revocation_endpoint',
      'token_endpoint',
      'userinfo_endpoint',
    ]);
  });
});

describe('RFC 9110 §8.8.3 and RFC 9111 §5.2.2 how long the documents may be kept', () => {
  it.each([
    [OPENID, 'public, max-age=300'],
    [OAUTH, 'public, max-age=300'],
    ['/jwks', `public, max-age=${JWKS_MAX_AGE_SECONDS}`],
  ])('%s has a strong ETag that stays while the document does', async (path, cacheControl) => {
    const [first, second] = [await fetch(app.url + path), await fetch(app.url + path)];
    expect(first.headers.get('etag')).toMatch(/^"[\w-]{22}"$/);
    expect(second.headers.get('etag')).toBe(first.headers.get('etag'));
    expect(first.headers.get('cache-control')).toBe(cacheControl);
    expect(first.headers.get('content-type')).toMatch(/^application\/json/);
    expect(first.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('has another ETag for another document', async () => {
    const before = (await fetch(app.url + OPENID)).headers.get('etag');
    await app.sql("UPDATE auth.api_scopes SET name = 'mail:look' WHERE name = 'mail:read'");
    const after = await fetch(app.url + OPENID);
    await app.sql("UPDATE auth.api_scopes SET name = 'mail:read' WHERE name = 'mail:look'");
    expect(await after.text()).toContain('mail:look');
    expect(after.headers.get('etag')).not.toBe(before);
  });

  it.each([OPENID, OAUTH, '/jwks'])('%s refuses to be posted to', async (path) => {
    const answer = await fetch(app.url + path, { method: 'POST' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

/** What really goes over the wire: `fetch` hides the header that must not be there. */
const ask = (
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string | string[]> } = {},
): Promise<{ status: number | undefined; headers: Readonly<Record<string, unknown>>; body: string }> =>
  new Promise((resolve, reject) => {
    const asked = request(app.url + path, { method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode, headers: response.headers, body });
      });
    });
    asked.on('error', reject);
    asked.end();
  });

describe.each([OPENID, OAUTH, '/jwks'])('RFC 9110 §13.1.2 If-None-Match: %s', (path) => {
  it('is sent whole to who has another, or says nothing that can be understood', async () => {
    for (const tag of ['"another"', 'W/"another"', 'no tag', '']) {
      const answer = await ask(path, { headers: { 'if-none-match': tag } });
      expect([answer.status, answer.body.length > 2]).toEqual([200, true]);
    }
  });

  it('is 304 for who has it: no content, no length of it, and the headers that a cache renews (§8.6, §15.4.5)', async () => {
    const { headers: whole } = await ask(path);
    const etag = String(whole['etag']);
    for (const tag of [etag, `W/${etag}`, '*', ['"another"', etag]]) {
      const { status, headers, body } = await ask(path, { headers: { 'if-none-match': tag } });
      expect([status, body]).toEqual([304, '']);
      expect(headers).not.toHaveProperty('content-length');
      expect(headers).not.toHaveProperty('content-type');
      for (const name of ['etag', 'cache-control', 'latchkey-keys-revision', 'access-control-allow-origin']) {
        expect([name, headers[name]]).toEqual([name, whole[name]]);
      }
    }
  });

  it('says the same by HEAD, without the content (§9.3.2)', async () => {
    const whole = await ask(path);
    const { status, headers, body } = await ask(path, { method: 'HEAD' });
    expect([status, body, headers['etag']]).toEqual([200, '', whole.headers['etag']]);
    expect([undefined, String(Buffer.byteLength(whole.body))]).toContain(headers['content-length']);
    const etag = String(whole.headers['etag']);
    expect((await ask(path, { method: 'HEAD', headers: { 'if-none-match': etag } })).status).toBe(304);
  });
});

describe('keys K8 jwks_uri', () => {
  it('may be kept shorter than a key is announced before it signs', async () => {
    const { headers } = await ask('/jwks');
    const maxAgeMs = Number(/max-age=(\d+)/.exec(String(headers['cache-control']))?.[1]) * 1000;
    expect(maxAgeMs).toBeLessThan(app.rotation.spans.announceMs);
  });

  it('says at which revision of the keys it stands, to scripts of other origins too', async () => {
    const { headers } = await ask('/jwks');
    expect(headers['latchkey-keys-revision']).toBe(String(app.keys.revision));
    expect(headers['access-control-expose-headers']).toBe('latchkey-keys-revision');
  });

  it('asks no database, however often it is asked for', async () => {
    await app.sql('ALTER TABLE auth.keys RENAME TO keys_away');
    const statuses = await Promise.all(Array.from({ length: 50 }, async () => (await ask('/jwks')).status));
    await app.sql('ALTER TABLE auth.keys_away RENAME TO keys');
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('shows an announced key with a higher revision as soon as this instance holds it, and another ETag', async () => {
    const before = await ask('/jwks');
    const announced = await app.rotation.rotate({ actor: 'spec', receipt: false });
    await app.keys.reload();
    const after = await ask('/jwks', { headers: { 'if-none-match': String(before.headers['etag']) } });
    expect(after.status).toBe(200);
    expect(Number(after.headers['latchkey-keys-revision'])).toBeGreaterThan(
      Number(before.headers['latchkey-keys-revision']),
    );
    for (const { kid, ring } of announced) expect(after.body.includes(kid)).toBe(ring.algorithm !== 'refresh');
  });

  it('is unchanged by the MAC keys of refresh tokens and by shared secrets, which it never shows', async () => {
    const before = await ask('/jwks');
    const made = await app.rotation.addSecret('https://shared.example', { actor: 'spec', receipt: false });
    await app.keys.reload();
    const after = await ask('/jwks', { headers: { 'if-none-match': String(before.headers['etag']) } });
    expect([after.status, after.headers['latchkey-keys-revision']]).toEqual([304, String(app.keys.revision)]);
    expect(before.headers['latchkey-keys-revision']).not.toBe(String(app.keys.revision));
    if (made === 'full') throw new Error('full');
    expect((await ask('/jwks')).body).not.toContain(made.key.kid);
  });
});

describe('R7 RFC 7517 §4 and RFC 7638 §3 the keys', () => {
  const keys = async (): Promise<readonly JWK[]> => {
    const document = recordOf(await (await fetch(`${app.url}/jwks`)).json());
    expect(Object.keys(document)).toEqual(['keys']);
    // What `jose` makes of them is the test of them.
    return document['keys'] as JWK[];
  };

  it('hold exactly the public members of their type, so no private one', async () => {
    const members = (await keys()).map((key) => [key.kty, Object.keys(key).sort()]);
    expect(members.length).toBeGreaterThanOrEqual(2);
    expect(Object.fromEntries(members)).toEqual({
      EC: ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
      RSA: ['alg', 'e', 'kid', 'kty', 'n', 'use'],
    });
  });

  it('are for signatures, each for one algorithm', async () => {
    const said = (await keys()).map(({ kty, use, alg, crv }) => [kty, use, alg, crv]);
    expect(said).toContainEqual(['EC', 'sig', 'ES256', 'P-256']);
    expect(said).toContainEqual(['RSA', 'sig', 'RS256', undefined]);
  });

  it('have the thumbprint as their kid, and no two the same', async () => {
    const all = await keys();
    for (const key of all) expect(key.kid).toBe(await calculateJwkThumbprint(key, 'sha256'));
    expect(new Set(all.map(({ kid }) => kid)).size).toBe(all.length);
  });
});
