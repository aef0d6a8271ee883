import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { signJwt } from '@latchkey/tokens/issuing';
import { testKeys } from '@latchkey/tokens/testing';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { Seen } from '../interaction/test/script-browser.js';
import { AUDIT_EVENTS } from '../persistence/postgres/testing/audit-columns.js';
import { authorizePath, formOf, Outside, textOf, type Words } from './test/outside.js';
import { ISSUER, type ProtocolApp, startProtocolApp, type TestClient } from './test/protocol-app.js';

const AFTER = 'https://client.example/after?kept=1';
/** R10: such a one comes back byte for byte. */
const STATE = ` ~!$&'()*+,;=:@/?%"<>\\^\`{|}ü${'x'.repeat(900)}`;

let app: ProtocolApp;
let client: TestClient;
let other: TestClient;
let outside: Outside;
beforeAll(async () => {
  app = await startProtocolApp();
  client = await app.addClient({
    clientName: 'Acme Notes',
    postLogoutRedirectUris: [AFTER, 'https://client.example/plain'],
  });
  other = await app.addClient({ postLogoutRedirectUris: ['https://other.example/after'] });
});
beforeEach(() => {
  outside = new Outside(app);
});
afterAll(() => app.close());

/** Logged in, with an ID token of this session. */
const idToken = async (of = client, words: Words = {}): Promise<string> =>
  textOf(await outside.logIn(of, { scope: 'openid', ...words }), 'id_token');
const sidOf = (token: string): string => String(decodeJwt(token)['sid']);
const logout = (words: Words): Promise<Seen> => outside.browser.get(`/logout?${formOf(words).toString()}`);
const press = (page: Seen, button: string): Promise<Seen> =>
  outside.browser.post(page.action, { ...page.hidden, [button]: 'x' });
/** L3: what `prompt=none` says of whether somebody is logged in. */
const silently = async (): Promise<string | null> => {
  const seen = await outside.browser.get(authorizePath(client, { prompt: 'none' }));
  return new URL(seen.location).searchParams.get('error');
};
const isSignedIn = async (): Promise<boolean> => (await silently()) !== 'login_required';
const isError = (seen: Seen): void => {
  expect([seen.status, seen.location]).toEqual([400, '']);
  expect(seen.body).toContain('This request cannot be completed');
};
const isQuestion = (seen: Seen): void => {
  expect([seen.status, seen.location]).toEqual([200, '']);
  expect(seen.body).toContain('id="logout-confirm"');
};

