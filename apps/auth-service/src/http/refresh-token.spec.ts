import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Outside, refusalOf, scopeOf, textOf } from './test/outside.js';
import { MAIL, NOTES, type ProtocolApp, startProtocolApp, type TestClient, USERINFO } from './test/protocol-app.js';

let app: ProtocolApp;
let outside: Outside;
let client: TestClient;
beforeAll(async () => {
  app = await startProtocolApp();
  outside = new Outside(app);
  client = await app.addClient();
});
afterAll(() => app.close());

const refreshTokenFor = async (scope: string, words = {}): Promise<string> =>
  textOf(await outside.logIn(client, { scope, ...words }), 'refresh_token');

describe('R36 RFC 6749 §6 scope: "MUST NOT include any scope not originally granted by the resource owner"', () => {
  it.each([
    ['that is allowed for the client but was not granted', 'notes:read notes:write', 'notes:write'],
    ['of another API', 'mail:read', 'mail:read'],
    ['of OpenID that was not granted', 'notes:read openid', 'openid'],
    ['offline_access that was not granted', 'notes:read offline_access', 'offline_access'],
    ['of the admin API', 'clients:write', 'clients:write'],
    ['that is malformed', 'notes:read "', 'malformed'],
  ])('refuses a scope %s, says what of it, and the refresh token stays good', async (_, scope, what) => {
    const token = await refreshTokenFor('notes:read');
    const refused = await outside.refresh(client, token, { scope });
    expect(refusalOf(refused)).toEqual([400, 'invalid_scope']);
    expect(textOf(refused, 'error_description')).toMatch(new RegExp(`\\b${what}\\b`));
    expect(refused.json).not.toHaveProperty('access_token');
    expect((await outside.refresh(client, token)).json['scope']).toBe('notes:read');
  });

  it('narrows one answer and not the grant: the next refresh has the whole again', async () => {
    const first = await outside.refresh(client, await refreshTokenFor('openid notes:read notes:write'), {
      scope: 'notes:read',
    });
    const narrow = await outside.verified(textOf(first, 'access_token'), NOTES.identifier);
    expect([first.json['scope'], narrow.claims['scope'], narrow.claims.aud]).toEqual([
      'notes:read',
      'notes:read',
      NOTES.identifier,
    ]);
    expect(first.json).not.toHaveProperty('id_token');
    const second = await outside.refresh(client, textOf(first, 'refresh_token'));
    const whole = await outside.verified(textOf(second, 'access_token'), NOTES.identifier);
    expect(scopeOf(whole.claims['scope'])).toEqual(['notes:read', 'notes:write', 'openid']);
    expect(whole.claims.aud).toEqual([NOTES.identifier, USERINFO]);
    expect(second.json).toHaveProperty('id_token');
  });
});

describe('RFC 8707 §2.2 the resource of a refresh lies within the grant', () => {
  it.each<[string, string | readonly string[]]>([
    ['of which nothing was granted', MAIL.identifier],
    ['that is no API of this server', 'https://unknown.example'],
    ['beside another', [NOTES.identifier, MAIL.identifier]],
  ])('refuses a resource %s, and the refresh token stays good', async (_, resource) => {
    const token = await refreshTokenFor('notes:read');
    expect(refusalOf(await outside.refresh(client, token, { resource }))).toEqual([400, 'invalid_target']);
    expect((await outside.refresh(client, token)).status).toBe(200);
  });

  it('refuses another resource than the one of the authorization request', async () => {
    const words = { resource: NOTES.identifier };
    const token = await refreshTokenFor('notes:read mail:read', words);
    expect(refusalOf(await outside.refresh(client, token, { resource: MAIL.identifier }))).toEqual([
      400,
      'invalid_target',
    ]);
    const { claims } = await outside.verified(
      textOf(await outside.refresh(client, token), 'access_token'),
      NOTES.identifier,
    );
    expect([claims.aud, claims['scope']]).toEqual([NOTES.identifier, 'notes:read']);
  });

  it('refuses the API that a granted scope was moved to: the person allowed it at another', async () => {
    const token = await refreshTokenFor('notes:write', { resource: NOTES.identifier });
    const move = (identifier: string) =>
      app.sql("UPDATE auth.api_scopes SET identifier = $1 WHERE name = 'notes:write'", [identifier]);
    await move(MAIL.identifier);
    const refused = await outside.refresh(client, token, { resource: MAIL.identifier });
    await move(NOTES.identifier);
    expect(refusalOf(refused)).toEqual([400, 'invalid_target']);
    expect((await outside.refresh(client, token)).status).toBe(200);
  });

  it('narrows audience and scope to a resource within, for one answer alone', async () => {
    const code = await outside.authorize(client, { scope: 'notes:read mail:read' });
    const token = textOf(await outside.redeem(client, code, { resource: NOTES.identifier }), 'refresh_token');
    const mail = await outside.refresh(client, token, { resource: MAIL.identifier });
    const { claims } = await outside.verified(textOf(mail, 'access_token'), MAIL.identifier);
    expect([claims.aud, claims['scope'], mail.json['scope'], mail.json['expires_in']]).toEqual([
      MAIL.identifier,
      'mail:read',
      'mail:read',
      120,
    ]);
    const next = textOf(mail, 'refresh_token');
    expect(refusalOf(await outside.refresh(client, next))).toEqual([400, 'invalid_target']);
    const notes = await outside.refresh(client, next, { resource: NOTES.identifier });
    expect(notes.json['scope']).toBe('notes:read');
  });
});

