import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { authorizePath, PASSWORD, type PagesApp, startPagesApp } from './test/pages-app.js';
import { ScriptBrowser, type Seen } from './test/script-browser.js';

let app: PagesApp;
beforeAll(async () => {
  app = await startPagesApp();
});
afterAll(() => app.close());

const browse = (): ScriptBrowser => new ScriptBrowser(app.url);

function expectRefusedHere(seen: Seen): void {
  expect(seen.status).toBe(400);
  expect(seen.location).toBe('');
  expect(seen.body).toContain('This request cannot be completed');
  expect(seen.body).toContain('<code>invalid_request</code>');
}

describe('R11 and P2 RFC 6749 §4.1.2.1, "MUST NOT automatically redirect the user-agent to the invalid redirection URI"', () => {
  it.each([
    ['an unknown client', { client_id: 'f'.repeat(32) }],
    ['no client', { client_id: undefined }],
    ['another host', { redirect_uri: 'https://evil.example/cb' }],
    ['a longer path', { redirect_uri: 'https://client.example/cb/more' }],
    ['an added query', { redirect_uri: 'https://client.example/cb?x=1' }],
    ['a fragment', { redirect_uri: 'https://client.example/cb#x' }],
    ['userinfo that looks like the host', { redirect_uri: 'https://client.example@evil.example/cb' }],
    ['a backslash', { redirect_uri: 'https://client.example\\@evil.example/cb' }],
    ['another scheme', { redirect_uri: 'javascript:alert(1)//client.example/cb' }],
    ['a scheme-relative URI', { redirect_uri: '//evil.example' }],
  ])('answers %s with an error page at this very URL, by GET and by POST', async (_, over) => {
    const path = authorizePath(app, over);
    expectRefusedHere(await browse().get(path));
    const fields = Object.fromEntries(new URLSearchParams(path.slice('/authorize?'.length)));
    expectRefusedHere(await browse().post('/authorize', fields));
  });

  it('answers a repeated redirect_uri so, whichever of the two is registered', async () => {
    expectRefusedHere(await browse().get(`${authorizePath(app)}&redirect_uri=https%3A%2F%2Fevil.example`));
  });

  it('answers a POST that is no form so', async () => {
    for (const contentType of ['application/json', 'multipart/form-data; boundary=x', 'text/plain']) {
      const init = { method: 'POST', body: '{"client_id":"x"}', headers: { 'content-type': contentType } };
      expectRefusedHere(await browse().send('/authorize', init));
    }
  });
});

describe('R46, nothing that a stranger wrote becomes markup', () => {
  const XSS = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`;

  it.each(['client_id', 'redirect_uri', 'scope', 'state', 'login_hint', 'response_type', XSS])(
    'in the parameter %s',
    async (name) => {
      const browser = browse();
      const seen = await browser.get(authorizePath(app, { [name]: XSS }));
      const page = seen.location.startsWith('/') ? await browser.get(seen.location) : seen;
      expect(page.body).not.toMatch(/<script|<img src=x/);
    },
  );

  it('shows a login_hint as the value of the field, quotes and all', async () => {
    const browser = browse();
    const page = await browser.begin(authorizePath(app, { login_hint: XSS }));
    expect(page.body).toContain('value="&quot;&gt;&lt;script&gt;');
  });

  it('nor in what the client registered for itself', async () => {
    const links = { policyUri: 'javascript:alert(1)', tosUri: 'https://x.example/"onclick="alert(1)', logoUri: XSS };
    const other = await app.addClient({ clientName: XSS, ...links });
    const page = await browse().begin(authorizePath(app, { client_id: other.clientId }));
    expect(page.status).toBe(200);
    expect(page.body).toContain('&lt;script&gt;');
    expect(page.body).not.toMatch(/<script|<img src=x|javascript:|"onclick/);
  });
});

describe('P1 and P4, what waits for a person', () => {
  it('keeps the request under a digest and leads to a page that names the client', async () => {
    const browser = browse();
    const begun = await browser.get(authorizePath(app));
    expect(begun.status).toBe(303);
    expect(begun.location).toMatch(/^\/interaction\/[\w-]{43}$/);
    expect([...app.ephemeral.written].join()).not.toContain(begun.location.slice('/interaction/'.length));
    const page = await browser.get(begun.location);
    expect(page.status).toBe(200);
    expect(page.body).toContain('Acme Notes');
    expect(page.body).toContain('client.example');
    for (const name of ['username', 'password', 'login-submit', 'login-cancel']) {
      expect(page.body).toMatch(new RegExp(`id="${name}" name="${name}"`));
    }
    expect(page.body).toContain('autocomplete="username"');
    expect(page.body).toContain('autocomplete="current-password"');
    expect(page.body.match(/<form/g)).toHaveLength(1);
    expect(page.body).not.toMatch(/<script|<style| style=| on\w+=/);
  });

  it('R9 OpenID Connect Core §3.1.2.1: takes the request by POST as well', async () => {
    const browser = browse();
    const fields = Object.fromEntries(new URLSearchParams(authorizePath(app).slice('/authorize?'.length)));
    const begun = await browser.post('/authorize', fields, {
      'sec-fetch-site': 'cross-site',
      origin: 'https://client.example',
    });
    expect(begun.status).toBe(303);
    expect((await browser.get(begun.location)).body).toContain('id="login-submit"');
  });

  it('R9 and R18: asks once more by GET before it says to a POST of another site, which brings no cookie, that nobody is logged in', async () => {
    const state = `%20+&=#?é"<>`;
    const fields = Object.fromEntries(
      new URLSearchParams(authorizePath(app, { prompt: 'none', state }).slice('/authorize?'.length)),
    );
    const begun = await browse().post('/authorize', fields, { 'sec-fetch-site': 'cross-site' });
    expect(begun.status).toBe(303);
    expect(begun.location).toMatch(/^\/authorize\?/);
    const browser = browse();
    await browser.beginLoggedIn(authorizePath(app), 'ada', PASSWORD);
    for (const [who, error] of [
      [browser, 'consent_required'],
      [browse(), 'login_required'],
    ] as const) {
      const location = new URL((await who.get(begun.location)).location);
      expect(location.origin).toBe('https://client.example');
      expect(Object.fromEntries(location.searchParams)).toMatchObject({ error, state });
    }
    // What may not be sent anywhere is refused at once.
    const foreign = await browse().post('/authorize', { ...fields, redirect_uri: 'https://evil.example/cb' });
    expect([foreign.status, foreign.location]).toEqual([400, '']);
  });

  it('keeps the browser cookie of another tab', async () => {
    const browser = browse();
    await browser.get(authorizePath(app));
    const before = browser.jar.get('latchkey-browser');
    const second = await browser.get(authorizePath(app));
    expect(browser.jar.get('latchkey-browser')).toBe(before);
    expect(second.headers.getSetCookie()).toEqual([]);
  });

  it('R16 sends an error that belongs to the client back there, with 303, state and iss', async () => {
    const seen = await browse().get(authorizePath(app, { prompt: 'none' }));
    expect(seen.status).toBe(303);
    const location = new URL(seen.location);
    expect(location.origin).toBe('https://client.example');
    expect(Object.fromEntries(location.searchParams)).toMatchObject({
      error: 'login_required',
      state: 'the-state',
      iss: 'http://localhost:4000',
    });
  });
});

