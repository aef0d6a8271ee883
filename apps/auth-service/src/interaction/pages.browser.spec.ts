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
}

async function startClientSite(): Promise<ClientSite> {
  const port = (): number => (server.address() as AddressInfo).port;
  const landing = (): string => `http://localhost:${port()}`;
  const server = createServer((request, response) => {
    if (request.url === '/logo.svg') response.writeHead(200, { 'content-type': 'image/svg+xml' }).end(LOGO);
    else if (request.url?.startsWith('/cb') === true) {
      response.writeHead(302, { location: `${landing()}/landed${request.url.slice('/cb'.length)}` }).end();
    } else response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Client</title><h1>Back</h1>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${port()}`, landing: landing() };
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
  browser = await chromium.launch({ executablePath: await findChromium(), args: chromiumArguments() });
}, 120_000);

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

  it('logs in with the Enter key, so that the first button of the form is the one that submits', async () => {
    const page = await open(noScript);
    await page.goto(app.url + authorizePath(app));
    await page.fill('#username', 'ada');
    await page.fill('#password', PASSWORD);
    await page.press('#password', 'Enter');
    await page.waitForSelector('#consent-approve');
  });
});

const WIDTHS = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };

describe.each(['light', 'dark'] as const)('WCAG 2.2 A and AA, judged by axe-core, %s', (colorScheme) => {
  it.each(['phone', 'desktop'] as const)(
    'finds no violation and no complaint of the browser on any page, %s',
    async (width) => {
      const complaints: string[] = [];
      const page = await open({ colorScheme, viewport: WIDTHS[width], bypassCSP: false }, complaints);
      const look = async (name: string): Promise<void> => {
        expect({ page: name, violations: await violations(page) }).toEqual({ page: name, violations: [] });
        const overflows = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
        expect({ page: name, overflows }).toEqual({ page: name, overflows: false });
      };
      await page.goto(app.url + authorizePath(app));
      await look('login');
      await logIn(page, 'wrong');
      await look('login-failed');
      await logIn(page);
      await look('consent');
      await page.click('text=Not you?');
      await look('login-other');
      await page.goto(
        app.url + authorizePath(app, { client_id: LONG_WINDED, scope: LONG_SCOPES.map(({ name }) => name).join(' ') }),
      );
      await look('consent-long');
      await page.goto(`${app.url}/authorize?client_id=nobody`);
      await look('refused');
      // A page with status 400 or 404 is itself worth a line on the console; nothing else is.
      expect(complaints.filter((text) => !text.startsWith('Failed to load resource: the server responded'))).toEqual(
        [],
      );
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
