import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Authorized, Outside, refusalOf, REDIRECT_URI, scopeOf, textOf, type Words } from './test/outside.js';
import { MAIL, NOTES, type ProtocolApp, startProtocolApp, type TestClient } from './test/protocol-app.js';

let app: ProtocolApp;
let outside: Outside;
let client: TestClient;
beforeAll(async () => {
  app = await startProtocolApp();
  outside = new Outside(app);
  client = await app.addClient();
});
afterAll(() => app.close());

/** How many entries revoke the grant that this access token came from. */
async function revocationsOf(accessToken: string): Promise<number> {
  const { claims } = await outside.verified(accessToken, NOTES.identifier);
  const rows = await app.sql("SELECT 1 FROM auth.revocations WHERE kind = 'grant' AND value = $1", [
    claims['grant_id'],
  ]);
  return rows.length;
}

describe('R32 RFC 6749 §4.1.2 "The authorization code MUST expire shortly after it is issued"', () => {
  it('refuses a code 60 seconds and 61 seconds after its birth, and writes no grant', async () => {
    for (const age of [60, 61]) {
      const authorized = await outside.authorize(client);
      app.advance(age);
      expect(refusalOf(await outside.redeem(client, authorized))).toEqual([400, 'invalid_grant']);
    }
    expect(await app.sql('SELECT * FROM auth.grants')).toEqual([]);
  });

  it('takes a code of 59 seconds', async () => {
    const authorized = await outside.authorize(client);
    app.advance(59);
    expect((await outside.redeem(client, authorized)).status).toBe(200);
  });

  it('refuses a code that comes again, and revokes what it gave, within its life and after it', async () => {
    for (const age of [0, 59, 60, 90, 119]) {
      const authorized = await outside.authorize(client);
      const tokens = await outside.redeem(client, authorized);
      app.advance(age);
      expect(refusalOf(await outside.redeem(client, authorized))).toEqual([400, 'invalid_grant']);
      expect(await revocationsOf(textOf(tokens, 'access_token'))).toBe(1);
      expect(refusalOf(await outside.refresh(client, textOf(tokens, 'refresh_token')))).toEqual([400, 'invalid_grant']);
      // The clock of the app went on: the token is judged by the next round at its own time.
      app.advance(-age);
    }
  });

  it('refuses a used code plainly when it is remembered no more, after 120 seconds, and revokes nothing', async () => {
    const authorized = await outside.authorize(client);
    const tokens = await outside.redeem(client, authorized);
    app.advance(121);
    expect(refusalOf(await outside.redeem(client, authorized))).toEqual([400, 'invalid_grant']);
    expect(await revocationsOf(textOf(tokens, 'access_token'))).toBe(0);
    expect((await outside.refresh(client, textOf(tokens, 'refresh_token'))).status).toBe(200);
  });

  it('revokes nothing for a replay by somebody else', async () => {
    const authorized = await outside.authorize(client);
    const tokens = await outside.redeem(client, authorized);
    const thief = await app.addClient();
    expect(refusalOf(await outside.redeem(thief, authorized))).toEqual([400, 'invalid_grant']);
    const wrongVerifier = { ...authorized, verifier: 'w'.repeat(43) };
    expect(refusalOf(await outside.redeem(client, wrongVerifier))).toEqual([400, 'invalid_grant']);
    expect(await revocationsOf(textOf(tokens, 'access_token'))).toBe(0);
  });
});

