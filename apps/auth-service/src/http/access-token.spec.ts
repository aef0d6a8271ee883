import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anApi } from '@latchkey/protocol/testing';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { Outside, recordOf, scopeOf, textOf } from './test/outside.js';
import {
  ISSUER,
  LIFETIMES,
  MAIL,
  NOTES,
  type ProtocolApp,
  startProtocolApp,
  type TestClient,
  USERINFO,
} from './test/protocol-app.js';

let app: ProtocolApp;
let outside: Outside;
let client: TestClient;
beforeAll(async () => {
  app = await startProtocolApp();
  outside = new Outside(app);
  client = await app.addClient();
});
afterAll(() => app.close());

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const accessTokenFor = async (scope: string): Promise<string> =>
  textOf(await outside.logIn(client, { scope }), 'access_token');

describe('RFC 9068 §2.1 the header', () => {
  it('is at+jwt, ES256 and the kid of a published key, and nothing else', async () => {
    const header = decodeProtectedHeader(await accessTokenFor('notes:read'));
    expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) });
    const jwks = recordOf(await (await fetch(`${app.url}/jwks`)).json());
    expect(jwks['keys']).toContainEqual(expect.objectContaining({ kid: header.kid, alg: 'ES256' }));
  });
});

describe('RFC 9068 §2.2 and §2.2.3 the claims', () => {
  it('of a person, in a session: exactly these, each of its type', async () => {
    const { claims } = await outside.verified(await accessTokenFor('notes:read notes:write'), NOTES.identifier);
    const [person] = await app.sql("SELECT sub FROM auth.users WHERE username = 'ada'");
    expect(claims).toEqual({
      iss: ISSUER,
      sub: person?.['sub'],
      aud: NOTES.identifier,
      client_id: client.clientId,
      iat: app.nowSeconds(),
      exp: app.nowSeconds() + 240,
      jti: expect.stringMatching(UUID),
      scope: expect.any(String),
      auth_time: expect.any(Number),
      acr: 'urn:oasis:names:tc:SAML:2.0:ac:classes:Password',
      amr: ['pwd'],
      grant_id: expect.stringMatching(UUID),
      sid: expect.stringMatching(UUID),
      gen: { iss: 0, cli: 0, sub: 0 },
    });
    expect(claims.sub).toMatch(UUID);
    expect(scopeOf(claims['scope'])).toEqual(['notes:read', 'notes:write']);
    for (const name of ['iat', 'exp', 'auth_time']) expect(Number.isInteger(claims[name])).toBe(true);
    expect(Number(claims['auth_time'])).toBeLessThanOrEqual(app.nowSeconds());
  });

  it('name the session that the person has, and its own login time', async () => {
    const { claims } = await outside.verified(await accessTokenFor('notes:read'), NOTES.identifier);
    const [session] = await app.sql(
      'SELECT floor(extract(epoch FROM auth_time))::float8 AS auth_time FROM auth.login_sessions WHERE sid = $1',
      [claims['sid']],
    );
    expect(session).toEqual({ auth_time: claims['auth_time'] });
  });

  it('have a jti that no other token has, of fifty', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        outside.token(client, { grant_type: 'client_credentials', scope: 'notes:read' }),
      ),
    );
    const ids = answers.map((answer) => decodeJwt(textOf(answer, 'access_token')).jti);
    expect(new Set(ids).size).toBe(50);
    for (const id of ids) expect(id).toMatch(UUID);
  });
});

describe('RFC 9068 §3 and RFC 7519 §4.1.3 the audience', () => {
  it('is one string for one API', async () => {
    expect(decodeJwt(await accessTokenFor('notes:read')).aud).toBe(NOTES.identifier);
  });

  it('is a list, the API first, where openid adds the userinfo endpoint', async () => {
    const claims = decodeJwt(await accessTokenFor('openid notes:read'));
    expect(claims.aud).toEqual([NOTES.identifier, USERINFO]);
    expect(scopeOf(claims['scope'])).toEqual(['notes:read', 'openid']);
  });

  it('is the userinfo endpoint alone where no API is meant', async () => {
    const claims = decodeJwt(await accessTokenFor('openid'));
    expect([claims.aud, claims['scope']]).toEqual([USERINFO, 'openid']);
  });
});

describe('RFC 9068 §2.2 exp: the lifetime of the API, where it has one', () => {
  const lifetimeOf = async (words: Record<string, string>): Promise<unknown> => {
    const answer = await outside.logIn(client, words);
    const { exp = 0, iat = 0 } = decodeJwt(textOf(answer, 'access_token'));
    expect(answer.json['expires_in']).toBe(exp - iat);
    return exp - iat;
  };

  it('is each API its own, and the setting where there is none', async () => {
    expect(await lifetimeOf({ scope: 'openid notes:read' })).toBe(240);
    expect(await lifetimeOf({ scope: 'mail:read' })).toBe(120);
    expect(await lifetimeOf({ scope: 'openid' })).toBe(LIFETIMES.accessToken);
  });

  it('is the row as it stands now', async () => {
    await app.sql('UPDATE auth.apis SET access_token_lifetime_seconds = 77 WHERE identifier = $1', [MAIL.identifier]);
    expect(await lifetimeOf({ scope: 'mail:read' })).toBe(77);
  });
});

describe('RFC 9068 §2.1 the algorithm is that of the API', () => {
  it('is RS256 for an API that was registered so', async () => {
    const scopes = [{ name: 'old:read', description: 'Read what is old' }];
    await app.addApi(anApi({ identifier: 'https://old.example', name: 'Old', scopes, accessTokenSigningAlg: 'RS256' }));
    const old = await app.addClient({ allowedScope: ['old:read'] });
    const answer = await outside.token(old, { grant_type: 'client_credentials' });
    const { header } = await outside.verified(textOf(answer, 'access_token'), 'https://old.example');
    expect([header.alg, header.typ]).toEqual(['RS256', 'at+jwt']);
  });
});
