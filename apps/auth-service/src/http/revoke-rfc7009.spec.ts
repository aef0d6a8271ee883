import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anApi, writeRefreshToken } from '@latchkey/protocol/testing';
import { signJwt } from '@latchkey/tokens/issuing';
import { accessTokenClaims } from '@latchkey/tokens/testing';
import { decodeJwt } from 'jose';
import { Outside, recordOf, refusalOf, textOf } from './test/outside.js';
import { ISSUER, NOTES, type ProtocolApp, startProtocolApp, type TestClient } from './test/protocol-app.js';
import { wronglySigned } from './test/wrongly-signed.js';

let app: ProtocolApp;
let outside: Outside;
let client: TestClient;
let open: TestClient;
let other: TestClient;
/** The API, which says whether a token is still good. */
let notes: TestClient;
beforeAll(async () => {
  app = await startProtocolApp();
  outside = new Outside(app);
  [client, other, open, notes] = await Promise.all([
    app.addClient(),
    app.addClient(),
    app.addClient({ tokenEndpointAuthMethod: 'none' }),
    app.addClient({ resourceServer: NOTES.identifier }),
  ]);
});
afterAll(() => app.close());

const machineToken = async (of = client): Promise<string> =>
  textOf(await outside.machine(of, { scope: 'notes:read' }), 'access_token');
const tokensOf = async (of: TestClient): Promise<{ readonly access: string; readonly refresh: string }> => {
  const answer = await outside.logIn(of, { scope: 'notes:read' });
  return { access: textOf(answer, 'access_token'), refresh: textOf(answer, 'refresh_token') };
};
const isActive = async (accessToken: string): Promise<unknown> =>
  (await outside.introspect(notes, accessToken)).json['active'];
const revoke = async (by: TestClient, token: string, words: Readonly<Record<string, string>> = {}) => {
  const response = await outside.ask('/revoke', by, { token, ...words });
  const text = await response.text();
  return [response.status, text === '' ? '' : recordOf(JSON.parse(text))['error']];
};
const entries = async (): Promise<number> => (await app.sql('SELECT 1 FROM auth.revocations')).length;