describe('R33 RFC 6749 §4.1.3 the redirect_uri of the token request', () => {
  const good = async (authorized: Authorized, words: Words = {}): Promise<void> => {
    expect((await outside.redeem(client, authorized, words)).status).toBe(200);
  };

  it.each<[string, string | undefined]>([
    ['another one', 'https://client.example/other'],
    ['one with a query added', `${REDIRECT_URI}?x=1`],
    ['none although the authorization request named one', undefined],
  ])('refuses %s, and the code stays good', async (_, redirectUri) => {
    const authorized = await outside.authorize(client);
    const refused = await outside.redeem(client, authorized, { redirect_uri: redirectUri });
    expect(refusalOf(refused)).toEqual([400, 'invalid_grant']);
    await good(authorized);
  });

  it('may be left out, or say the only registered one, where the authorization request left it out', async () => {
    const words = { redirect_uri: undefined, scope: 'notes:read' };
    await good(await outside.authorize(client, words), { redirect_uri: undefined });
    await good(await outside.authorize(client, words));
    const authorized = await outside.authorize(client, words);
    const refused = await outside.redeem(client, authorized, { redirect_uri: 'https://client.example/other' });
    expect(refusalOf(refused)).toEqual([400, 'invalid_grant']);
  });
});

describe('RFC 8707 §2.2 the resource of the token request', () => {
  it.each<[string, string | readonly string[]]>([
    ['that was not part of the authorization request', MAIL.identifier],
    ['that is no API of this server', 'https://unknown.example'],
    ['beside another', [NOTES.identifier, MAIL.identifier]],
  ])('refuses a resource %s, and the code stays good', async (_, resource) => {
    const authorized = await outside.authorize(client, { scope: 'notes:read mail:read', resource: NOTES.identifier });
    expect(refusalOf(await outside.redeem(client, authorized, { resource }))).toEqual([400, 'invalid_target']);
    const answer = await outside.redeem(client, authorized);
    const { claims } = await outside.verified(textOf(answer, 'access_token'), NOTES.identifier);
    expect([claims.aud, claims['scope']]).toEqual([NOTES.identifier, 'notes:read']);
  });

  it('refuses the API that a granted scope was moved to: the person allowed it at another', async () => {
    const authorized = await outside.authorize(client, { scope: 'notes:write', resource: NOTES.identifier });
    const move = (identifier: string) =>
      app.sql("UPDATE auth.api_scopes SET identifier = $1 WHERE name = 'notes:write'", [identifier]);
    await move(MAIL.identifier);
    const refused = await outside.redeem(client, authorized, { resource: MAIL.identifier });
    await move(NOTES.identifier);
    expect(refusalOf(refused)).toEqual([400, 'invalid_target']);
    expect((await outside.redeem(client, authorized)).status).toBe(200);
  });

  it('refuses a resource of which no scope was granted, and the code stays good', async () => {
    const authorized = await outside.authorize(client, { scope: 'notes:read' });
    const refused = await outside.redeem(client, authorized, { resource: MAIL.identifier });
    expect(refusalOf(refused)).toEqual([400, 'invalid_target']);
    expect((await outside.redeem(client, authorized)).status).toBe(200);
  });

  it('asks for one where the scope belongs to several APIs, and the code stays good', async () => {
    const authorized = await outside.authorize(client, { scope: 'notes:read notes:write mail:read' });
    expect(refusalOf(await outside.redeem(client, authorized))).toEqual([400, 'invalid_target']);
    const answer = await outside.redeem(client, authorized, { resource: NOTES.identifier });
    const { claims } = await outside.verified(textOf(answer, 'access_token'), NOTES.identifier);
    expect(claims.aud).toBe(NOTES.identifier);
    expect(scopeOf(claims['scope'])).toEqual(['notes:read', 'notes:write']);
    expect(scopeOf(answer.json['scope'])).toEqual(['notes:read', 'notes:write']);
  });
});

describe('R30 RFC 6749 §4.1.4 and §5.1 the answer', () => {
  it('has the members of a token response, and is not to be stored', async () => {
    const answer = await outside.logIn(client);
    expect(Object.keys(answer.json).sort()).toEqual([
      'access_token',
      'expires_in',
      'id_token',
      'refresh_token',
      'scope',
      'token_type',
    ]);
    expect([answer.json['token_type'], answer.json['expires_in']]).toEqual(['Bearer', 240]);
    expect([answer.headers.get('cache-control'), answer.headers.get('pragma')]).toEqual(['no-store', 'no-cache']);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  });
});
