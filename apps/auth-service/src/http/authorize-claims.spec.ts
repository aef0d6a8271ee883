import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostgresGrantStore } from '../persistence/postgres/grant-store.js';
import { authorizePath, Outside, recordOf, textOf } from './test/outside.js';
import { ISSUER, PERSON, type ProtocolApp, startProtocolApp, type TestClient } from './test/protocol-app.js';

const ALLOWED = ['openid', 'offline_access', 'profile', 'email', 'notes:read'];
const PASSWORD_ACR = 'urn:oasis:names:tc:SAML:2.0:ac:classes:Password';

let app: ProtocolApp;
let client: TestClient;
/** With a person who is logged in. */
let outside: Outside;
beforeAll(async () => {
  app = await startProtocolApp();
  client = await app.addClient({ allowedScope: ALLOWED });
  outside = new Outside(app);
  await outside.authorize(client, { scope: 'openid' });
});
afterAll(() => app.close());

const words = (claims: unknown, more: Record<string, string> = {}) => ({
  scope: 'openid',
  claims: typeof claims === 'string' ? claims : JSON.stringify(claims),
  ...more,
});

async function errorOf(claims: unknown, more: Record<string, string> = {}): Promise<string | null> {
  const seen = await outside.browser.get(authorizePath(client, words(claims, more)));
  return seen.location.startsWith('/') ? null : new URL(seen.location).searchParams.get('error');
}

/** The grant that an ID token or a refresh token came with, as another instance reads it. */
async function newestGrant() {
  const [row] = await app.sql('SELECT grant_id FROM auth.grants ORDER BY created_at DESC, grant_id LIMIT 1');
  return new PostgresGrantStore(app.database, () => undefined).find(String(row?.['grant_id']));
}

describe('OpenID Connect Core §5.5 claims, from the request to the grant', () => {
  it('stands in the grant as it was asked for', async () => {
    await app.sql('DELETE FROM auth.grants');
    const claims = { userinfo: { name: { essential: true }, nonsense: null }, id_token: { email: null } };
    expect((await outside.logIn(client, words(claims))).status).toBe(200);
    expect((await newestGrant())?.claims).toEqual({
      userinfo: [{ name: 'name', essential: true }],
      idToken: [{ name: 'email', essential: false }],
    });
  });

  it.each([
    ['none are asked for', words('{}')],
    ['none are known', words({ userinfo: { nonsense: null } })],
    ['none may be had', words({ userinfo: { address: null } })],
    ['it is no request of OpenID Connect', { scope: 'notes:read', claims: '{"userinfo":{"name":null}}' }],
  ])('leaves nothing in the grant where %s', async (_, request) => {
    await app.sql('DELETE FROM auth.grants');
    expect((await outside.logIn(client, request)).status).toBe(200);
    expect(Object.keys((await newestGrant()) ?? {})).not.toContain('claims');
  });

  it.each(['{', '[]', '{"userinfo":[]}', `{"x":"${'a'.repeat(5000)}"}`])(
    'sends back invalid_request for %s',
    async (text) => {
      expect(await errorOf(text)).toBe('invalid_request');
    },
  );
});

describe('OpenID Connect Core §5.5.1.1 acr', () => {
  it('sends back a request whose essential acr no log-in has, before anybody is asked', async () => {
    const claims = { id_token: { acr: { essential: true, values: ['urn:mace:incommon:iap:silver'] } } };
    expect(await errorOf(claims)).toBe('unmet_authentication_requirements');
  });

  it('R23 goes on where it is the one that log-ins have, or no more than a wish', async () => {
    for (const acr of [
      { essential: true, values: ['urn:x', PASSWORD_ACR] },
      { essential: true },
      { values: ['urn:x'] },
      null,
    ]) {
      expect(await errorOf({ id_token: { acr } }, { acr_values: 'urn:x urn:y' })).toBeNull();
    }
  });
});

describe('OpenID Connect Core §3.1.2.2 "MUST NOT reply with an ID Token or Access Token for a different user"', () => {
  const subOf = async (): Promise<string> => {
    const { claims } = await outside.verified(
      textOf(await outside.logIn(client, { scope: 'openid' }), 'id_token'),
      client.clientId,
    );
    return String(recordOf(claims)['sub']);
  };

  it('goes on for the person whose sub the ID token must have', async () => {
    const sub = await subOf();
    const path = authorizePath(client, words({ id_token: { sub: { values: ['somebody', sub] } } }));
    expect(new URL((await outside.browser.get(path)).location).searchParams.has('code')).toBe(true);
  });

  it('asks whoever else is logged in to log in, and with prompt=none answers login_required', async () => {
    const claims = { id_token: { sub: { value: 'somebody' } } };
    expect(await errorOf(claims, { prompt: 'none' })).toBe('login_required');
    const begun = await outside.browser.get(authorizePath(client, words(claims)));
    expect((await outside.browser.get(begun.location)).body).toContain('id="login-submit"');
  });

  it('tells the client when it is another who then logs in', async () => {
    const claims = { id_token: { sub: { value: 'somebody' } } };
    const begun = await outside.browser.get(authorizePath(client, words(claims)));
    const login = await outside.browser.get(begun.location);
    const loggedIn = await outside.browser.logIn(login, PERSON.username, PERSON.password);
    const seen = await outside.browser.get(loggedIn.location);
    const { searchParams } = new URL(seen.location);
    expect([searchParams.get('error'), searchParams.get('iss'), searchParams.has('code')]).toEqual([
      ...['login_required', ISSUER, false],
    ]);
  });
});
