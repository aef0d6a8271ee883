import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ScriptBrowser, type Seen } from '../interaction/test/script-browser.js';
import { authorizePath, Outside, REDIRECT_URI, scopeOf, textOf, type Words } from './test/outside.js';
import {
  ISSUER,
  MAIL,
  NOTES,
  PERSON,
  type ProtocolApp,
  startProtocolApp,
  type TestClient,
} from './test/protocol-app.js';

let app: ProtocolApp;
let client: TestClient;
/** With a person who is logged in. */
let outside: Outside;
beforeAll(async () => {
  app = await startProtocolApp();
  client = await app.addClient();
});
beforeEach(async () => {
  outside = new Outside(app);
  await outside.authorize(client);
  // Nothing is remembered: what is judged here is who is asked for what (consent-remembered.spec has the rest).
  await app.sql('DELETE FROM auth.consents');
});
afterAll(() => app.close());

const stranger = (): ScriptBrowser => new ScriptBrowser(app.url);

/** The page that waits for the person. */
async function pageFor(words: Words): Promise<Seen> {
  const begun = await outside.browser.get(authorizePath(client, words));
  expect([begun.status, begun.location]).toEqual([303, expect.stringMatching(/^\/interaction\/[\w-]{43}$/)]);
  return outside.browser.get(begun.location);
}
const isLogin = (page: Seen): boolean => page.body.includes('id="login-submit"');
const isConsent = (page: Seen): boolean => page.body.includes('id="consent-approve"');

/** An error that goes back to the client, with all that must stand beside it. */
function expectSentBack(seen: Seen, error: string): void {
  expect(seen.status).toBe(303);
  expect(seen.location.startsWith(`${REDIRECT_URI}?`)).toBe(true);
  expect(Object.fromEntries(new URL(seen.location).searchParams)).toEqual({
    error,
    error_description: expect.any(String),
    state: 'a state',
    iss: ISSUER,
  });
}

describe('R18 OpenID Connect Core §3.1.2.1 prompt=none "MUST NOT display any ... user interface pages"', () => {
  it('answers consent_required to a person who is logged in and has allowed nothing', async () => {
    expectSentBack(await outside.browser.get(authorizePath(client, { prompt: 'none' })), 'consent_required');
  });

  it('answers login_required where nobody is logged in, or too long ago', async () => {
    expectSentBack(await stranger().get(authorizePath(client, { prompt: 'none' })), 'login_required');
    const words = { prompt: 'none', max_age: '0' };
    expectSentBack(await outside.browser.get(authorizePath(client, words)), 'login_required');
  });

  it.each(['none login', 'none consent', 'login none', 'create', 'login create', 'LOGIN'])(
    'refuses prompt=%s',
    async (prompt) => {
      expectSentBack(await outside.browser.get(authorizePath(client, { prompt })), 'invalid_request');
    },
  );
});

describe('R19 OpenID Connect Core §3.1.2.1 prompt=login "SHOULD prompt the End-User for reauthentication"', () => {
  it.each(['login', 'login consent', 'login select_account'])(
    'prompt=%s asks a person who is logged in again, and gives no code before',
    async (prompt) => {
      const first = await pageFor({ prompt });
      expect([isLogin(first), isConsent(first)]).toEqual([true, false]);
      // Coming back with the old session changes nothing.
      expect(isLogin(await outside.browser.get(first.action.replace(/\/login$/, '')))).toBe(true);
      const loggedIn = await outside.browser.logIn(first, PERSON.username, PERSON.password);
      const second = await outside.browser.get(loggedIn.location);
      expect(isConsent(second)).toBe(true);
      expect((await outside.browser.approve(second)).location).toContain('code=');
    },
  );

  it('asks again although the session cookie was withheld from a cross-site POST and comes back on the redirect', async () => {
    const { jar } = outside.browser;
    const loggedIn = new Map(jar);
    jar.clear();
    const fields = Object.fromEntries(new URL(authorizePath(client, { prompt: 'login' }), ISSUER).searchParams);
    const begun = await outside.browser.post('/authorize', fields);
    for (const [name, value] of loggedIn) if (!jar.has(name)) jar.set(name, value);
    const page = await outside.browser.get(begun.location);
    expect([isLogin(page), isConsent(page)]).toEqual([true, false]);
  });

  it('asks nothing but consent without it, or with prompt=consent', async () => {
    for (const words of [{}, { prompt: 'consent' }]) expect(isConsent(await pageFor(words))).toBe(true);
  });
});