describe('L2 RP-Initiated Logout 1.0 §2, §3: no redirect that was not registered and proven', () => {
  it.each([
    ['another path', 'https://client.example/afterwards'],
    ['an added query', `${AFTER}&x=1`],
    ['no query', 'https://client.example/after'],
    ['a fragment', `${AFTER}#x`],
    ['another case', 'https://CLIENT.example/after?kept=1'],
    ['one of another client', 'https://other.example/after'],
    ['a redirect_uri', 'https://client.example/cb'],
  ])('%s: an error page, and nothing ends', async (_what, uri) => {
    const hint = await idToken();
    isError(await logout({ id_token_hint: hint, post_logout_redirect_uri: uri, state: 'x' }));
    isError(await logout({ client_id: client.clientId, post_logout_redirect_uri: uri }));
    expect(await isSignedIn()).toBe(true);
  });

  it.each([
    ['HEAD', { method: 'HEAD' }, 405],
    ['a prefetch', { headers: { 'sec-purpose': 'prefetch;prerender' } }, 503],
    ['a prefetch of older browsers', { headers: { purpose: 'prefetch' } }, 503],
  ])('RFC 9110 §9.2.1 %s only looks: nothing ends', async (_what, init, status) => {
    const words = { id_token_hint: await idToken(), post_logout_redirect_uri: AFTER };
    const seen = await outside.browser.send(`/logout?${formOf(words).toString()}`, init);
    expect([seen.status, seen.location]).toEqual([status, '']);
    expect(await isSignedIn()).toBe(true);
    expect((await logout(words)).location).toBe(AFTER);
  });

  const tampered = (token: string, change: (parts: string[]) => void): string => {
    const parts = token.split('.');
    change(parts);
    return parts.join('.');
  };
  const json = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const forger = testKeys('RS256');

  it.each<[string, (token: string) => string | Promise<string>]>([
    [
      'modified claims',
      (token) => tampered(token, (parts) => (parts[1] = json({ ...decodeJwt(token), sub: randomUUID() }))),
    ],
    [
      'a modified signature',
      (token) =>
        tampered(token, (parts) => (parts[2] = (parts[2] ?? '').replace(/^./, (first) => (first === 'A' ? 'B' : 'A')))),
    ],
    ['alg none', (token) => `${json({ alg: 'none', typ: 'JWT' })}.${token.split('.')[1] ?? ''}.`],
    [
      'alg changed',
      (token) => tampered(token, (parts) => (parts[0] = json({ ...decodeProtectedHeader(token), alg: 'HS256' }))),
    ],
    [
      'a foreign issuer',
      (token) => signJwt(forger.signer, 'JWT', { ...decodeJwt(token), iss: 'https://evil.example' }),
    ],
    ['a foreign key', (token) => signJwt(forger.signer, 'JWT', decodeJwt(token))],
    ['no token', () => 'x'],
  ])('a hint with %s: an error page, and nothing ends', async (_what, forge) => {
    const token = await idToken();
    const hint = await forge(token);
    expect(hint).not.toBe(token);
    isError(await logout({ id_token_hint: hint, post_logout_redirect_uri: AFTER }));
    isError(await logout({ id_token_hint: hint, client_id: client.clientId }));
    expect(await isSignedIn()).toBe(true);
  });

  it('RFC 8725 §3.11 an access token is no hint', async () => {
    const answer = await outside.logIn(client, { scope: 'openid' });
    isError(await logout({ id_token_hint: textOf(answer, 'access_token') }));
    isError(await logout({ id_token_hint: textOf(answer, 'access_token'), client_id: client.clientId }));
    expect(await isSignedIn()).toBe(true);
  });

  it('§2 client_id and the hint must agree', async () => {
    const hint = await idToken();
    isError(await logout({ id_token_hint: hint, client_id: other.clientId }));
    isError(await logout({ client_id: 'f'.repeat(32) }));
    expect(await isSignedIn()).toBe(true);
  });

  it('R45 a repeated parameter, and one that is too long', async () => {
    const hint = await idToken();
    isError(await logout({ id_token_hint: [hint, hint] }));
    isError(await logout({ id_token_hint: hint, post_logout_redirect_uri: AFTER, state: 'x'.repeat(5000) }));
    expect(await isSignedIn()).toBe(true);
  });
});

