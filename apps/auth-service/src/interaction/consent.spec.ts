import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { authorizePath, PASSWORD, type PagesApp, startPagesApp } from './test/pages-app.js';
import { ScriptBrowser, type Seen } from './test/script-browser.js';

let app: PagesApp;
let browser: ScriptBrowser;
beforeEach(async () => {
  app = await startPagesApp();
  browser = new ScriptBrowser(app.url);
});
afterEach(() => app.close());

const consent = (over: Record<string, string | undefined> = {}): Promise<Seen> =>
  browser.beginLoggedIn(authorizePath(app, over), 'ada', PASSWORD);
const codesKept = (): number => app.ephemeral.codes();

describe('RFC 9700 §4.7, what was shown is what is approved', () => {
  it('refuses a form without a token, with the token of the login form, and with one of another interaction', async () => {
    const login = await browser.begin(authorizePath(app));
    const page = await browser.get((await browser.logIn(login, 'ada', PASSWORD)).location);
    const other = await browser.begin(authorizePath(app));
    for (const csrf of ['', login.hidden['csrf'] ?? '', other.hidden['csrf'] ?? '']) {
      const seen = await browser.post(page.action, { ...page.hidden, csrf, 'consent-approve': 'approve' });
      expect(seen.status).toBe(403);
    }
    expect(codesKept()).toBe(0);
  });

  it('refuses a form that was shown in another browser, even one where the same person is logged in', async () => {
    const page = await consent();
    const stranger = new ScriptBrowser(app.url);
    await stranger.beginLoggedIn(authorizePath(app), 'ada', PASSWORD);
    expect((await stranger.approve(page)).status).toBe(400);
    expect(codesKept()).toBe(0);
  });

  it('approves nothing when the scopes have changed since: the page is shown anew, with what is now asked', async () => {
    const page = await consent();
    await app.sql(
      `UPDATE auth.api_scopes SET description = 'Write and delete notes in your name' WHERE name = 'notes:write'`,
    );
    const seen = await browser.approve(page);
    expect(seen.status).toBe(409);
    expect(seen.body).toContain('Write and delete notes in your name');
    expect(seen.body).toContain('has changed since you saw it');
    expect(codesKept()).toBe(0);
    expect((await browser.approve(seen)).status).toBe(303);
  });

  it('refuses a digest of other scopes under the token of those that were shown', async () => {
    const small = await consent({ scope: 'notes:read' });
    const large = await browser.begin(authorizePath(app));
    const forged = { ...small.hidden, shown: large.hidden['shown'] ?? '', 'consent-approve': 'approve' };
    expect((await browser.post(large.action, forged)).status).toBe(403);
    expect((await browser.post(large.action, { ...small.hidden, 'consent-approve': 'approve' })).status).toBe(403);
    expect(codesKept()).toBe(0);
  });

  it('approves nothing for somebody else who has logged in since in this browser', async () => {
    await app.addPerson('bob', 'bobs');
    const page = await consent();
    const login = await browser.get(/href="([^"]+)">Not you\?/.exec(page.body)?.[1] ?? '');
    await browser.logIn(login, 'bob', 'bobs');
    const seen = await browser.approve(page);
    expect(seen.status).toBe(409);
    expect(seen.body).toMatch(/signed in as\s*<bdi class="name">bob<\/bdi>/);
    expect(codesKept()).toBe(0);
  });

  it('asks to log in again when the session has ended meanwhile', async () => {
    const page = await consent();
    await app.sql('UPDATE auth.login_sessions SET ended_at = clock_timestamp()');
    const seen = await browser.approve(page);
    expect(seen.body).toContain('id="login-submit"');
    expect(codesKept()).toBe(0);
  });

  it('refuses a form with both buttons, and one with none', async () => {
    const page = await consent();
    const both = { ...page.hidden, 'consent-approve': 'approve', 'consent-deny': 'deny' };
    expect((await browser.post(page.action, both)).status).toBe(403);
    expect((await browser.post(page.action, page.hidden)).status).toBe(403);
    expect(codesKept()).toBe(0);
  });
});

