import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccessTokenVerifier, parseJwks, RevocationList } from '@latchkey/tokens';
import { fakeClock } from '@latchkey/tokens/testing';
import { decodeJwt } from 'jose';
import { type Answer, Outside, recordOf, textOf } from './test/outside.js';
import { ISSUER, LIFETIMES, NOTES, type ProtocolApp, startProtocolApp, type TestClient } from './test/protocol-app.js';

let app: ProtocolApp;
let outside: Outside;
let client: TestClient;
beforeAll(async () => {
  app = await startProtocolApp();
  outside = new Outside(app);
  client = await app.addClient();
});
afterAll(() => app.close());

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const NONCE = 'n-0S6_WzA2Mj ~+/=ü';

const idTokenOf = async (answer: Answer, audience = client) =>
  outside.verified(textOf(answer, 'id_token'), audience.clientId);

/** OpenID Connect Core §3.1.3.6; SHA-256 for an algorithm that ends in 256. */
function leftHalfOfHash(token: string, algorithm = 'sha256'): string {
  const hash = createHash(algorithm).update(token, 'ascii').digest();
  return hash.subarray(0, hash.length / 2).toString('base64url');
}

describe('OpenID Connect Core §3.1.2.1 without the scope openid there is no ID token', () => {
  it('gives none at the code, nor at the refresh', async () => {
    const answer = await outside.logIn(client, { scope: 'notes:read', nonce: NONCE });
    expect(answer.status).toBe(200);
    expect(answer.json).not.toHaveProperty('id_token');
    const refreshed = await outside.refresh(client, textOf(answer, 'refresh_token'));
    expect(refreshed.json).not.toHaveProperty('id_token');
  });
});

describe('RFC 9068 §5 and RFC 8725 §3.11 an ID token is no access token', () => {
  it('is refused by the verifier of an API, whatever audience it asks for', async () => {
    const answer = await outside.logIn(client, { scope: 'openid notes:read' });
    const found = parseJwks(recordOf(await (await fetch(`${app.url}/jwks`)).json()));
    const judge = (audience: string, token: string) =>
      new AccessTokenVerifier({
        issuer: ISSUER,
        audience,
        keys: {
          ...{ loaded: true, outdated: false, find: (kid) => found.get(kid) },
          ...{ refresh: () => Promise.resolve(), changed: () => Promise.resolve() },
        },
        revocations: new RevocationList(),
        clock: fakeClock(app.nowSeconds() * 1000),
      }).judge(token);
    expect(judge(NOTES.identifier, textOf(answer, 'access_token'))).toMatchObject({ verdict: 'genuine' });
    for (const audience of [NOTES.identifier, client.clientId]) {
      expect(judge(audience, textOf(answer, 'id_token'))).toEqual({ verdict: 'refused', reason: 'wrong_type' });
    }
  });
});

describe('OpenID Connect Core §2 and §3.1.3.3 the ID token', () => {
  it('holds exactly these claims, each of its type', async () => {
    const answer = await outside.logIn(client, { scope: 'openid notes:read' });
    const { claims } = await idTokenOf(answer);
    const access = decodeJwt(textOf(answer, 'access_token'));
    expect(claims).toEqual({
      iss: ISSUER,
      sub: access.sub,
      aud: client.clientId,
      azp: client.clientId,
      iat: app.nowSeconds(),
      exp: app.nowSeconds() + LIFETIMES.idToken,
      auth_time: access['auth_time'],
      acr: 'urn:oasis:names:tc:SAML:2.0:ac:classes:Password',
      amr: ['pwd'],
      sid: access['sid'],
      at_hash: leftHalfOfHash(textOf(answer, 'access_token')),
    });
    expect([claims.sub, claims['sid']]).toEqual([expect.stringMatching(UUID), expect.stringMatching(UUID)]);
    for (const name of ['iat', 'exp', 'auth_time']) expect(Number.isInteger(claims[name])).toBe(true);
    expect(Number(claims.exp)).toBeGreaterThan(Number(claims.iat));
    expect(Number(claims['auth_time'])).toBeLessThanOrEqual(Number(claims.iat));
  });

  it.each(['n-0S6_WzA2Mj', NONCE, 'x'.repeat(512)])('gives the nonce back unmodified: %s', async (nonce) => {
    const { claims } = await idTokenOf(await outside.logIn(client, { nonce }));
    expect(claims['nonce']).toBe(nonce);
  });

  it('has no nonce where none was sent, or an empty one', async () => {
    for (const words of [{}, { nonce: '' }]) {
      expect((await idTokenOf(await outside.logIn(client, words))).claims).not.toHaveProperty('nonce');
    }
  });

  it('is signed with RS256 where the client is registered so: §15.1 asks it of every server', async () => {
    const { header } = await idTokenOf(await outside.logIn(client));
    expect(header).toEqual({ alg: 'RS256', typ: 'JWT', kid: expect.any(String) });
  });

  it.each(['ES256', 'PS256', 'EdDSA'] as const)(
    'is signed with %s where the client is registered so',
    async (algorithm) => {
      const modern = await app.addClient({ idTokenSignedResponseAlg: algorithm });
      const answer = await outside.logIn(modern);
      const { header, claims } = await idTokenOf(answer, modern);
      expect(header).toEqual({ alg: algorithm, typ: 'JWT', kid: expect.any(String) });
      // Ed25519 hashes with SHA-512 (RFC 8032 §5.1).
      const hash = algorithm === 'EdDSA' ? 'sha512' : 'sha256';
      expect(claims['at_hash']).toBe(leftHalfOfHash(textOf(answer, 'access_token'), hash));
    },
  );
});

describe('OpenID Connect Core §3.1.3.6 at_hash', () => {
  it('is that of the access token beside it, at the code and at each refresh', async () => {
    const first = await outside.logIn(client);
    const second = await outside.refresh(client, textOf(first, 'refresh_token'));
    const hashes = [];
    for (const answer of [first, second]) {
      const { claims } = await idTokenOf(answer);
      expect(claims['at_hash']).toBe(leftHalfOfHash(textOf(answer, 'access_token')));
      hashes.push(claims['at_hash']);
    }
    expect(hashes[0]).not.toBe(hashes[1]);
  });
});