describe('OpenID Connect Core §3.1.2.1 prompt=select_account "SHOULD prompt the End-User to select a user account"', () => {
  const isChoice = (page: Seen): boolean => page.body.includes('id="account-continue"');
  const press = (page: Seen, button: string): Promise<Seen> =>
    outside.browser.post(page.action, { ...page.hidden, [button]: 'x' });

  it('lets the person who is logged in go on, without the password again', async () => {
    const choice = await pageFor({ prompt: 'select_account' });
    expect([isChoice(choice), isLogin(choice), isConsent(choice)]).toEqual([true, false, false]);
    expect(choice.body).toContain(PERSON.username);
    // Coming back changes nothing.
    expect(isChoice(await outside.browser.get(choice.action.replace(/\/account$/, '')))).toBe(true);
    const chosen = await press(choice, 'account-continue');
    expect(chosen.status).toBe(303);
    const consent = await outside.browser.get(chosen.location);
    expect(isConsent(consent)).toBe(true);
    expect((await outside.browser.approve(consent)).location).toContain('code=');
  });

  it('lets another person log in, who need not choose again', async () => {
    const choice = await pageFor({ prompt: 'select_account' });
    const login = await outside.browser.get((await press(choice, 'account-other')).location);
    expect(isLogin(login)).toBe(true);
    const loggedIn = await outside.browser.logIn(login, PERSON.username, PERSON.password);
    expect(isConsent(await outside.browser.get(loggedIn.location))).toBe(true);
  });

  it('is left by cancelling: access_denied', async () => {
    expectSentBack(await press(await pageFor({ prompt: 'select_account' }), 'login-cancel'), 'access_denied');
  });

  it('asks to log in where nobody is logged in, or too long ago', async () => {
    const words = { prompt: 'select_account' };
    const nobody = stranger();
    const begun = await nobody.get(authorizePath(client, words));
    expect(isLogin(await nobody.get(begun.location))).toBe(true);
    expect(isLogin(await pageFor({ ...words, max_age: '0' }))).toBe(true);
  });

  it('refuses a form of another page, with no button, or shown to another browser', async () => {
    const choice = await pageFor({ prompt: 'select_account' });
    const other = await pageFor({ prompt: 'select_account' });
    for (const fields of [
      { ...choice.hidden, csrf: other.hidden['csrf'] ?? '', 'account-continue': 'x' },
      { ...choice.hidden, shown: 'x', 'account-continue': 'x' },
      choice.hidden,
    ]) {
      expect((await outside.browser.post(choice.action, fields)).status).toBe(403);
    }
    expect((await stranger().post(choice.action, { ...choice.hidden, 'account-continue': 'x' })).status).toBe(400);
  });

  it('chooses nobody for whoever has logged in since: the choice is shown anew', async () => {
    const choice = await pageFor({ prompt: 'select_account' });
    const login = await pageFor({ prompt: 'login' });
    await outside.browser.logIn(login, PERSON.username, PERSON.password);
    const chosen = await press(choice, 'account-continue');
    expect(isChoice(await outside.browser.get(chosen.location))).toBe(true);
  });
});

describe('R19 OpenID Connect Core §3.1.2.1 max_age', () => {
  const age = (seconds: number) =>
    app.sql('UPDATE auth.login_sessions SET auth_time = auth_time - make_interval(secs => $1)', [seconds]);

  it.each(['abc', '-1', '1.5', '1e3', ' 60', '9'.repeat(30)])('refuses max_age=%s', async (maxAge) => {
    expectSentBack(await outside.browser.get(authorizePath(client, { max_age: maxAge })), 'invalid_request');
  });

  it('is judged by the second: of an age that is reached nothing is asked, of one that is exceeded the log-in', async () => {
    // The log-in is as old as the clock of the service is ahead of PostgreSQL's, to which nothing is compared here.
    const [row] = await app.sql('SELECT max(auth_time) AS at FROM auth.login_sessions');
    const age = app.nowSeconds() - Math.floor(new Date(String(row?.['at'])).getTime() / 1000);
    expect(isConsent(await pageFor({ max_age: String(age) }))).toBe(true);
    app.advance(1);
    expect(isLogin(await pageFor({ max_age: String(age) }))).toBe(true);
  });

  it('asks for the login again when it is longer ago, and the ID token tells of the new one', async () => {
    await age(7200);
    const words = { scope: 'openid', max_age: '3600' };
    expect(isLogin(await pageFor(words))).toBe(true);
    const { claims } = await outside.verified(textOf(await outside.logIn(client, words), 'id_token'), client.clientId);
    expect(app.nowSeconds() - Number(claims['auth_time'])).toBeLessThan(3600);
  });

  it('asks for consent alone when the login is recent enough, and the ID token tells of it', async () => {
    await age(7200);
    const words = { scope: 'openid', max_age: '86400' };
    expect(isConsent(await pageFor(words))).toBe(true);
    const { claims } = await outside.verified(textOf(await outside.logIn(client, words), 'id_token'), client.clientId);
    expect(app.nowSeconds() - Number(claims['auth_time'])).toBeGreaterThanOrEqual(7200);
  });

  it('is satisfied by the login that it asked for, however long the person then looks at the page', async () => {
    const login = await pageFor({ max_age: '0', prompt: 'login' });
    const loggedIn = await outside.browser.logIn(login, PERSON.username, PERSON.password);
    const consent = await outside.browser.get(loggedIn.location);
    await age(60);
    expect((await outside.browser.approve(consent)).location).toContain('code=');
  });

  it('judges again when the person comes back to the page', async () => {
    const begun = await outside.browser.get(authorizePath(client, { max_age: '3600' }));
    expect(isConsent(await outside.browser.get(begun.location))).toBe(true);
    await age(7200);
    expect(isLogin(await outside.browser.get(begun.location))).toBe(true);
  });
});