describe('L2 a hint of the session that is here: no question, and back', () => {
  it('echoes the state byte for byte and adds nothing else; the cookie goes, and nobody is logged in any more', async () => {
    const hint = await idToken();
    const seen = await logout({ id_token_hint: hint, post_logout_redirect_uri: AFTER, state: STATE });
    expect(seen.status).toBe(303);
    const back = new URL(seen.location);
    expect([...back.searchParams]).toEqual([
      ['kept', '1'],
      ['state', STATE],
    ]);
    expect(seen.location.startsWith(`${AFTER}&state=`)).toBe(true);
    expect(seen.headers.getSetCookie()).toEqual([expect.stringMatching(/session=; .*Max-Age=0/)]);
    expect(seen.headers.get('cache-control')).toBe('no-store');
    expect(await silently()).toBe('login_required');
  });

  it('goes to the very URI where there is no state', async () => {
    const hint = await idToken();
    expect(
      (await logout({ id_token_hint: hint, client_id: client.clientId, post_logout_redirect_uri: AFTER })).location,
    ).toBe(AFTER);
  });

  it('ends what another session of this chain was opened for, and says so in the trail (revocation.md V4)', async () => {
    const hint = await idToken();
    await idToken(other, { prompt: 'login' });
    const seen = await logout({ id_token_hint: hint, post_logout_redirect_uri: 'https://client.example/plain' });
    expect([seen.status, seen.location]).toEqual([303, 'https://client.example/plain']);
    const revoked = await app.sql('SELECT kind, cause FROM auth.revocations WHERE value = $1', [sidOf(hint)]);
    expect(revoked).toEqual([{ kind: 'session', cause: 'logged_out' }]);
    const sub = String(decodeJwt(hint).sub);
    const [event] = await app.sql(
      `SELECT * FROM ${AUDIT_EVENTS} WHERE kind = 'logout.succeeded' AND actor = $1 ORDER BY id DESC LIMIT 1`,
      [sub],
    );
    expect(event).toMatchObject({ actor: sub, outcome: 'done', detail: { sessions: 2, client_id: client.clientId } });
  });

  it('takes one that has expired, and one whose key signs no more', async () => {
    const hint = await idToken();
    await app.rotation.rotate({ actor: 'spec', receipt: false });
    await app.keys.reload();
    app.advance(4000);
    expect((await logout({ id_token_hint: hint, post_logout_redirect_uri: AFTER })).location).toBe(AFTER);
    expect(await isSignedIn()).toBe(false);
  });

  it('POST: what another site sends brings no cookie, so the browser goes once around; no ID token stands in a URL', async () => {
    const hint = await idToken();
    const words = {
      id_token_hint: hint,
      post_logout_redirect_uri: AFTER,
      state: STATE,
      logout_hint: 'ada',
      ui_locales: 'de',
    };
    const posted = await fetch(`${app.url}/logout`, {
      method: 'POST',
      body: formOf(words),
      redirect: 'manual',
      headers: { origin: 'https://client.example', 'sec-fetch-site': 'cross-site' },
    });
    const location = posted.headers.get('location') ?? '';
    expect([posted.status, location.startsWith('/logout/request?')]).toEqual([303, true]);
    expect(location).not.toContain(hint.split('.')[2] ?? '');
    expect(Buffer.from(new URL(location, ISSUER).searchParams.get('of') ?? '', 'base64url').toString()).not.toContain(
      hint.split('.')[1] ?? '',
    );
    const seen = await outside.browser.get(location);
    expect(new URL(seen.location).searchParams.get('state')).toBe(STATE);
    expect(await isSignedIn()).toBe(false);
  });

  it('POST: nobody makes such a URL, and none is good for long', async () => {
    const hint = await idToken();
    const posted = await outside.browser.post('/logout', { id_token_hint: hint, post_logout_redirect_uri: AFTER });
    const url = new URL(posted.location, ISSUER);
    const of = JSON.parse(Buffer.from(url.searchParams.get('of') ?? '', 'base64url').toString()) as object;
    const forged = Buffer.from(JSON.stringify({ ...of, request: { hint: { sid: sidOf(hint) } } })).toString(
      'base64url',
    );
    for (const query of [
      formOf({ of: forged, proof: url.searchParams.get('proof') ?? '' }),
      formOf({ of: forged }),
      formOf({}),
    ]) {
      expect((await outside.browser.get(`/logout/request?${query.toString()}`)).status).toBe(400);
    }
    app.advance(61);
    expect((await outside.browser.get(posted.location)).status).toBe(400);
    expect(await isSignedIn()).toBe(true);
  });
});