describe('RFC 7009 §2.1 "If this validation fails, the request is refused and the client is informed of the error"', () => {
  it('an access token and a refresh token of another client: invalid_grant, and both stay good', async () => {
    const { access, refresh } = await tokensOf(client);
    const before = await entries();
    for (const thief of [other, open]) {
      for (const token of [access, refresh]) expect(await revoke(thief, token)).toEqual([400, 'invalid_grant']);
    }
    expect(await entries()).toBe(before);
    expect(await isActive(access)).toBe(true);
    expect((await outside.refresh(client, refresh)).status).toBe(200);
  });

  it('the API that a token is for is not the client that was given it', async () => {
    const token = await machineToken();
    expect(await revoke(notes, token)).toEqual([400, 'invalid_grant']);
    expect(await isActive(token)).toBe(true);
  });

  it('a confidential client that proves nothing, or proves it wrongly (§5)', async () => {
    const token = await machineToken();
    const wrong = { ...client, secret: 'f'.repeat(64) };
    const silent = { clientId: client.clientId, secret: undefined };
    for (const asking of [wrong, silent]) expect(await revoke(asking, token)).toEqual([401, 'invalid_client']);
    expect(await isActive(token)).toBe(true);
  });

  it('no token, or an empty one: invalid_request', async () => {
    for (const words of [{}, { token: '' }]) {
      const response = await outside.ask('/revoke', client, words);
      expect([response.status, recordOf(await response.json())['error']]).toEqual([400, 'invalid_request']);
    }
  });

  it.each(['GET', 'PUT', 'DELETE'])('%s: 405, and it says which method is allowed', async (method) => {
    const answer = await fetch(`${app.url}/revoke`, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('a token in the URI, where logs keep it', async () => {
    const token = await machineToken();
    const response = await outside.ask(`/revoke?token=${token}`, client, { token });
    expect([response.status, recordOf(await response.json())['error']]).toEqual([400, 'invalid_request']);
    expect(await isActive(token)).toBe(true);
  });
});

describe('RFC 7009 §2.2.1 unsupported_token_type', () => {
  it('a token under a secret that an API shares, which could have written it', async () => {
    const shared = anApi({
      ...{ identifier: 'https://shared.example', name: 'Shared', accessTokenSigningAlg: 'HS256' },
      scopes: [{ name: 'shared:read', description: 'Read what is shared' }],
    });
    await app.addApi(shared);
    await app.rotation.addSecret(shared.identifier, { actor: 'spec', receipt: false });
    const machine = await app.addClient({ allowedScope: ['shared:read'] });
    const token = textOf(await outside.machine(machine, { scope: 'shared:read' }), 'access_token');
    const before = await entries();
    for (const by of [machine, other]) expect(await revoke(by, token)).toEqual([400, 'unsupported_token_type']);
    expect(await entries()).toBe(before);
  });
});

describe('RFC 7009 §2.2 "200 if the token has been revoked successfully or if the client submitted an invalid token"', () => {
  it.each<[string, () => Promise<string>]>([
    ['what is no token', () => Promise.resolve('no token')],
    ['an expired access token', () => written({ iat: app.nowSeconds() - 300, exp: app.nowSeconds() - 60 })],
    ['an access token of another issuer', () => written({ iss: 'https://elsewhere.example' })],
    ['an ID token', async () => textOf(await outside.logIn(client, { scope: 'openid notes:read' }), 'id_token')],
    ['a refresh token with a wrong MAC', async () => wronglySigned((await tokensOf(client)).refresh)],
    [
      'a refresh token of a grant that is not there',
      () => writeRefreshToken({ grantId: randomUUID(), generation: 0 }, app.keys.refreshKeys),
    ],
  ])('%s: 200, and nothing is revoked', async (_, token) => {
    const presented = await token();
    const before = await entries();
    expect(await revoke(client, presented)).toEqual([200, '']);
    expect(await entries()).toBe(before);
  });

  async function written(claims: object): Promise<string> {
    const now = app.nowSeconds();
    const own = { iss: ISSUER, aud: NOTES.identifier, client_id: client.clientId, iat: now, exp: now + 240 };
    return signJwt(await app.keys.signerFor('ES256'), 'at+jwt', { ...accessTokenClaims(), ...own, ...claims });
  }
});

describe('RFC 7009 §2.1 "The invalidation takes place immediately, and the token cannot be used again"', () => {
  it('an access token: it alone; its refresh token goes on (a MAY)', async () => {
    const { access, refresh } = await tokensOf(client);
    const neighbour = await tokensOf(client);
    expect(await revoke(client, access)).toEqual([200, '']);
    expect([await isActive(access), await isActive(neighbour.access)]).toEqual([false, true]);
    const [row] = await app.sql(`SELECT kind, cause FROM auth.revocations WHERE value = $1`, [decodeJwt(access).jti]);
    expect(row).toEqual({ kind: 'token', cause: 'revoked_by_client' });
    expect((await outside.refresh(client, refresh)).status).toBe(200);
  });

  it('a refresh token: "the authorization server SHOULD also invalidate all access tokens based on the same authorization grant"', async () => {
    const { access, refresh } = await tokensOf(client);
    const second = await outside.refresh(client, refresh);
    const neighbour = await tokensOf(client);
    expect(await revoke(client, textOf(second, 'refresh_token'))).toEqual([200, '']);
    expect([await isActive(access), await isActive(textOf(second, 'access_token'))]).toEqual([false, false]);
    for (const token of [refresh, textOf(second, 'refresh_token')]) {
      expect(refusalOf(await outside.refresh(client, token))).toEqual([400, 'invalid_grant']);
    }
    expect(await isActive(neighbour.access)).toBe(true);
    expect((await outside.refresh(client, neighbour.refresh)).status).toBe(200);
  });

  it('a refresh token that was rotated away long ago: its client wants the end of the grant all the same', async () => {
    const { refresh } = await tokensOf(client);
    const next = textOf(await outside.refresh(client, refresh), 'refresh_token');
    await app.sql('UPDATE auth.grants SET rotation_bucket = rotation_bucket - 3600');
    expect(await revoke(client, refresh)).toEqual([200, '']);
    expect(refusalOf(await outside.refresh(client, next))).toEqual([400, 'invalid_grant']);
  });

  it('the tokens of a public client, by its client_id (§2.1: "verifies whether the token was issued to the client")', async () => {
    const { access, refresh } = await tokensOf(open);
    expect(await revoke(open, access)).toEqual([200, '']);
    expect(await isActive(access)).toBe(false);
    expect(await revoke(open, refresh)).toEqual([200, '']);
    expect(refusalOf(await outside.refresh(open, refresh))).toEqual([400, 'invalid_grant']);
  });

  it.each(['access_token', 'refresh_token', 'saml2', ''])(
    'whatever the hint says: %j ("it MUST extend its search across all of its supported token types")',
    async (hint) => {
      const { refresh } = await tokensOf(client);
      const access = await machineToken();
      for (const token of [access, refresh]) {
        expect(await revoke(client, token, { token_type_hint: hint })).toEqual([200, '']);
      }
      expect(await isActive(access)).toBe(false);
      expect(refusalOf(await outside.refresh(client, refresh))).toEqual([400, 'invalid_grant']);
    },
  );

  it('50 at once are 200 each, and one entry', async () => {
    const { refresh } = await tokensOf(client);
    const access = await machineToken();
    const before = await entries();
    for (const token of [access, refresh]) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => revoke(client, token)));
      expect(answers.filter(([status]) => status === 200)).toHaveLength(50);
    }
    expect(await entries()).toBe(before + 2);
  });
});