describe('R36 OpenID Connect Core §12.2 what a refresh answers', () => {
  it('has the same subject and auth_time, a new iat, and an ID token without nonce', async () => {
    const first = await outside.logIn(client, { scope: 'openid notes:read', nonce: 'n-0S6_WzA2Mj' });
    const before = await outside.verified(textOf(first, 'id_token'), client.clientId);
    const accessBefore = await outside.verified(textOf(first, 'access_token'), NOTES.identifier);
    expect(before.claims['nonce']).toBe('n-0S6_WzA2Mj');
    app.advance(30);
    const second = await outside.refresh(client, textOf(first, 'refresh_token'));
    const after = await outside.verified(textOf(second, 'id_token'), client.clientId);
    const accessAfter = await outside.verified(textOf(second, 'access_token'), NOTES.identifier);
    expect(after.claims).not.toHaveProperty('nonce');
    for (const name of ['iss', 'sub', 'aud', 'auth_time', 'sid']) {
      expect([name, after.claims[name]]).toEqual([name, before.claims[name]]);
    }
    for (const name of ['sub', 'auth_time', 'grant_id', 'client_id', 'gen']) {
      expect([name, accessAfter.claims[name]]).toEqual([name, accessBefore.claims[name]]);
    }
    expect([after.claims.iat, accessAfter.claims.iat]).toEqual([app.nowSeconds(), app.nowSeconds()]);
    expect(after.claims.exp).toBe(app.nowSeconds() + 620);
    expect(accessAfter.claims.jti).not.toBe(accessBefore.claims.jti);
    expect(textOf(second, 'refresh_token')).not.toBe(textOf(first, 'refresh_token'));
  });
});

describe('RFC 6749 §1.5 and OpenID Connect Core §11 who may refresh, and how long', () => {
  it('refuses a grant that has expired', async () => {
    const token = await refreshTokenFor('notes:read');
    await app.sql(
      "UPDATE auth.grants SET expires_at = clock_timestamp() - interval '1 second' WHERE revoked_at IS NULL",
    );
    expect(refusalOf(await outside.refresh(client, token))).toEqual([400, 'invalid_grant']);
  });

  it('keeps an offline grant as long as the setting says, and one of a session no longer than that session', async () => {
    const lives = async (scope: string): Promise<unknown> => {
      const answer = await outside.logIn(client, { scope });
      const { claims } = await outside.verified(textOf(answer, 'access_token'), NOTES.identifier);
      const [row] = await app.sql(
        `SELECT extract(epoch FROM g.expires_at - g.created_at)::float8 AS life, g.expires_at <= s.expires_at AS within
         FROM auth.grants g JOIN auth.login_sessions s USING (sid) WHERE g.grant_id = $1`,
        [claims['grant_id']],
      );
      return row;
    };
    expect(await lives('notes:read offline_access')).toEqual({ life: 86_400, within: false });
    expect(await lives('notes:read')).toMatchObject({ within: true });
  });

  it('gives no refresh token to a client without the grant, drops its offline_access, and refuses it a refresh', async () => {
    const plain = await app.addClient({ grantTypes: ['authorization_code'] });
    const answer = await outside.logIn(plain, { scope: 'openid notes:read offline_access' });
    expect(answer.status).toBe(200);
    expect(answer.json).not.toHaveProperty('refresh_token');
    expect(scopeOf(answer.json['scope'])).toEqual(['notes:read', 'openid']);
    const { claims } = await outside.verified(textOf(answer, 'access_token'), NOTES.identifier);
    expect(scopeOf(claims['scope'])).toEqual(['notes:read', 'openid']);
    // Without offline_access the grant ends with the session.
    expect(claims).toHaveProperty('sid');
    const [grant] = await app.sql('SELECT scope, ends_with_session FROM auth.grants WHERE grant_id = $1', [
      claims['grant_id'],
    ]);
    expect(grant).toEqual({ scope: ['openid', 'notes:read'], ends_with_session: true });
    const foreign = await refreshTokenFor('notes:read');
    expect(refusalOf(await outside.refresh(plain, foreign))).toEqual([400, 'unauthorized_client']);
  });

  it('names the session in the access tokens of a grant that ends with it, and not in those of an offline one', async () => {
    for (const [scope, bound] of [
      ['openid notes:read', true],
      ['openid notes:read offline_access', false],
    ] as const) {
      const first = await outside.logIn(client, { scope });
      const second = await outside.refresh(client, textOf(first, 'refresh_token'));
      for (const answer of [first, second]) {
        const { claims } = await outside.verified(textOf(answer, 'access_token'), NOTES.identifier);
        const idToken = await outside.verified(textOf(answer, 'id_token'), client.clientId);
        expect(idToken.claims['sid']).toEqual(expect.any(String));
        expect(claims['sid']).toBe(bound ? idToken.claims['sid'] : undefined);
      }
    }
  });

  it('ends a grant with its session, and an offline one not', async () => {
    const bound = await refreshTokenFor('notes:read');
    const offline = await refreshTokenFor('notes:read offline_access');
    await app.sql('UPDATE auth.login_sessions SET ended_at = clock_timestamp() WHERE ended_at IS NULL');
    expect(refusalOf(await outside.refresh(client, bound))).toEqual([400, 'invalid_grant']);
    expect((await outside.refresh(client, offline)).status).toBe(200);
  });
});
