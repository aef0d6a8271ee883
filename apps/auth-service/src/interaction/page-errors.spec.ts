import { Unavailable } from '@latchkey/protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { authorizePath, PASSWORD, type PagesApp, startPagesApp } from './test/pages-app.js';
import { ScriptBrowser } from './test/script-browser.js';

let app: PagesApp;
let browser: ScriptBrowser;
beforeEach(async () => {
  app = await startPagesApp();
  browser = new ScriptBrowser(app.url);
});
afterEach(() => app.close());

describe('A broken world is 503, and a bug is a 500 that says nothing', () => {
  it('says so when the database does not answer, and logs what', async () => {
    app.clients.fault = new Unavailable('PostgreSQL', new Error('connect ECONNREFUSED'));
    const seen = await browser.get(authorizePath(app));
    expect(seen.status).toBe(503);
    expect(seen.headers.get('retry-after')).toBe('5');
    expect(seen.body).toContain('We will be right back');
    expect(seen.body).not.toMatch(/PostgreSQL|ECONNREFUSED/);
    expect(app.log.join()).toContain('ECONNREFUSED');
  });

  it('says so when the ephemeral store does not answer, at every step, and the person goes on afterwards', async () => {
    const login = await browser.begin(authorizePath(app));
    app.ephemeral.broken = true;
    expect((await browser.get(authorizePath(app))).status).toBe(503);
    expect((await browser.logIn(login, 'ada', PASSWORD)).status).toBe(503);
    app.ephemeral.broken = false;
    const consent = await browser.get((await browser.logIn(login, 'ada', PASSWORD)).location);
    app.ephemeral.broken = true;
    expect((await browser.approve(consent)).status).toBe(503);
    app.ephemeral.broken = false;
    expect((await browser.approve(consent)).status).toBe(303);
  });

  it('lets a person press again when the world broke after the button was pressed', async () => {
    const consent = await browser.beginLoggedIn(authorizePath(app), 'ada', PASSWORD);
    app.ephemeral.brokenPrefix = 'code:';
    expect((await browser.approve(consent)).status).toBe(503);
    app.ephemeral.brokenPrefix = undefined;
    expect((await browser.approve(consent)).status).toBe(303);
  });

  it('says nothing of a bug to the person', async () => {
    app.clients.fault = new TypeError('a secret of ours at /srv/app.ts:1');
    const seen = await browser.get(authorizePath(app));
    expect(seen.status).toBe(500);
    expect(seen.body).toContain('Something went wrong');
    expect(seen.body).not.toMatch(/secret|TypeError|srv|at /);
    expect(seen.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(app.log.join()).toContain('TypeError');
  });

  it('writes no password, cookie, token or code to the log', async () => {
    const consent = await browser.beginLoggedIn(authorizePath(app), 'ada', PASSWORD);
    const code = new URL((await browser.approve(consent)).location).searchParams.get('code') ?? '';
    app.clients.fault = new Error('broken');
    await browser.get(authorizePath(app));
    const log = app.log.join();
    expect(code).not.toBe('');
    for (const secret of [PASSWORD, code, ...browser.jar.values(), ...Object.values(consent.hidden)]) {
      expect(log).not.toContain(secret);
    }
  });
});
