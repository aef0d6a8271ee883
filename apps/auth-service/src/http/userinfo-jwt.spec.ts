import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { authorizePath, Outside, recordOf, textOf } from './test/outside.js';
import { ISSUER, type ProtocolApp, startProtocolApp } from './test/protocol-app.js';

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'HS256'] as const;

let app: ProtocolApp;
let outside: Outside;
beforeAll(async () => {
  app = await startProtocolApp();
  outside = new Outside(app);
  await app.sql(`UPDATE auth.users SET claims = '{"email": "ada@example.com", "email_verified": true}'`);
});
afterAll(() => app.close());

const show = (token: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${app.url}/userinfo`, { ...init, headers: { authorization: `Bearer ${token}` } });

describe('R29 OpenID Connect Core §5.3.2 userinfo as a JWT', () => {
  it.each(ALGORITHMS)('under %s: the claims with iss and aud, for whom the client registered it', async (algorithm) => {
    const allowedScope = ['openid', 'email'];
    const client = await app.addClient({ allowedScope, userinfoSignedResponseAlg: algorithm });
    const answer = await outside.logIn(client, { scope: 'openid email', prompt: 'consent', nonce: 'n-0S6_WzA2Mj' });
    const [sub] = (await app.sql('SELECT sub FROM auth.users')).map((row) => row['sub']);
    for (const method of ['GET', 'POST']) {
      const response = await show(textOf(answer, 'access_token'), { method });
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/jwt']);
      expect(response.headers.get('cache-control')).toBe('no-store');
      const jwt = await response.text();
      const expected = { issuer: ISSUER, audience: client.clientId, algorithms: [algorithm] };
      const jwks = recordOf(await (await fetch(`${app.url}/jwks`)).json());
      const { payload } =
        algorithm === 'HS256'
          ? await jwtVerify(jwt, Buffer.from(client.secret ?? '', 'utf8'), expected)
          : // What `jose` makes of the document is the test of it.
            await jwtVerify(jwt, createLocalJWKSet(jwks as unknown as JSONWebKeySet), expected);
      const told = { sub, email: 'ada@example.com', email_verified: true };
      // No nonce, and none of the marks of an ID token.
      expect(payload).toEqual({ ...told, iss: ISSUER, aud: client.clientId });
      expect(decodeProtectedHeader(jwt)).toEqual({
        alg: algorithm,
        ...(algorithm === 'HS256' ? {} : { kid: expect.any(String) }),
      });
      const hinted = authorizePath(client, { scope: 'openid', prompt: 'none', id_token_hint: jwt });
      const { location } = await outside.browser.get(hinted);
      expect(new URL(location).searchParams.get('error')).toBe('invalid_request');
    }
  });

  it('says errors in JSON all the same (RFC 6750 §3)', async () => {
    const client = await app.addClient({ userinfoSignedResponseAlg: 'RS256' });
    const token = textOf(await outside.logIn(client, { scope: 'openid', prompt: 'consent' }), 'access_token');
    await outside.revoke(client, token);
    const response = await show(token);
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  });

  it('is 503 while nobody can sign it', async () => {
    const client = await app.addClient({ userinfoSignedResponseAlg: 'HS256' });
    const token = textOf(await outside.logIn(client, { scope: 'openid', prompt: 'consent' }), 'access_token');
    await app.sql('UPDATE auth.client_secrets SET sealed = NULL WHERE client_id = $1', [client.clientId]);
    expect((await show(token)).status).toBe(503);
  });
});
