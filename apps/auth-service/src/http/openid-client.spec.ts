import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import * as openid from 'openid-client';
import { Outside, REDIRECT_URI, textOf } from './test/outside.js';
import { ISSUER, type ProtocolApp, startProtocolApp, type TestClient } from './test/protocol-app.js';
import { EVERYTHING } from './test/test-person.js';

const SCOPE = 'openid profile email address phone';
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;
type Algorithm = (typeof ALGORITHMS)[number];

let app: ProtocolApp;
let outside: Outside;
const clients = new Map<Algorithm, TestClient>();
beforeAll(async () => {
  app = await startProtocolApp();
  outside = new Outside(app);
  await app.sql('UPDATE auth.users SET claims = $1::jsonb', [JSON.stringify(EVERYTHING)]);
  for (const algorithm of ALGORITHMS) {
    const allowedScope = [...SCOPE.split(' '), 'offline_access', 'notes:read'];
    clients.set(algorithm, await app.addClient({ allowedScope, idTokenSignedResponseAlg: algorithm }));
  }
});
afterAll(() => app.close());

/** Where the issuer is in this test. */
const there = (url: string, { method, headers, body }: openid.CustomFetchOptions): Promise<Response> =>
  fetch(url.replace(ISSUER, app.url), { method, headers, ...(body === null || body === undefined ? {} : { body }) });

/** An application of somebody else's, that believes nothing which is not signed. */
async function application(algorithm: Algorithm): Promise<openid.Configuration> {
  const client = clients.get(algorithm);
  if (client?.secret === undefined) throw new Error(algorithm);
  const metadata = { id_token_signed_response_alg: algorithm, redirect_uris: [REDIRECT_URI], [openid.clockSkew]: 700 };
  return openid.discovery(new URL(ISSUER), client.clientId, metadata, openid.ClientSecretBasic(client.secret), {
    execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks],
    [openid.customFetch]: there,
  });
}

async function logIn(config: openid.Configuration) {
  const { client_id: clientId } = config.clientMetadata();
  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [openid.randomState(), openid.randomNonce()];
  const { callback } = await outside.authorize(
    { clientId, secret: undefined },
    {
      ...{ scope: SCOPE, state: expectedState, nonce: expectedNonce, prompt: 'consent', max_age: '10000' },
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    },
  );
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, maxAge: 10_000, idTokenExpected: true };
  const tokens = await openid.authorizationCodeGrant(config, callback, checks);
  const claims = tokens.claims();
  if (claims === undefined) throw new Error('no ID token');
  return { tokens, claims, clientId, nonce: expectedNonce };
}

describe('R24, R25 and R26 OpenID Connect Core §2, §3.1.3.6 and §3.1.3.7 an application that checks all of it', () => {
  it.each(ALGORITHMS)('takes the ID token under %s, its nonce and its at_hash', async (algorithm) => {
    const { claims, clientId, nonce, tokens } = await logIn(await application(algorithm));
    const now = app.nowSeconds();
    expect(claims).toMatchObject({ iss: ISSUER, aud: clientId, azp: clientId, nonce, at_hash: expect.any(String) });
    expect([typeof claims.iat, typeof claims.exp, typeof claims.auth_time]).toEqual(['number', 'number', 'number']);
    expect(Math.abs(claims.iat - now)).toBeLessThanOrEqual(300);
    expect(claims.auth_time).toBeLessThanOrEqual(now);
    expect(claims.auth_time).toBeGreaterThan(now - 31_536_000);
    expect(claims.sub).toMatch(/^[\x20-\x7e]{1,255}$/);
    expect(decodeJwt(tokens.access_token)).toMatchObject({ iss: claims.iss, sub: claims.sub });
  });

  it('R36 §12.2 takes the refreshed one: the same person, client and log-in, no nonce', async () => {
    const config = await application('RS256');
    const first = await logIn(config);
    app.advance(2);
    const refreshed = await openid.refreshTokenGrant(config, first.tokens.refresh_token ?? '');
    const { iss, sub, aud, azp, auth_time, iat, sid, acr } = first.claims;
    const claims = refreshed.claims();
    expect(claims).toMatchObject({ iss, sub, aud, azp, auth_time, sid, acr });
    expect(claims?.iat).toBeGreaterThan(iat);
    expect(claims).not.toHaveProperty('nonce');
  });
});

describe('R28 OpenID Connect Core §5.1 a person of whom everything is known', () => {
  it('is told at userinfo with every claim of the four scopes, each of its type and with something in it', async () => {
    const config = await application('RS256');
    const { tokens, claims } = await logIn(config);
    const told = await openid.fetchUserInfo(config, tokens.access_token, claims.sub);
    expect(told).toEqual({ sub: claims.sub, ...EVERYTHING, updated_at: expect.any(Number) });
    expect([typeof told.email_verified, typeof told.phone_number_verified]).toEqual(['boolean', 'boolean']);
    // §5.1: "the number of seconds from 1970-01-01T00:00:00Z"; 631152000 is 1990.
    expect(told.updated_at).toBeGreaterThan(631_152_000);
    expect(told.updated_at).toBeLessThanOrEqual(app.nowSeconds());
    expect(told.birthdate).toMatch(/^\d{4}(-\d{2}-\d{2})?$/);
    for (const url of [told.profile, told.picture, told.website]) expect(URL.canParse(url ?? '')).toBe(true);
    expect(Intl.getCanonicalLocales(told.locale)).toEqual([told.locale]);
    expect(() => new Intl.DateTimeFormat('en', { timeZone: told.zoneinfo ?? '' })).not.toThrow();
    for (const value of Object.values(told.address ?? {})) expect(value).toMatch(/./);
    expect(JSON.stringify(told)).not.toMatch(/null|""/);
  });

  it('is refused by an application to whom another was told (§5.3.2)', async () => {
    const config = await application('RS256');
    const { tokens } = await logIn(config);
    await expect(openid.fetchUserInfo(config, tokens.access_token, 'another')).rejects.toThrow();
  });
});

/** Shannon's, of the characters of one text, times its length: as the conformance suite reckons. */
function bitsOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  const each = [...counts.values()].map((count) => (count / text.length) * Math.log2(text.length / count));
  return each.reduce((sum, part) => sum + part, 0) * text.length;
}

describe('R31 RFC 6749 §10.10, Appendix A.12 and A.17 what must not be guessed', () => {
  it('are codes of 32 random bytes, and tokens of no less, each of its own, in printable characters', async () => {
    const client = clients.get('ES256');
    if (client === undefined) throw new Error('no client');
    const [codes, access, refresh] = [new Set<string>(), new Set<string>(), new Set<string>()];
    for (let count = 0; count < 10; count += 1) {
      const authorized = await outside.authorize(client, { scope: 'openid', prompt: 'consent' });
      const answer = await outside.redeem(client, authorized);
      codes.add(authorized.code);
      access.add(textOf(answer, 'access_token'));
      refresh.add(textOf(answer, 'refresh_token'));
    }
    expect([codes.size, access.size, refresh.size]).toEqual([10, 10, 10]);
    for (const code of codes) expect(code).toMatch(/^[\w-]{43}$/);
    for (const text of [...codes, ...access, ...refresh]) {
      expect(bitsOf(text)).toBeGreaterThan(128);
      expect(text).toMatch(/^[\x20-\x7e]{43,}$/);
    }
  });
});
