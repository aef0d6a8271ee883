import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { anApi } from '@latchkey/protocol/testing';
import { chromiumArguments, findChromium } from '@latchkey/testbed';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { authorizePath, PASSWORD, type PagesApp, startPagesApp } from './test/pages-app.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10" fill="#36c"/></svg>';

interface ClientSite {
  readonly server: Server;
  /** Where its callback is. */
  readonly origin: string;
  /** Where its callback sends the browser: another origin, as an API's host and a site's are. */
  readonly landing: string;
  /** What was posted to it. */
  readonly posted: { readonly path: string; readonly type: string | undefined; readonly fields: URLSearchParams }[];
}

async function startClientSite(): Promise<ClientSite> {
  const posted: ClientSite['posted'] = [];
  const port = (): number => (server.address() as AddressInfo).port;
  const landing = (): string => `http://localhost:${port()}`;
  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString('utf8')));
      request.on('end', () => {
        posted.push({
          path: request.url ?? '',
          type: request.headers['content-type'],
          fields: new URLSearchParams(body),
        });
        response.writeHead(303, { location: `${landing()}/landed` }).end();
      });
    } else if (request.url === '/logo.svg') response.writeHead(200, { 'content-type': 'image/svg+xml' }).end(LOGO);
    else if (request.url?.startsWith('/cb') === true) {
      response.writeHead(302, { location: `${landing()}/landed${request.url.slice('/cb'.length)}` }).end();
    } else response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Client</title><h1>Back</h1>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${port()}`, landing: landing(), posted };
}

/** A client without a logo, whose name and wishes do not fit on a line. */
const LONG_WINDED = 'd'.repeat(32);
const LONG_SCOPES = Array.from({ length: 6 }, (_, n) => ({
  name: `long:${n}`,
  description: `See, change and delete each of the ${n + 2} kinds of things that you have ever kept in this place`,
}));

let browser: Browser;
let site: ClientSite;
let app: PagesApp;
let context: BrowserContext | undefined;

beforeAll(async () => {
  site = await startClientSite();
  app = await startPagesApp(
    {},
    {
      applicationType: 'native',
      redirectUris: [`${site.origin}/cb`],
      logoUri: `${site.origin}/logo.svg`,
      policyUri: `${site.origin}/privacy`,
      tosUri: `${site.origin}/terms`,
      postLogoutRedirectUris: [`${site.origin}/after`],
    },
  );
  await app.addApi(anApi({ identifier: 'https://long.example', scopes: LONG_SCOPES }));
  await app.addClient({
    clientId: LONG_WINDED,
    clientName: 'Zeitgenössische Donaudampfschifffahrtsgesellschaftskapitänskajütenverwaltung',
    applicationType: 'native',
    redirectUris: app.client.redirectUris,
    allowedScope: LONG_SCOPES.map(({ name }) => name),
  });
  // What the account page shows of others, so that nothing is remembered for those above.
  for (const [clientId, clientName, scope] of [
    ['e'.repeat(32), 'Acme Mail', ['openid', 'notes:read']],
    [
      'f'.repeat(32),
      'Zeitgenössische Donaudampfschifffahrtsgesellschaftskapitänskajütenverwaltung',
      LONG_SCOPES.map(({ name }) => name),
    ],
  ] as const) {
    await app.addClient({ clientId, clientName });
    await app.sql(
      `INSERT INTO auth.consents (sub, client_id, scope) SELECT sub, $1, $2 FROM auth.users WHERE username = 'ada'`,
      [clientId, scope],
    );
  }
  browser = await chromium.launch({ executablePath: await findChromium(), args: chromiumArguments() });
});

afterEach(async () => {
  await context?.close();
  context = undefined;
});

afterAll(async () => {
  await browser.close();
  await app.close();
  await new Promise((resolve) => site.server.close(resolve));
});

async function open(options: BrowserContextOptions, complaints: string[] = []): Promise<Page> {
  context = await browser.newContext(options);
  const page = await context.newPage();
  page.on('console', (message) => complaints.push(message.text()));
  return page;
}

async function logIn(page: Page, password = PASSWORD): Promise<void> {
  await page.fill('#username', 'ada');
  await page.fill('#password', password);
  await page.click('#login-submit');
}

describe('Pages a person meets, P1 and P3, in Chromium without JavaScript', () => {
  const noScript: BrowserContextOptions = { javaScriptEnabled: false };

  it('walks from the login over the consent back to the client, whose own redirect to another origin is not broken by form-action', async () => {
    const page = await open(noScript);
    await page.goto(app.url + authorizePath(app));
    expect(await page.title()).toBe('Sign in · Latchkey');
    await logIn(page);
    expect(await page.textContent('h1')).toContain('Acme Notes');
    expect(await page.textContent('.scopes')).toContain('Read your notes');
    await page.click('#consent-approve');
    const landed = new URL(page.url());
    expect(landed.origin + landed.pathname).toBe(`${site.landing}/landed`);
    expect(landed.searchParams.get('code')).toMatch(/^[\w-]{43}$/);
    expect(landed.searchParams.get('state')).toBe('the-state');
  });

  it('brings a denial back to the client as access_denied', async () => {
    const page = await open(noScript);
    await page.goto(app.url + authorizePath(app));
    await logIn(page);
    await page.click('#consent-deny');
    const landed = new URL(page.url());
    expect(landed.origin).toBe(site.landing);
    expect(landed.searchParams.get('error')).toBe('access_denied');
  });

  it('leaves the login page by its cancel button without filling anything in', async () => {
    const page = await open(noScript);
    await page.goto(app.url + authorizePath(app));
    await page.click('#login-cancel');
    expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied');
  });

  it('logs out at the word of an application: the person confirms, and is back, through a redirect that form-action lets pass', async () => {
    const page = await open(noScript);
    await page.goto(`${app.url}/account`);
    await logIn(page);
    expect(await page.textContent('h1')).toBe('Your account');
    await page.goto(
      `${app.url}/logout?client_id=${app.client.clientId}&post_logout_redirect_uri=${site.origin}/after&state=s`,
    );
    await page.click('#logout-confirm');
    expect(page.url()).toBe(`${site.origin}/after?state=s`);
    await page.goto(`${app.url}/account`);
    expect(await page.textContent('h1')).toBe('Sign in to Latchkey');
  });

  it('logs in with the Enter key, so that the first button of the form is the one that submits', async () => {
    const page = await open(noScript);
    await page.goto(app.url + authorizePath(app));
    await page.fill('#username', 'ada');
    await page.fill('#password', PASSWORD);
    await page.press('#password', 'Enter');
    await page.waitForSelector('#consent-approve');
  });

  it('shows the letter in the place of a logo that cannot be had', async () => {
    const tiles: Buffer[] = [];
    for (const [clientId, logo] of [
      ['1'.repeat(32), {}],
      ['2'.repeat(32), { logoUri: `${site.origin}/gone.png` }],
    ] as const) {
      await app.addClient({ clientId, applicationType: 'native', redirectUris: app.client.redirectUris, ...logo });
      const page = await open(noScript);
      await page.goto(app.url + authorizePath(app, { client_id: clientId }));
      const box = await page.locator('.tile').boundingBox();
      if (box === null) throw new Error('no tile');
      // Not its edge: there the fallback that the browser draws has a border of its own.
      const clip = { x: box.x + 8, y: box.y + 8, width: box.width - 16, height: box.height - 16 };
      tiles.push(await page.screenshot({ clip }));
      await context?.close();
    }
    expect(tiles[1]?.equals(tiles[0] ?? Buffer.of())).toBe(true);
  });
});

describe('P3 and R14 OAuth 2.0 Form Post Response Mode §2, in Chromium', () => {
  const STATE = `a+b c&d=%"<é>/?#'\\`;

  it('posts the answer by itself, byte by byte, to a callback that redirects to another origin', async () => {
    const complaints: string[] = [];
    const page = await open({}, complaints);
    await page.goto(app.url + authorizePath(app, { response_mode: 'form_post', state: STATE }));
    await logIn(page);
    await page.click('#consent-approve');
    await page.waitForURL(`${site.landing}/landed`);
    const [answer, ...more] = site.posted.splice(0);
    expect([answer?.path, answer?.type, more]).toEqual(['/cb', 'application/x-www-form-urlencoded', []]);
    expect(Object.fromEntries(answer?.fields ?? [])).toEqual({
      ...{ code: expect.stringMatching(/^[\w-]{43}$/), state: STATE, iss: 'http://localhost:4000' },
    });
    // Errors too, and without a page between.
    await page.goto(app.url + authorizePath(app, { response_mode: 'form_post', state: STATE, prompt: 'none' }));
    await page.waitForURL(`${site.landing}/landed`);
    expect(Object.fromEntries(site.posted.splice(0)[0]?.fields ?? [])).toMatchObject({
      ...{ error: 'consent_required', state: STATE, iss: 'http://localhost:4000' },
    });
    expect(complaints).toEqual([]);
  });

  it('posts it by a button without JavaScript', async () => {
    const page = await open({ javaScriptEnabled: false });
    await page.goto(app.url + authorizePath(app, { response_mode: 'form_post', prompt: 'none', state: STATE }));
    expect(await page.textContent('h1')).toBe('Back to the application');
    await page.click('#post-continue');
    expect(page.url()).toBe(`${site.landing}/landed`);
    expect(site.posted.splice(0)[0]?.fields.get('state')).toBe(STATE);
  });
});