describe('R46 and P3 RFC 9700 §4.16, headers of every page', () => {
  it.each([
    ['the login page', async () => browse().begin(authorizePath(app))],
    ['a refused request', async () => browse().get('/authorize')],
    ['an interaction that is gone', async () => browse().get(`/interaction/${'a'.repeat(43)}`)],
    ['the root', async () => browse().get('/')],
  ])('%s cannot be framed, cached, sniffed or referred from', async (_, visit) => {
    const { headers } = await visit();
    const policy = headers.get('content-security-policy') ?? '';
    for (const part of ["default-src 'none'", "style-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"]) {
      expect(policy).toContain(part);
    }
    expect(policy).not.toContain('script-src');
    expect(policy).not.toContain('unsafe');
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
    });
    expect(headers.has('strict-transport-security')).toBe(false);
    expect(headers.has('access-control-allow-origin')).toBe(false);
  });

  it('serves the stylesheet under a name of its content, for good, and nothing else from there', async () => {
    const page = await browse().get('/');
    const path = /<link rel="stylesheet" href="(\/assets\/[0-9a-f]{32}\.css)"/.exec(page.body)?.[1] ?? '';
    const stylesheet = await browse().get(path);
    expect(stylesheet.status).toBe(200);
    expect(stylesheet.headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(stylesheet.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(stylesheet.body).not.toMatch(/url\(|@import/);
    for (const other of ['latchkey.css', '..%2Flogin.eta', '%2e%2e%2fpeople.ts', 'x.css']) {
      expect((await browse().get(`/assets/${other}`)).status).toBe(404);
    }
  });
});

describe('RFC 9110 §15.5.5, methods and places that are not there', () => {
  it('says kindly that nothing is at the root', async () => {
    const seen = await browse().get('/');
    expect(seen.status).toBe(404);
    expect(seen.body).toContain('There is nothing here');
  });

  it.each([
    ['PUT', '/authorize'],
    ['DELETE', `/interaction/${'a'.repeat(43)}`],
    ['POST', `/interaction/${'a'.repeat(43)}`],
    ['GET', `/interaction/${'a'.repeat(43)}/consent`],
    ['POST', '/'],
  ])('does nothing for %s %s', async (method, path) => {
    expect((await browse().send(path, { method })).status).toBe(404);
  });

  it('refuses a body beyond the limit without reading it through', async () => {
    const body = `username=${'a'.repeat(100_000)}`;
    const seen = await browse().send(`/interaction/${'a'.repeat(43)}/login`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(seen.status).toBe(413);
  });
});
