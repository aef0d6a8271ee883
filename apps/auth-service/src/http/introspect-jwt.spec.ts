import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { Outside, recordOf, textOf } from './test/outside.js';
import { ISSUER, NOTES, type ProtocolApp, startProtocolApp, type TestClient } from './test/protocol-app.js';

const JWT = 'application/token-introspection+jwt';

let app: ProtocolApp;
let outside: Outside;
let notes: TestClient;
let client: TestClient;
beforeAll(async () => {
  app = await startProtocolApp();
  outside = new Outside(app);
  client = await app.addClient();
  notes = await app.addClient({ resourceServer: NOTES.identifier });
});
afterAll(() => app.close());

const machineToken = async (): Promise<string> =>
  textOf(await outside.machine(client, { scope: 'notes:read' }), 'access_token');
const asked = async (accept: string, token: string): Promise<Response> =>
  outside.ask('/introspect', notes, { token }, { accept });

describe('RFC 9110 §12.5.1 in which form the answer comes', () => {
  it.each([
    ['application/json', 'application/json'],
    ['*/*', 'application/json'],
    ['text/html', 'application/json'],
    [`${JWT}, application/json`, 'application/json'],
    [`${JWT};q=0.9, application/json`, 'application/json'],
    [`application/json, ${JWT};q=0`, 'application/json'],
    [JWT, JWT],
    [`application/json;q=0.5, ${JWT}`, JWT],
    [`application/json;q=0, */*`, JWT],
  ])('who accepts %s gets %s, active or not', async (accept, type) => {
    for (const token of [await machineToken(), 'no token']) {
      const answer = await asked(accept, token);
      expect(answer.headers.get('content-type')?.split(';')[0]).toBe(type);
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    }
  });

  it('says in JSON who it was refused, whatever is accepted', async () => {
    const answer = await outside.ask('/introspect', { ...notes, secret: 'x' }, { token: 'x' }, { accept: JWT });
    expect([answer.status, recordOf(await answer.json())['error']]).toEqual([401, 'invalid_client']);
  });
});

describe('RFC 9701 §5 the answer as a JWT', () => {
  const verified = async (answer: Response, { clientId: audience } = notes) => {
    // What `jose` makes of the document is the test of it.
    const keys = createLocalJWKSet((await (await fetch(`${app.url}/jwks`)).json()) as JSONWebKeySet);
    return jwtVerify(await answer.text(), keys, {
      ...{ issuer: ISSUER, audience, typ: 'token-introspection+jwt' },
      currentDate: new Date(app.nowSeconds() * 1000),
    });
  };

  it('has exactly these members; neither sub nor exp stand at the top (§8.1), so that it is no access token', async () => {
    const token = await machineToken();
    const { protectedHeader, payload } = await verified(await asked(JWT, token));
    expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'token-introspection+jwt', kid: expect.any(String) });
    const claims = decodeJwt(token);
    expect(payload).toEqual({
      ...{ iss: ISSUER, aud: notes.clientId, iat: app.nowSeconds() },
      token_introspection: (await outside.introspect(notes, token)).json,
    });
    expect(recordOf(payload['token_introspection'])).toMatchObject({ active: true, jti: claims.jti });
  });

  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'] as const)(
    'is signed with %s for who is registered so (§6 introspection_signed_response_alg), and asked for all the same',
    async (algorithm) => {
      const own = await app.addClient({ introspectionSignedResponseAlg: algorithm });
      if (algorithm !== 'RS256') await app.rotation.ensure({ algorithm });
      const token = textOf(await outside.machine(own, { scope: 'notes:read' }), 'access_token');
      const answer = await outside.ask('/introspect', own, { token }, { accept: JWT });
      expect(decodeProtectedHeader(await answer.clone().text()).alg).toBe(algorithm);
      const { payload } = await verified(answer, own);
      expect(payload['token_introspection']).toMatchObject({ active: true });
      const plain = await outside.ask('/introspect', own, { token });
      expect(plain.headers.get('content-type')).toMatch(/^application\/json/);
    },
  );

  it('says of what is not active only that', async () => {
    const { payload } = await verified(await asked(JWT, 'no token'));
    expect(payload['token_introspection']).toEqual({ active: false });
  });

  it('is taken for no token anywhere: it is itself not active', async () => {
    const answer = await (await asked(JWT, await machineToken())).text();
    expect((await outside.introspect(notes, answer)).json).toEqual({ active: false });
  });

  it('is 503 while it cannot be signed, and JSON is answered all the same', async () => {
    app.elsewhere.signers = { signerFor: () => Promise.reject(new Error('vault.internal is sealed')) };
    const [signed, plain] = [await asked(JWT, 'no token'), await asked('application/json', 'no token')];
    delete app.elsewhere.signers;
    expect([signed.status, plain.status]).toEqual([503, 200]);
    expect(await signed.text()).not.toContain('vault');
  });
});

/** The issuer's name is not where this app listens. */
const there = (url: string, { method, headers, body }: openid.CustomFetchOptions): Promise<Response> =>
  fetch(url.replace(ISSUER, app.url), { method, headers, ...(body === undefined ? {} : { body }) });

describe('RFC 7662 and RFC 9701 by libraries that are none of ours', () => {
  it('oauth4webapi reads both forms, and checks the signature', async () => {
    const options = {
      [oauth.allowInsecureRequests]: true,
      [oauth.customFetch]: there,
    };
    const discovered = await oauth.discoveryRequest(new URL(ISSUER), options);
    const as = await oauth.processDiscoveryResponse(new URL(ISSUER), discovered);
    const who = { client_id: notes.clientId };
    const by = oauth.ClientSecretBasic(notes.secret ?? '');
    for (const requestJwtResponse of [false, true]) {
      for (const token of [await machineToken(), 'no token']) {
        const response = await oauth.introspectionRequest(as, who, by, token, { ...options, requestJwtResponse });
        expect(response.headers.get('content-type')?.includes('jwt')).toBe(requestJwtResponse);
        const answer = await oauth.processIntrospectionResponse(as, who, response);
        if (requestJwtResponse) await oauth.validateApplicationLevelSignature(as, response, options);
        expect([answer.active, answer.client_id]).toEqual(
          token === 'no token' ? [false, undefined] : [true, client.clientId],
        );
      }
    }
  });

  it('openid-client finds the endpoint, asks, and revokes', async () => {
    const config = await openid.discovery(
      new URL(ISSUER),
      notes.clientId,
      undefined,
      openid.ClientSecretBasic(notes.secret),
      {
        execute: [openid.allowInsecureRequests],
        [openid.customFetch]: there,
      },
    );
    const token = textOf(await outside.machine(notes, { scope: 'notes:read' }), 'access_token');
    expect(await openid.tokenIntrospection(config, token)).toMatchObject({ active: true, client_id: notes.clientId });
    await openid.tokenRevocation(config, token);
    expect(await openid.tokenIntrospection(config, token)).toEqual({ active: false });
  });
});