describe('R22 OpenID Connect Core §11 offline_access', () => {
  it('is shown on the consent page in plain words, and granted', async () => {
    const page = await pageFor({ scope: 'openid offline_access notes:read' });
    expect(isConsent(page)).toBe(true);
    expect(page.body).toContain('Stay connected while you are away');
    const answer = await outside.logIn(client, { scope: 'openid offline_access notes:read' });
    expect(scopeOf(answer.json['scope'])).toEqual(['notes:read', 'offline_access', 'openid']);
  });

  it('is neither shown nor granted where the client may not refresh', async () => {
    const plain = await app.addClient({ grantTypes: ['authorization_code'] });
    const begun = await outside.browser.get(authorizePath(plain, { scope: 'openid offline_access notes:read' }));
    const page = await outside.browser.get(begun.location);
    expect(isConsent(page)).toBe(true);
    expect(page.body).not.toContain('while you are away');
  });
});

describe('RFC 6749 §3.3 and OpenID Connect Core §3.1.2.1 scope', () => {
  it.each([
    ['a scope that nobody owns, without openid', 'notes:read notes:burn'],
    ['an admin scope beside openid', 'openid clients:write'],
    ['a malformed scope', 'openid "'],
    ['no scope', undefined],
  ])('refuses %s', async (_, scope) => {
    expectSentBack(await outside.browser.get(authorizePath(client, { scope })), 'invalid_scope');
  });

  it('refuses an admin scope even to a client that may have it by itself', async () => {
    const admin = await app.addClient({ allowedScope: ['openid', 'clients:write'] });
    const seen = await outside.browser.get(authorizePath(admin, { scope: 'openid clients:write' }));
    expectSentBack(seen, 'invalid_scope');
  });

  it('ignores one that nobody understands beside openid: it is neither shown nor granted', async () => {
    const scope = 'openid notes:read urn:unknown:burn';
    const page = await pageFor({ scope });
    expect(isConsent(page)).toBe(true);
    expect(page.body).not.toContain('burn');
    expect(scopeOf((await outside.logIn(client, { scope })).json['scope'])).toEqual(['notes:read', 'openid']);
  });
});

describe('RFC 8707 §2.1 the resource of the authorization request', () => {
  it.each<[string, string | readonly string[]]>([
    ['that is no API', 'https://unknown.example'],
    ['whose scope was not requested', MAIL.identifier],
    ['of the admin API', 'http://localhost:4001'],
    ['beside another', [NOTES.identifier, MAIL.identifier]],
  ])('refuses a resource %s', async (_, resource) => {
    const words = { scope: 'openid notes:read', resource };
    expectSentBack(await outside.browser.get(authorizePath(client, words)), 'invalid_target');
  });

  it('shows and grants the scopes of the resource alone', async () => {
    const words = { scope: 'notes:read mail:read', resource: MAIL.identifier };
    const page = await pageFor(words);
    expect(page.body).toContain('Read your mail');
    expect(page.body).not.toContain('Read your notes');
    expect((await outside.logIn(client, words)).json['scope']).toBe('mail:read');
  });
});