describe('L3 §2 whoever cannot show that it is of this session: the person is asked', () => {
  it.each<[string, (hint: string) => Words]>([
    ['nothing', () => ({})],
    ['only a state', () => ({ state: 'x' })],
    ['a client_id alone', () => ({ client_id: client.clientId })],
    ['a URI of nobody', () => ({ post_logout_redirect_uri: AFTER, state: 'x' })],
  ])('%s: a page, then another; no redirect', async (_what, words) => {
    const hint = await idToken();
    const page = await logout(words(hint));
    isQuestion(page);
    expect(page.headers.get('content-security-policy')).toContain(
      "form-action 'self'; frame-ancestors".split(';')[0] ?? '',
    );
    expect(await isSignedIn()).toBe(true);
    const seen = await press(page, 'logout-confirm');
    expect([seen.status, seen.location]).toEqual([303, '/logout/done']);
    expect((await outside.browser.get(seen.location)).body).toContain('You are signed out');
    expect(await silently()).toBe('login_required');
  });

  it('a registered URI without a hint: the person confirms, and returns', async () => {
    await idToken();
    const page = await logout({ client_id: client.clientId, post_logout_redirect_uri: AFTER, state: STATE });
    isQuestion(page);
    expect(page.body).toContain('Acme Notes');
    expect(page.headers.get('content-security-policy')).toContain("form-action 'self' https:");
    const seen = await press(page, 'logout-confirm');
    expect([...new URL(seen.location).searchParams]).toEqual([
      ['kept', '1'],
      ['state', STATE],
    ]);
    expect(await isSignedIn()).toBe(false);
  });

  it('a hint of another session of the same person, and one of a session that has ended', async () => {
    const elsewhere = await new Outside(app).logIn(client, { scope: 'openid' });
    await idToken();
    const page = await logout({ id_token_hint: textOf(elsewhere, 'id_token'), post_logout_redirect_uri: AFTER });
    isQuestion(page);
    expect((await press(page, 'logout-confirm')).location).toBe(AFTER);
    expect(await isSignedIn()).toBe(false);
  });

  it('who says no stays, and goes nowhere', async () => {
    await idToken();
    const page = await logout({ client_id: client.clientId, post_logout_redirect_uri: AFTER });
    const seen = await press(page, 'logout-cancel');
    expect([seen.status, seen.location]).toEqual([200, '']);
    expect(seen.body).toContain('You are still signed in');
    expect((await outside.browser.get('/logout/done')).body).toContain('You are still signed in');
    expect(await isSignedIn()).toBe(true);
  });

  it('is no answer: a form without its token, of another request, of another browser, from another site, with both buttons or none', async () => {
    await idToken();
    const page = await logout({});
    const asked = await logout({ client_id: client.clientId, post_logout_redirect_uri: AFTER });
    const stranger = new Outside(app);
    await stranger.logIn(client, { scope: 'openid' });
    const foreign = await stranger.browser.get('/logout');
    const answers = await Promise.all([
      outside.browser.post('/logout/confirm', { 'logout-confirm': 'x' }),
      outside.browser.post('/logout/confirm', { ...page.hidden, csrf: 'x', 'logout-confirm': 'x' }),
      outside.browser.post('/logout/confirm', {
        ...page.hidden,
        request: asked.hidden['request'] ?? '',
        'logout-confirm': 'x',
      }),
      outside.browser.post('/logout/confirm', { ...foreign.hidden, 'logout-confirm': 'x' }),
      outside.browser.post(
        '/logout/confirm',
        { ...page.hidden, 'logout-confirm': 'x' },
        { 'sec-fetch-site': 'cross-site' },
      ),
      outside.browser.post('/logout/confirm', { ...page.hidden, 'logout-confirm': 'x', 'logout-cancel': 'x' }),
      outside.browser.post('/logout/confirm', page.hidden),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 403));
    expect(await isSignedIn()).toBe(true);
  });

  it('a URI that is taken from the client while the person is asked: an error page, and nothing ends', async () => {
    const late = await app.addClient({ postLogoutRedirectUris: [AFTER] });
    await idToken();
    const page = await logout({ client_id: late.clientId, post_logout_redirect_uri: AFTER });
    await app.sql(`UPDATE auth.clients SET post_logout_redirect_uris = '{}' WHERE client_id = $1`, [late.clientId]);
    isError(await press(page, 'logout-confirm'));
    expect(await isSignedIn()).toBe(true);
  });
});

describe('L3 when nobody is logged in', () => {
  it('goes back at once for an application that shows an ID token of ours', async () => {
    const hint = await idToken();
    await logout({ id_token_hint: hint });
    const seen = await logout({ id_token_hint: hint, post_logout_redirect_uri: AFTER, state: 'x' });
    expect([seen.status, seen.location]).toEqual([303, `${AFTER}&state=x`]);
  });

  it('offers a link, and follows it for nobody, where anybody may have sent them', async () => {
    const seen = await logout({ client_id: client.clientId, post_logout_redirect_uri: AFTER, state: 'x' });
    expect([seen.status, seen.location]).toEqual([200, '']);
    expect(seen.body).toContain(`href="${AFTER}&amp;state=x"`);
    expect((await logout({})).body).toContain('You are signed out');
  });
});

describe('L1 metadata', () => {
  it('says where', async () => {
    const document: unknown = await (await fetch(`${app.url}/.well-known/openid-configuration`)).json();
    expect(document).toMatchObject({ end_session_endpoint: `${ISSUER}/logout` });
  });
});
