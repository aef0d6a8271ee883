import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chromiumArguments, findChromium } from '@latchkey/testbed';
import { until } from '@latchkey/tokens/testing';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { adminBench, type AdminBench } from '../test/admin-bench.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** By a script that is not of this spec's making, and nothing is missed. */
const DONE_WITHOUT = ['script-src', 'style-src-elem', 'style-src-attr'];
/** For a page to be drawn, on a machine that is busy with other things. */
const PATIENCE_MS = 120_000;
const WIDTHS = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };

let bench: AdminBench;
let browser: Browser;
beforeAll(async () => {
  bench = await adminBench();
  browser = await chromium.launch({ executablePath: await findChromium(), args: chromiumArguments() });
});
afterAll(async () => {
  await browser.close();
  await bench.close();
});

interface Shown {
  readonly page: Page;
  /** What the browser asked for, by path; whole where it is not ours. */
  readonly asked: readonly string[];
  readonly refused: () => Promise<readonly string[]>;
}

/** With the reader drawn: its heading stands on the page. */
async function shown(options: BrowserContextOptions, hash = ''): Promise<Shown> {
  const context = await browser.newContext(options);
  await context.addInitScript(
    'globalThis.refused = []; addEventListener("securitypolicyviolation", ({ effectiveDirective }) => refused.push(effectiveDirective))',
  );
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url().replace(bench.url, '')));
  await page.goto(`${bench.url}/admin/docs${hash}`);
  await page.waitForSelector('h1');
  return { page, asked, refused: () => page.evaluate('[...new Set(refused)]') };
}

const open = (path: string) => bench.ask('GET', path, { authorization: null });

describe('admin-api A2: /admin/docs needs no token', () => {
  it('lets a browser load from us alone: no inline script, no eval, styles by a nonce of this answer', async () => {
    const [one, other] = [await open('/admin/docs'), await open('/admin/docs')];
    const policy = one.headers.get('content-security-policy') ?? '';
    expect(one.status).toBe(200);
    expect(policy).toContain("default-src 'none'; script-src 'self'; connect-src 'self'");
    expect(policy).not.toMatch(/unsafe|https?:|blob:|\*/);
    const nonce = /style-src 'self' 'nonce-([^']+)'/.exec(policy)?.[1] ?? 'none';
    expect(one.text).toContain(`content="${nonce}"`);
    expect(other.headers.get('content-security-policy')).not.toContain(nonce);
    expect(one.text).not.toMatch(/<script>|<script(?![^>]*\ssrc=)|\sstyle=|\son[a-z]+=/i);
    expect(one.text).toMatch(/<noscript>[^]*\/admin\/openapi\.json/);
  });

  it('405 with Allow for each of its files, and the reader may be kept', async () => {
    for (const path of ['', '/reader.js', '/start.js', '/page.css']) {
      const { status, headers } = await bench.ask('POST', `/admin/docs${path}`, { authorization: null });
      expect([path, status, headers.get('allow')]).toEqual([path, 405, 'GET, HEAD']);
    }
    expect((await open('/admin/docs')).headers.get('cache-control')).toBe('no-store');
    expect((await open('/admin/docs/reader.js')).headers.get('cache-control')).toBe('private, max-age=3600');
  });
});

describe('ADR 13 the reader in a browser', () => {
  it('asks us alone, keeps nothing, and offers nothing that sends', async () => {
    const { page, asked, refused } = await shown({}, '#tag/clients/POST/admin/v1/clients');
    await page.waitForSelector('text=Idempotency-Key');
    expect(asked.filter((path) => path !== '/favicon.ico').toSorted()).toEqual(
      ['', '/page.css', '/reader.js', '/start.js'].map((path) => `/admin/docs${path}`).concat('/admin/openapi.json'),
    );
    expect(
      await page.locator('button:has-text("Test Request"), button:has-text("Ask AI"), input[type=password]').count(),
    ).toBe(0);
    // It remembers which language an example is shown in.
    const kept: string[] = await page.evaluate('Object.keys({ ...localStorage, ...sessionStorage })');
    expect(kept.filter((name) => name !== 'scalar-reference-selected-client-v2')).toEqual([]);
    expect(await page.evaluate('document.cookie')).toBe('');
    // What it tries and does without: a probe for eval (zod), styles of editors that are not there.
    expect((await refused()).filter((directive) => !DONE_WITHOUT.includes(directive))).toEqual([]);
    await page.context().close();
  });

  it.each([
    ['light', 'phone'],
    ['dark', 'desktop'],
  ] as const)(
    'shows examples, the scope and the problems of an operation, and axe finds nothing: %s, %s',
    async (colorScheme, width) => {
      const { page } = await shown({ colorScheme, viewport: WIDTHS[width] }, '#tag/clients/POST/admin/v1/clients');
      await page.waitForSelector('text=Idempotency-Key');
      const text = (): Promise<string> => page.evaluate('document.body.innerText');
      // It is drawn part by part.
      for (const word of ['clients:write', 'Acme Notes', '"client_secret"', '400', '422'])
        await until(async () => (await text()).includes(word), `${word} is shown`);
      expect(await page.evaluate('document.documentElement.scrollWidth > innerWidth')).toBe(false);
      await page.evaluate(AXE);
      const found: { violations: { id: string; nodes: { html: string }[] }[] } = await page.evaluate(
        'axe.run(document, { resultTypes: ["violations"] })',
      );
      expect(found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id} ${html}`))).toEqual([]);
      await page.context().close();
    },
  );

  it('names every operation in its menu, and finds one by a word', async () => {
    const { tags, paths } = (await open('/admin/openapi.json')).json as {
      tags: { name: string }[];
      paths: Record<string, Record<string, { summary: string }>>;
    };
    const { page } = await shown({ viewport: WIDTHS.desktop });
    for (const { name } of tags.slice(1)) await page.locator(`aside button:has-text("${name}")`).first().click();
    const menu = (): Promise<string> => page.locator('aside').first().innerText();
    const summaries = Object.values(paths).flatMap((item) => Object.values(item).map(({ summary }) => summary));
    for (const summary of summaries) await until(async () => (await menu()).includes(summary), `${summary} is there`);
    await page.context().close();
  });
});
