import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anApi, writeRefreshToken } from '@latchkey/protocol/testing';
import { signJwt } from '@latchkey/tokens/issuing';
import { accessTokenClaims, until } from '@latchkey/tokens/testing';
import { decodeJwt } from 'jose';
import { Outside, recordOf, refusalOf, textOf } from './test/outside.js';
import {
  ISSUER,
  MAIL,
  NOTES,
  type ProtocolApp,
  startProtocolApp,
  type TestClient,
  USERINFO,
} from './test/protocol-app.js';
import { wronglySigned } from './test/wrongly-signed.js';

let app: ProtocolApp;
let outside: Outside;
/** The APIs that ask, and a client of neither. */
let notes: TestClient;
let mail: TestClient;
let client: TestClient;
beforeAll(async () => {
  app = await startProtocolApp();
  outside = new Outside(app);
  client = await app.addClient();
  [notes, mail] = [await api(NOTES.identifier), await api(MAIL.identifier)];
});
afterAll(() => app.close());

const api = (resourceServer: string): Promise<TestClient> =>
  app.addClient({ resourceServer, grantTypes: [], redirectUris: [] });
const machineToken = async (of = client, words = { scope: 'notes:read' }): Promise<string> =>
  textOf(await outside.machine(of, words), 'access_token');
/** As this issuer signs, whatever is in it. */
const written = async (claims: object, typ = 'at+jwt'): Promise<string> => {
  const now = app.nowSeconds();
  const good = { iss: ISSUER, aud: NOTES.identifier, client_id: client.clientId, iat: now, exp: now + 240 };
  return signJwt(await app.keys.signerFor('ES256'), typ, { ...accessTokenClaims(), ...good, ...claims });
};
/** All that may be told of what is not active: one text, whatever the cause (§2.2). */
const expectInactive = async (by: TestClient, token: string): Promise<void> => {
  const response = await outside.ask('/introspect', by, { token });
  const { headers } = response;
  expect([response.status, headers.get('cache-control'), headers.get('ratelimit'), await response.text()]).toEqual([
    ...[200, 'no-store', null, '{"active":false}'],
  ]);
};
const isActive = async (by: TestClient, token: string): Promise<unknown> =>
  (await outside.introspect(by, token)).json['active'];