describe('RFC 6749 §4.1.2, an interaction gives one answer', () => {
  it('gives one code to 50 approvals at once', async () => {
    const page = await consent();
    app.ephemeral.gather(50);
    const seen = await Promise.all(Array.from({ length: 50 }, () => browser.approve(page)));
    expect(seen.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(seen.filter(({ status }) => status === 400)).toHaveLength(49);
    expect(codesKept()).toBe(1);
  });

  it('gives one answer when 25 approve and 25 deny at once', async () => {
    const page = await consent();
    app.ephemeral.gather(50);
    const seen = await Promise.all(
      Array.from({ length: 50 }, (_, n) => (n % 2 === 0 ? browser.approve(page) : browser.deny(page))),
    );
    expect(seen.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(codesKept()).toBeLessThanOrEqual(1);
  });

  it('answers a form that is sent again, or a page that is opened again, with a page and no redirect', async () => {
    const page = await consent();
    await browser.approve(page);
    const path = page.action.replace(/\/consent$/, '');
    for (const seen of [await browser.approve(page), await browser.deny(page), await browser.get(path)]) {
      expect(seen.status).toBe(400);
      expect(seen.location).toBe('');
      expect(seen.body).toContain('This page is no longer valid');
    }
    expect(codesKept()).toBe(1);
  });
});

describe('R46, nothing that a stranger wrote becomes markup on the consent page', () => {
  it('neither the name of the client, nor of the person, nor what an API says of its scopes', async () => {
    const xss = `<script>alert(1)</script>`;
    await app.sql('UPDATE auth.clients SET client_name = $1', [`${xss}client`]);
    await app.sql('UPDATE auth.api_scopes SET description = $1', [`${xss}scope`]);
    await app.addPerson(`${xss}ada`, PASSWORD);
    const path = authorizePath(app, { scope: 'notes:read' });
    const page = await browser.beginLoggedIn(path, `${xss}ada`, PASSWORD);
    expect(page.body).not.toContain('<script');
    for (const what of ['client', 'scope', 'ada']) {
      expect(page.body).toContain(`&lt;script&gt;alert(1)&lt;/script&gt;${what}`);
    }
  });
});

describe('P1 and P4, the consent page', () => {
  it('says who asks, what for in plain words, who is logged in and where the answer goes', async () => {
    const page = await consent({ scope: 'openid notes:read' });
    for (const words of ['Acme Notes', 'Read your notes', 'Confirm who you are', 'ada', 'client.example']) {
      expect(page.body).toContain(words);
    }
    expect(page.body).not.toContain('Write notes in your name');
    expect(page.body).toMatch(/id="consent-approve" name="consent-approve"/);
    expect(page.body).toMatch(/id="consent-deny" name="consent-deny"/);
    expect(page.body.match(/<form/g)).toHaveLength(1);
  });

  it('is shown at once to a person who is logged in already', async () => {
    await consent();
    expect((await browser.begin(authorizePath(app))).body).toContain('id="consent-approve"');
  });

  it('R10 brings the code back with the state byte by byte, and iss (RFC 9207 §2)', async () => {
    const state = `a+b c&d=%"<é>/?#`;
    const seen = await browser.approve(await consent({ state }));
    expect(seen.status).toBe(303);
    const location = new URL(seen.location);
    expect(location.origin + location.pathname).toBe('https://client.example/cb');
    expect(location.searchParams.get('state')).toBe(state);
    expect(location.searchParams.get('iss')).toBe('http://localhost:4000');
    expect(location.searchParams.get('code')).toMatch(/^[\w-]{43}$/);
    expect(seen.headers.get('referrer-policy')).toBe('no-referrer');
    expect(seen.headers.get('cache-control')).toBe('no-store');
  });

  it('brings a denial, and a cancelled login, back as access_denied without a code', async () => {
    const denied = await browser.deny(await consent());
    const login = await new ScriptBrowser(app.url).begin(authorizePath(app));
    expect(new URL(denied.location).searchParams.get('error')).toBe('access_denied');
    const other = new ScriptBrowser(app.url);
    const page = await other.begin(authorizePath(app));
    const cancelled = await other.post(page.action, { ...page.hidden, 'login-cancel': 'cancel' });
    expect(new URL(cancelled.location).searchParams.get('error')).toBe('access_denied');
    expect(new URL(cancelled.location).searchParams.get('state')).toBe('the-state');
    expect(login.status).toBe(200);
    expect(codesKept()).toBe(0);
  });
});
