import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { anApi } from '@latchkey/protocol/testing';
import { LocalSigner } from '@latchkey/tokens/issuing';
import { mintAccessToken, testKeys } from '@latchkey/tokens/testing';
import { decodeJwt } from 'jose';
import { type Answer, Outside, recordOf, textOf, type Words } from './test/outside.js';
import { ISSUER, type ProtocolApp, startProtocolApp, type TestClient, USERINFO } from './test/protocol-app.js';
import { ADDRESS, EMAIL, EVERYTHING, PHONE, PROFILE } from './test/test-person.js';

const ALL = 'openid profile email address phone';
const ALLOWED = [...ALL.split(' '), 'offline_access', 'notes:read', 'mail:read'];
const CHALLENGE = /^Bearer error="invalid_token", error_description="the access token is not valid"$/;

let app: ProtocolApp;
let client: TestClient;
let outside: Outside;
let sub: string;
beforeAll(async () => {
  app = await startProtocolApp();
  client = await app.addClient({ allowedScope: ALLOWED });
  outside = new Outside(app);
  sub = String((await app.sql('SELECT sub FROM auth.users'))[0]?.['sub']);
});
beforeEach(() => know(EVERYTHING));
afterAll(() => app.close());

const know = (claims: object): Promise<unknown> =>
  app.sql('UPDATE auth.users SET claims = $1::jsonb', [JSON.stringify(claims)]);
const logIn = (scope: string, words: Words = {}, as = client): Promise<Answer> =>
  outside.logIn(as, { scope, prompt: 'consent', ...words });
const tokenFor = async (scope: string, words: Words = {}): Promise<string> =>
  textOf(await logIn(scope, words), 'access_token');

interface Told {
  readonly status: number;
  readonly challenge: string | null;
  readonly headers: Headers;
  readonly json: Readonly<Record<string, unknown>>;
}
async function ask(init: RequestInit, query = ''): Promise<Told> {
  const response = await fetch(`${app.url}/userinfo${query}`, init);
  const { status, headers } = response;
  const json = recordOf(await response.json());
  return { status, headers, json, challenge: headers.get('www-authenticate') };
}
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const show = (token: string): Promise<Told> => ask(bearer(token));
const form = (token: string, more: RequestInit = {}) => ({
  ...{ method: 'POST', body: new URLSearchParams({ access_token: token }), ...more },
});
const expectInvalid = (told: Told): void => {
  expect([told.status, told.json['error']]).toEqual([401, 'invalid_token']);
  expect(told.challenge).toMatch(CHALLENGE);
  expect(told.headers.get('cache-control')).toBe('no-store');
};

describe('R29 RFC 6750 §3.1 whoever shows no token', () => {
  it.each<[string, RequestInit, string]>([
    ['by GET', {}, ''],
    ['by POST', { method: 'POST' }, ''],
    ['but the credentials of a client', { headers: { authorization: 'Basic YTpi' } }, ''],
    ['but one in the query', {}, '?access_token=abc'],
    ['but one in a body that is no form', { method: 'POST', body: '{"access_token":"abc"}' }, ''],
    ['but an empty one', form(''), ''],
  ])('is told of the scheme and of no error: %s', async (_how, init, query) => {
    const { status, challenge, json, headers } = await ask(init, query);
    expect([status, challenge, json]).toEqual([401, 'Bearer', {}]);
    expect(headers.get('cache-control')).toBe('no-store');
  });
});

const TWICE: [string, string][] = [
  ['authorization', 'Bearer a.b.c'],
  ['authorization', 'Bearer a.b.c'],
];