const WIDTHS = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };

/** A page with status 400 or 404 is itself worth a line on the console; nothing else is. */
const unexpected = (complaints: readonly string[]): readonly string[] =>
  complaints.filter((text) => !text.startsWith('Failed to load resource: the server responded'));

async function look(page: Page, name: string): Promise<void> {
  expect({ page: name, violations: await violations(page) }).toEqual({ page: name, violations: [] });
  const overflows = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
  expect({ page: name, overflows }).toEqual({ page: name, overflows: false });
}

describe.each(['light', 'dark'] as const)('WCAG 2.2 A and AA, judged by axe-core, %s', (colorScheme) => {
  it.each(['phone', 'desktop'] as const)(
    'finds no violation and no complaint of the browser on any page of an authorization request, %s',
    async (width) => {
      const complaints: string[] = [];
      const page = await open({ colorScheme, viewport: WIDTHS[width], bypassCSP: false }, complaints);
      await page.goto(app.url + authorizePath(app));
      await look(page, 'login');
      await logIn(page, 'wrong');
      await look(page, 'login-failed');
      await logIn(page);
      await look(page, 'consent');
      await page.click('text=Not you?');
      await look(page, 'login-other');
      await page.goto(
        app.url + authorizePath(app, { client_id: LONG_WINDED, scope: LONG_SCOPES.map(({ name }) => name).join(' ') }),
      );
      await look(page, 'consent-long');
      await page.goto(`${app.url}/authorize?client_id=nobody`);
      await look(page, 'refused');
      await page.goto(app.url + authorizePath(app, { prompt: 'select_account' }));
      await look(page, 'choose-account');
      const claims = JSON.stringify({ id_token: { sub: { value: 'somebody' } } });
      await page.goto(app.url + authorizePath(app, { scope: 'openid', claims }));
      await look(page, 'login-as-another');
      // The client keeps the browser where it is.
      await page.route(`${site.origin}/cb`, (route) => route.fulfill({ status: 204 }));
      const answered = page.waitForResponse(`${site.origin}/cb`);
      await page.goto(app.url + authorizePath(app, { response_mode: 'form_post', prompt: 'none' }), {
        waitUntil: 'commit',
      });
      await answered;
      await look(page, 'form-post');
      expect(unexpected(complaints)).toEqual([]);
    },
  );

  it.each(['phone', 'desktop'] as const)(
    'finds none on the pages of a log-out and of the account, %s',
    async (width) => {
      const complaints: string[] = [];
      const page = await open({ colorScheme, viewport: WIDTHS[width], bypassCSP: false }, complaints);
      await page.goto(`${app.url}/account`);
      await look(page, 'account-login');
      await logIn(page);
      await page.goto(
        `${app.url}/logout?client_id=${app.client.clientId}&post_logout_redirect_uri=${site.origin}/after`,
      );
      await look(page, 'logout');
      await page.click('#logout-cancel');
      await look(page, 'still-signed-in');
      await page.goto(`${app.url}/account`);
      await look(page, 'account');
      await page.click('#change-password');
      await look(page, 'password');
      await page.fill('#current-password', 'wrong');
      await page.fill('#new-password', 'another password');
      await page.fill('#new-password-again', 'another password');
      await page.click('#password-submit');
      await look(page, 'password-failed');
      await page.click('text=Cancel');
      await page.click('#logout');
      await look(page, 'signed-out');
      await page.goto(
        `${app.url}/logout?client_id=${app.client.clientId}&post_logout_redirect_uri=${site.origin}/after`,
      );
      await look(page, 'signed-out-return');
      expect(unexpected(complaints)).toEqual([]);
    },
  );
});

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

async function violations(page: Page): Promise<string[]> {
  // Evaluated by the debugger, so that the page's own policy (no script at all) stays as it is.
  await page.evaluate(AXE);
  const found: { violations: Violation[] } = await page.evaluate('axe.run(document)');
  return found.violations.map(
    ({ id, help, nodes }) => `${id}: ${help} ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join('; ')}`,
  );
}