describe('R10 and R16 RFC 9207 §2 and RFC 6749 §4.1.2 every answer says who answers, and to what', () => {
  it.each(['a state', '"<&+%20=ü', 'x'.repeat(1000)])('a code comes with iss and the state: %s', async (state) => {
    const { callback } = await outside.authorize(client, { state });
    expect(Object.fromEntries(callback.searchParams)).toEqual({
      code: expect.stringMatching(/^[\w-]{43}$/),
      state,
      iss: ISSUER,
    });
  });

  it('has no state where none was sent', async () => {
    const { callback } = await outside.authorize(client, { state: undefined });
    expect([...callback.searchParams.keys()].sort()).toEqual(['code', 'iss']);
    const refused = await outside.browser.get(authorizePath(client, { state: undefined, prompt: 'none' }));
    expect([...new URL(refused.location).searchParams.keys()].sort()).toEqual(['error', 'error_description', 'iss']);
  });

  it('a person who says no is access_denied, with the same', async () => {
    expectSentBack(await outside.browser.deny(await pageFor({})), 'access_denied');
  });

  it('keeps a query that the redirect URI has', async () => {
    const redirectUris = ['https://client.example/cb?tenant=7'];
    const other = await app.addClient({ redirectUris });
    const { callback } = await outside.authorize(other, { redirect_uri: redirectUris[0] });
    expect([...callback.searchParams.keys()].sort()).toEqual(['code', 'iss', 'state', 'tenant']);
  });
});

describe('R9 OpenID Connect Core §3.1.2.1 "MUST support the use of the HTTP GET and POST methods"', () => {
  const fieldsOf = (words: Words = {}): Record<string, string> =>
    Object.fromEntries(new URL(authorizePath(client, words), ISSUER).searchParams);

  it.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencodedx'])(
    'refuses a body of type %s here and redirects nowhere',
    async (contentType) => {
      const fields = fieldsOf();
      const json = contentType === 'application/json';
      const body = json ? '{"client_id":' : new URLSearchParams(fields).toString();
      const init = { method: 'POST', body, headers: { 'content-type': contentType } };
      const seen = await outside.browser.send('/authorize', init);
      expect([seen.status, seen.location]).toEqual([400, '']);
      expect(seen.body).toContain('<code>invalid_request</code>');
    },
  );

  it('takes no parameter of a POST from the query', async () => {
    const seen = await outside.browser.post(authorizePath(client), {});
    expect([seen.status, seen.location]).toEqual([400, '']);
  });

  it('leads from a POST to the code, and refuses by the same rules', async () => {
    const begun = await outside.browser.post('/authorize', fieldsOf());
    const approved = await outside.browser.approve(await outside.browser.get(begun.location));
    expect(new URL(approved.location).searchParams.get('code')).toMatch(/^[\w-]{43}$/);
    expectSentBack(await outside.browser.post('/authorize', fieldsOf({ prompt: 'none' })), 'consent_required');
    expectSentBack(await outside.browser.post('/authorize', fieldsOf({ max_age: 'abc' })), 'invalid_request');
  });
});

describe('RFC 6749 §3.3 what a client may have is judged again when the person says yes', () => {
  const take = (change: string, clientId: string) =>
    app.sql(`UPDATE auth.clients SET ${change} WHERE client_id = $1`, [clientId]);

  it.each([
    ['a scope', "allowed_scope = array_remove(allowed_scope, 'notes:write')", 'invalid_scope'],
    ['the grant type', "grant_types = array_remove(grant_types, 'authorization_code')", 'unauthorized_client'],
  ])('gives no code when %s was taken away while the page was open', async (_, change, error) => {
    const other = await app.addClient();
    const begun = await outside.browser.get(authorizePath(other));
    const consent = await outside.browser.get(begun.location);
    expect(isConsent(consent)).toBe(true);
    await take(change, other.clientId);
    const { searchParams } = new URL((await outside.browser.approve(consent)).location);
    expect([searchParams.get('error'), searchParams.has('code')]).toEqual([error, false]);
  });

  it('V1 gives a code that a client whose generation was raised meanwhile cannot redeem', async () => {
    const other = await app.addClient();
    const begun = await outside.browser.get(authorizePath(other));
    const consent = await outside.browser.get(begun.location);
    await take('generation = generation + 1', other.clientId);
    const code = new URL((await outside.browser.approve(consent)).location).searchParams.get('code') ?? '';
    const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
    const answer = await outside.redeem(other, { code, verifier, callback: new URL(ISSUER) });
    expect([code === '', answer.status, answer.json['error']]).toEqual([false, 400, 'invalid_grant']);
  });
});