describe('RFC 6750 §2 and §3.1 one token, shown in one way', () => {
  it.each<[string, RequestInit, string]>([
    ['in header and form', form('a.b.c', bearer('a.b.c')), ''],
    ['in header and query', bearer('a.b.c'), '?access_token=a.b.c'],
    ['in form and query', form('a.b.c'), '?access_token=a.b.c'],
    ['twice in the form', { ...form('a'), body: new URLSearchParams('access_token=a&access_token=a') }, ''],
    ['in two headers', { headers: TWICE }, ''],
    ['with something behind it', bearer('a.b.c d'), ''],
    ['without any', { headers: { authorization: 'Bearer' } }, ''],
  ])('is invalid_request: %s', async (_how, init, query) => {
    const { status, challenge, json } = await ask(init, query);
    expect([status, json['error']]).toEqual([400, 'invalid_request']);
    expect(challenge).toMatch(/^Bearer error="invalid_request", error_description="[^"]+"$/);
  });

  it.each(['PUT', 'DELETE', 'PATCH'])('is not shown by %s', async (method) => {
    const { status, headers } = await ask({ method, ...bearer(await tokenFor('openid')) });
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  });
});

describe('R29 OpenID Connect Core §5.3.3 what is no good token for this place', () => {
  it('is anything else than an access token of this issuer', async () => {
    const answer = await logIn('openid');
    const good = textOf(answer, 'access_token');
    const [head = '', body = '', signature = ''] = good.split('.');
    const forged = { iss: ISSUER, aud: USERINFO, sub, scope: 'openid', exp: app.nowSeconds() + 60 };
    const others = [
      'garbage',
      `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
      `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${body}.${signature}`,
      textOf(answer, 'id_token'),
      textOf(answer, 'refresh_token'),
      mintAccessToken({ ...forged, iat: app.nowSeconds() }, { signer: testKeys().signer }),
      mintAccessToken(
        { ...forged, iat: app.nowSeconds() },
        { signer: new LocalSigner('shared', 'HS256', createSecretKey(randomBytes(32))) },
      ),
    ];
    for (const token of others) expectInvalid(await show(token));
    expect((await show(good)).status).toBe(200);
  });

  it('is a token for another audience, of a machine or of a person', async () => {
    expectInvalid(await show(await tokenFor('notes:read')));
    expectInvalid(await show(textOf(await outside.machine(client, { scope: 'notes:read' }), 'access_token')));
  });

  it('is one under a secret that an API shares, whatever it says', async () => {
    await app.addApi(
      anApi({
        identifier: 'https://shared.example',
        accessTokenSigningAlg: 'HS256',
        scopes: [{ name: 'shared:read', description: 'Read' }],
      }),
    );
    await app.rotation.addSecret('https://shared.example', { actor: 'spec', receipt: false });
    const mixed = await app.addClient({ allowedScope: ['openid', 'shared:read'] });
    const token = textOf(await logIn('openid shared:read', {}, mixed), 'access_token');
    expect(decodeJwt(token).aud).toBe('https://shared.example');
    expectInvalid(await show(token));
  });

  it('is an expired one', async () => {
    const token = await tokenFor('openid');
    app.advance(316);
    expectInvalid(await show(token));
  });

  it('is insufficient where `openid` was not granted', async () => {
    const token = await tokenFor('email');
    expect(decodeJwt(token).aud).toBe(USERINFO);
    const { status, json, challenge } = await show(token);
    expect([status, json['error']]).toEqual([403, 'insufficient_scope']);
    expect(challenge).toBe(
      'Bearer error="insufficient_scope", error_description="not granted: openid", scope="openid"',
    );
  });
});

describe('R32 and revocation.md V5 a token that hangs on something which has ended', () => {
  const ends: [string, (answer: Answer, as: TestClient) => Promise<unknown>][] = [
    ['its own revocation', (answer, as) => outside.revoke(as, textOf(answer, 'access_token'))],
    ['the revocation of its grant', (answer, as) => outside.revoke(as, textOf(answer, 'refresh_token'))],
    ['consent that was withdrawn', (_answer, { clientId }) => app.withdrawConsent(clientId)],
    [
      'a grant that ended, of which nobody has been told',
      (_answer, { clientId }) => app.sql('UPDATE auth.grants SET revoked_at = now() WHERE client_id = $1', [clientId]),
    ],
    [
      'a client that is disabled',
      (_answer, { clientId }) => app.sql('UPDATE auth.clients SET enabled = false WHERE client_id = $1', [clientId]),
    ],
    [
      'a session that ended',
      (answer) =>
        app.sql('UPDATE auth.login_sessions SET ended_at = now() WHERE sid = $1', [
          decodeJwt(textOf(answer, 'access_token'))['sid'],
        ]),
    ],
  ];
  it.each(ends)('is dead by %s', async (_what, end) => {
    const own = await app.addClient({ allowedScope: ALLOWED });
    // A browser of its own, whose session may end.
    const answer = await new Outside(app).logIn(own, { scope: 'openid', prompt: 'consent' });
    const token = textOf(answer, 'access_token');
    expect((await show(token)).status).toBe(200);
    await end(answer, own);
    expectInvalid(await show(token));
  });

  it('is dead by a code that was redeemed twice', async () => {
    const authorized = await outside.authorize(client, { scope: 'openid', prompt: 'consent' });
    const token = textOf(await outside.redeem(client, authorized), 'access_token');
    expect((await show(token)).status).toBe(200);
    expect((await outside.redeem(client, authorized)).status).toBe(400);
    expectInvalid(await show(token));
  });

  it('is dead by a person who is disabled, and speaks of them again to whom they allow it again', async () => {
    const token = await tokenFor('openid');
    await app.sql('UPDATE auth.users SET enabled = false');
    expectInvalid(await show(token));
    await app.sql('UPDATE auth.users SET enabled = true');
    expect((await show(token)).status).toBe(200);
  });

  it('is 503 while PostgreSQL does not answer, never 401', async () => {
    const token = await tokenFor('openid');
    // 57P03, cannot_connect_now: what a server says that starts or stops.
    await app.sql(`CREATE FUNCTION auth.away() RETURNS boolean LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'away' USING ERRCODE = '57P03'; END $$`);
    await app.sql('ALTER TABLE auth.login_sessions RENAME TO sessions_away');
    await app.sql('CREATE VIEW auth.login_sessions AS SELECT * FROM auth.sessions_away WHERE auth.away()');
    const told = await show(token);
    await app.sql('DROP VIEW auth.login_sessions');
    await app.sql('ALTER TABLE auth.sessions_away RENAME TO login_sessions');
    expect([told.status, told.json['error']]).toEqual([503, 'temporarily_unavailable']);
    expect([told.challenge, told.headers.get('retry-after')]).toEqual([null, '1']);
    expect((await show(token)).status).toBe(200);
  });
});

describe('R29 OpenID Connect Core §5.3.1 userinfo is asked', () => {
  it.each<[string, (token: string) => RequestInit]>([
    ['by GET', bearer],
    ['by POST with the header', (token) => ({ method: 'POST', ...bearer(token) })],
    ['by POST with a form of something else', (token) => ({ ...form(''), body: 'a=b', ...bearer(token) })],
    ['with a scheme in small letters', (token) => ({ headers: { authorization: `bearer ${token}` } })],
    ['by POST with a form (RFC 6750 §2.2)', form],
    [
      'with a charset (R44)',
      (token) => form(token, { headers: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' } }),
    ],
  ])('%s', async (_how, init) => {
    const { status, headers, json } = await ask(init(await tokenFor('openid')));
    expect([status, json]).toEqual([200, { sub }]);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('with a slash at the end too, and is not sent elsewhere (R43)', async () => {
    const response = await fetch(`${app.url}/userinfo/`, { ...bearer(await tokenFor('openid')), redirect: 'manual' });
    expect(response.status).toBe(200);
  });
});

describe('R28 OpenID Connect Core §5.1 and §5.4 what userinfo tells', () => {
  it.each([
    ['openid', {}],
    ['openid email', EMAIL],
    ['openid phone', PHONE],
    ['openid address', ADDRESS],
    ['openid profile', { ...PROFILE, updated_at: expect.any(Number) }],
    [ALL, { ...EVERYTHING, updated_at: expect.any(Number) }],
    ['openid email notes:read', EMAIL],
  ])('of %s exactly what belongs to it, beside the sub of the ID token (R24)', async (scope, told) => {
    const answer = await logIn(scope);
    const { json } = await show(textOf(answer, 'access_token'));
    expect(json).toEqual({ sub, ...told });
    expect(decodeJwt(textOf(answer, 'id_token')).sub).toBe(json['sub']);
  });

  it('all 14 claims of a profile, each of its type, updated_at in seconds', async () => {
    const { json } = await show(await tokenFor('openid profile'));
    expect(Object.keys(json)).toHaveLength(15);
    const [row] = await app.sql('SELECT floor(extract(epoch FROM updated_at))::float8 AS at FROM auth.users');
    expect(json['updated_at']).toBe(row?.['at']);
    expect(json['updated_at']).toBeLessThanOrEqual(app.nowSeconds());
  });

  it('nothing of what is not known: no null, no empty text, no empty address (§5.3.2)', async () => {
    await know({ name: 'Ada', nickname: '', address: {} });
    expect((await show(await tokenFor(ALL))).json).toEqual({ sub, name: 'Ada', updated_at: expect.any(Number) });
  });

  it('no more after a refresh for less, and all again after one for all', async () => {
    const answer = await logIn('openid email phone');
    const less = await outside.refresh(client, textOf(answer, 'refresh_token'), { scope: 'openid phone' });
    expect((await show(textOf(less, 'access_token'))).json).toEqual({ sub, ...PHONE });
    const all = await outside.refresh(client, textOf(less, 'refresh_token'));
    expect((await show(textOf(all, 'access_token'))).json).toEqual({ sub, ...EMAIL, ...PHONE });
  });

  it('what is known now, not what was known when it was allowed', async () => {
    const token = await tokenFor('openid email');
    await know({ email: 'countess@example.com' });
    expect((await show(token)).json).toEqual({ sub, email: 'countess@example.com' });
  });
});

describe('R21 OpenID Connect Core §5.5 what was asked for one by one', () => {
  const asking = (claims: object) => ({ claims: JSON.stringify(claims) });

  it('for userinfo is told there, and not put into the ID token', async () => {
    const answer = await logIn('openid', asking({ userinfo: { name: { essential: true }, email: null } }));
    expect((await show(textOf(answer, 'access_token'))).json).toEqual({ sub, name: PROFILE.name, email: EMAIL.email });
    for (const name of ['name', 'email']) expect(decodeJwt(textOf(answer, 'id_token'))).not.toHaveProperty(name);
  });

  it('for the ID token is told there, at the code and at a refresh, and not at userinfo', async () => {
    const answer = await logIn('openid', asking({ id_token: { name: null, phone_number: { essential: true } } }));
    const wanted = { name: PROFILE.name, phone_number: PHONE.phone_number };
    expect(decodeJwt(textOf(answer, 'id_token'))).toMatchObject(wanted);
    expect((await show(textOf(answer, 'access_token'))).json).toEqual({ sub });
    await know({ name: 'Augusta' });
    const refreshed = decodeJwt(textOf(await outside.refresh(client, textOf(answer, 'refresh_token')), 'id_token'));
    expect(refreshed['name']).toBe('Augusta');
    expect(refreshed).not.toHaveProperty('phone_number');
  });

  it('R27 puts nothing of a scope into the ID token, whatever is granted', async () => {
    const claims = decodeJwt(textOf(await logIn(ALL), 'id_token'));
    for (const name of Object.keys(EVERYTHING)) expect(claims).not.toHaveProperty(name);
  });

  it('never lets what is known of a person take the place of what the token says of itself', async () => {
    await know({
      ...EVERYTHING,
      sub: randomUUID(),
      iss: 'https://evil.example',
      aud: 'x',
      exp: 1,
      email: 'a@b.example',
    });
    const answer = await logIn(ALL, asking({ id_token: { email: null, sub: null }, userinfo: { sub: null } }));
    const claims = decodeJwt(textOf(answer, 'id_token'));
    expect(claims).toMatchObject({ sub, iss: ISSUER, aud: client.clientId, email: 'a@b.example' });
    const { json } = await show(textOf(answer, 'access_token'));
    expect(json['sub']).toBe(sub);
    for (const name of ['iss', 'aud', 'exp']) expect(json).not.toHaveProperty(name);
  });
});