describe('RFC 7662 §2.1 "the endpoint MUST also require some form of authorization"', () => {
  it.each<[string, () => Promise<TestClient> | TestClient]>([
    ['a public client, although the token is its own', () => app.addClient({ tokenEndpointAuthMethod: 'none' })],
    ['a wrong secret', () => ({ ...notes, secret: 'f'.repeat(64) })],
    ['a client that does not exist', () => ({ clientId: 'e'.repeat(32), secret: 'x' })],
    ['a client_id without its secret', () => ({ ...notes, secret: undefined })],
  ])('refuses %s, and says nothing of the token', async (_, who) => {
    const asking = await who();
    const answer = await outside.introspect(asking, await machineToken());
    expect(refusalOf(answer)).toEqual([401, 'invalid_client']);
    expect(answer.json).not.toHaveProperty('active');
    // RFC 6749 §5.2: where the Authorization header was tried, the challenge names its scheme.
    const challenge = answer.headers.get('www-authenticate');
    expect(challenge).toBe(asking.secret === undefined ? null : 'Basic realm="latchkey"');
  });

  it('refuses a Bearer token in place of the credentials of a client', async () => {
    const token = await machineToken();
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${app.url}/introspect`, {
      ...{ method: 'POST', headers, body: new URLSearchParams({ token }) },
    });
    expect(response.status).toBe(401);
  });

  it.each([
    ['without a token', ''],
    ['with an empty one', 'token='],
    ['with two', 'token=a&token=b'],
  ])('refuses a request %s', async (_, body) => {
    const basic = Buffer.from(`${notes.clientId}:${notes.secret ?? ''}`).toString('base64');
    const response = await fetch(`${app.url}/introspect`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
      body,
    });
    expect([response.status, recordOf(await response.json())['error']]).toEqual([400, 'invalid_request']);
  });

  it.each(['GET', 'PUT', 'DELETE'])(
    'answers %s with 405, and a token in the URI with a refusal (§4)',
    async (method) => {
      const answer = await fetch(`${app.url}/introspect`, { method });
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
      const leaked = await outside.ask(`/introspect?token=${await machineToken()}`, notes, { token: 'x' });
      expect([leaked.status, recordOf(await leaked.json())['error']]).toEqual([400, 'invalid_request']);
    },
  );
});

describe('RFC 7662 §2.2 and §4: every cause of "active": false is one answer', () => {
  it.each<[string, () => Promise<string>]>([
    ['no token at all', () => Promise.resolve('no token')],
    ['a token of another issuer', () => written({ iss: 'https://elsewhere.example' })],
    ['an expired one', () => written({ iat: app.nowSeconds() - 300, exp: app.nowSeconds() - 60 })],
    ['one of the future', () => written({ iat: app.nowSeconds() + 60 })],
    ['one that must not be used yet', () => written({ nbf: app.nowSeconds() + 60 })],
    ['an ID token', async () => textOf(await outside.logIn(client, { scope: 'openid notes:read' }), 'id_token')],
    ['a JWT of another type by the same key', () => written({}, 'JWT')],
    [
      'a token whose payload was changed',
      async () => {
        const [head, , signature] = (await machineToken()).split('.');
        const claims = { ...decodeJwt(await machineToken()), scope: 'notes:write' };
        return [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
      },
    ],
    ['a token for another API', () => machineToken(client, { scope: 'mail:read' })],
    [
      'a refresh token, which is no business of an API',
      async () => textOf(await outside.logIn(client, { scope: 'notes:read' }), 'refresh_token'),
    ],
  ])('%s', async (_, token) => {
    await expectInactive(notes, await token());
  });

  it('a token of somebody else, for a client that is no API', async () => {
    const other = await app.addClient();
    await expectInactive(other, await machineToken());
    await expectInactive(other, textOf(await outside.logIn(client, { scope: 'notes:read' }), 'refresh_token'));
  });

  it.each<
    [
      string,
      (
        claims: Readonly<Record<string, unknown>>,
      ) => readonly ['token' | 'grant' | 'session' | 'subject' | 'client', string],
    ]
  >([
    ['the token', ({ jti }) => ['token', String(jti)]],
    ['its grant', ({ grant_id }) => ['grant', String(grant_id)]],
    ['its session', ({ sid }) => ['session', String(sid)]],
    ['its client', ({ client_id }) => ['client', String(client_id)]],
    ['its person', ({ sub }) => ['subject', String(sub)]],
  ])('%s was revoked: at once, where it was revoked', async (_, meaning) => {
    const own = await app.addClient();
    const token = textOf(await outside.logIn(own, { scope: 'notes:read' }), 'access_token');
    expect(await isActive(notes, token)).toBe(true);
    const [kind, value] = meaning(decodeJwt(token));
    await app.world.revocations.revoke({ kind, value, actor: 'spec', address: '127.0.0.1', receipt: false });
    await expectInactive(notes, token);
    outside.browser.jar.clear();
  });

  it('the client of the token was disabled, by a stale generation', async () => {
    const own = await app.addClient();
    const token = await machineToken(own);
    await app.world.revocations.revoke({
      ...{ kind: 'client', value: own.clientId, actor: 'spec', address: '127.0.0.1', receipt: false },
    });
    await expectInactive(own, token);
    expect(await isActive(own, await machineToken(own))).toBe(true);
  });

  it('the token was revoked, as this instance has heard, although a restored PostgreSQL has lost it', async () => {
    const token = await machineToken();
    await outside.revoke(client, token, { prefer: 'wait=10' });
    const { jti = '' } = decodeJwt(token);
    const revocable = { jti, sub: client.clientId, client_id: client.clientId, gen: { iss: 0, cli: 0 } };
    await until(() => app.world.revocation.membership.match(revocable, '') === 'token', 'it was heard');
    await app.sql('DELETE FROM auth.revocations WHERE value = $1', [jti]);
    await expectInactive(notes, token);
  });
});

describe('RFC 7662 §2.2 what an API is told of a token for it', () => {
  it('of a person: exactly these members, and no name', async () => {
    const token = textOf(await outside.logIn(client, { scope: 'notes:read notes:write' }), 'access_token');
    const { claims } = await outside.verified(token, NOTES.identifier);
    const { status, headers, json } = await outside.introspect(notes, token);
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(json).toEqual({
      active: true,
      scope: claims['scope'],
      client_id: client.clientId,
      token_type: 'Bearer',
      ...{ exp: claims.exp, iat: claims.iat, sub: claims.sub, aud: NOTES.identifier, iss: ISSUER, jti: claims.jti },
      ...{ auth_time: claims['auth_time'], acr: claims['acr'], amr: ['pwd'] },
    });
  });

  it('of a machine, and of one of several audiences', async () => {
    const machine = await outside.introspect(notes, await machineToken());
    expect(machine.json).toMatchObject({ active: true, sub: client.clientId, client_id: client.clientId });
    expect(machine.json).not.toHaveProperty('auth_time');
    const both = textOf(await outside.logIn(client, { scope: 'openid notes:read' }), 'access_token');
    expect((await outside.introspect(notes, both)).json).toMatchObject({
      ...{ active: true, aud: [NOTES.identifier, USERINFO] },
    });
    await expectInactive(mail, both);
  });

  it('of one that is bound to a key: cnf and the type DPoP (RFC 9449 §6.2); of a stepped-up log-in: acr (RFC 9470 §6.2)', async () => {
    const cnf = { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' };
    const { json } = await outside.introspect(notes, await written({ cnf, acr: 'urn:example:gold', auth_time: 1 }));
    expect(json).toMatchObject({ active: true, token_type: 'DPoP', cnf, acr: 'urn:example:gold', auth_time: 1 });
  });

  it('to the client that was given it too, whoever it is for', async () => {
    expect(await isActive(client, await machineToken(client, { scope: 'mail:read' }))).toBe(true);
  });

  it.each(['access_token', 'refresh_token', 'something else'])('whatever the hint: %s (§2.1)', async (hint) => {
    const words = { token_type_hint: hint };
    const answer = await outside.logIn(client, { scope: 'notes:read' });
    const access = await outside.introspect(notes, textOf(answer, 'access_token'), words);
    const refresh = await outside.introspect(client, textOf(answer, 'refresh_token'), words);
    expect([access.json['active'], refresh.json['active']]).toEqual([true, true]);
  });
});

describe('RFC 7662 §2.2 a refresh token is active for its client while /token would take it', () => {
  const loggedIn = async (scope = 'openid notes:read', of = client): Promise<string> =>
    textOf(await outside.logIn(of, { scope }), 'refresh_token');

  it('with exactly these members', async () => {
    const answer = await outside.logIn(client, { scope: 'openid notes:read offline_access' });
    const { claims } = await outside.verified(textOf(answer, 'access_token'), NOTES.identifier);
    expect((await outside.introspect(client, textOf(answer, 'refresh_token'))).json).toEqual({
      active: true,
      scope: 'openid notes:read offline_access',
      ...{ client_id: client.clientId, sub: claims.sub, iss: ISSUER, exp: app.nowSeconds() + 86_400 },
    });
  });

  it('the one before the current while a retry would get the same successor, and no older one; and asking ends nothing', async () => {
    const first = await loggedIn();
    const second = textOf(await outside.refresh(client, first), 'refresh_token');
    expect([await isActive(client, first), await isActive(client, second)]).toEqual([true, true]);
    const third = textOf(await outside.refresh(client, second), 'refresh_token');
    await expectInactive(client, first);
    await app.sql(`UPDATE auth.grants SET rotation_bucket = rotation_bucket - 60`);
    await expectInactive(client, first);
    await expectInactive(client, second);
    expect(await isActive(client, third)).toBe(true);
    expect((await outside.refresh(client, third)).status).toBe(200);
  });

  it('not one from the future, nor with a wrong MAC', async () => {
    const token = await loggedIn();
    const [grant] = await app.sql('SELECT grant_id FROM auth.grants ORDER BY created_at DESC LIMIT 1');
    const forged = { grantId: String(grant?.['grant_id']), generation: 7 };
    await expectInactive(client, await writeRefreshToken(forged, app.keys.refreshKeys));
    await expectInactive(
      client,
      await writeRefreshToken({ grantId: randomUUID(), generation: 0 }, app.keys.refreshKeys),
    );
    await expectInactive(client, wronglySigned(token));
  });

  it.each<[string, (token: string) => Promise<unknown>]>([
    ['its grant was revoked', (token) => outside.revoke(client, token)],
    ['its grant has expired', () => app.sql(`UPDATE auth.grants SET expires_at = clock_timestamp()`)],
    ['its session has ended', () => app.sql(`UPDATE auth.login_sessions SET ended_at = clock_timestamp()`)],
  ])('not when %s', async (_, end) => {
    const token = await loggedIn('notes:read');
    expect(await isActive(client, token)).toBe(true);
    await end(token);
    await expectInactive(client, token);
    outside.browser.jar.clear();
  });

  it('not when its client may not refresh any more', async () => {
    const own = await app.addClient();
    const token = await loggedIn('notes:read', own);
    await app.sql(`UPDATE auth.clients SET grant_types = '{authorization_code}' WHERE client_id = $1`, [own.clientId]);
    await expectInactive(own, token);
  });
});

describe('DESIGN §4, RFC 8725 §2.2: a token under a shared secret is spoken of to its API alone', () => {
  it('also not to its client, since the API could have written it', async () => {
    const shared = anApi({
      ...{ identifier: 'https://shared.example', name: 'Shared', accessTokenSigningAlg: 'HS256' },
      scopes: [{ name: 'shared:read', description: 'Read what is shared' }],
    });
    await app.addApi(shared);
    await app.rotation.addSecret(shared.identifier, { actor: 'spec', receipt: false });
    const machine = await app.addClient({ allowedScope: ['shared:read'] });
    const token = await machineToken(machine, { scope: 'shared:read' });
    expect(await isActive(await api(shared.identifier), token)).toBe(true);
    for (const other of [machine, notes, client]) await expectInactive(other, token);
  });
});
