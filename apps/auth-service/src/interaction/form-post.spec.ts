import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { authorizePath, PASSWORD, type PagesApp, startPagesApp } from './test/pages-app.js';
import { ScriptBrowser, type Seen } from './test/script-browser.js';

let app: PagesApp;
beforeAll(async () => {
  app = await startPagesApp();
});
afterAll(() => app.close());

const browse = (): ScriptBrowser => new ScriptBrowser(app.url);
const path = (over: Record<string, string | undefined> = {}): string =>
  authorizePath(app, { response_mode: 'form_post', ...over });

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
const read = (text: string): string => text.replaceAll(/&(#?\w+);/g, (_, name: string) => ENTITIES[name] ?? '?');
/** What the form would post, and where to. */
const posted = ({ hidden, action }: Seen) => ({
  action: read(action),
  fields: Object.fromEntries(Object.entries(hidden).map(([name, value]) => [name, read(value)])),
});

function expectPage(seen: Seen): void {
  expect([seen.status, seen.location, seen.headers.get('cache-control')]).toEqual([200, '', 'no-store']);
  expect(seen.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(seen.headers.get('referrer-policy')).toBe('no-referrer');
  expect(seen.body.match(/<form/g)).toHaveLength(1);
  expect(seen.body).toMatch(/<button [^>]*id="post-continue"/);
}

const STATES = ['a state', `"><script>alert(1)</script>&amp;'+%20=ü`, `${'x'.repeat(996)}"<&'`];

describe('R14 OAuth 2.0 Form Post Response Mode §2', () => {
  it.each(STATES)(
    'R10 posts the code, iss and the state byte by byte, after the POST of the consent page: %s',
    async (state) => {
      const browser = browse();
      const consent = await browser.beginLoggedIn(path({ state }), 'ada', PASSWORD);
      const seen = await browser.approve(consent);
      expectPage(seen);
      expect(posted(seen)).toEqual({
        action: 'https://client.example/cb',
        fields: { code: expect.stringMatching(/^[\w-]{43}$/), state, iss: 'http://localhost:4000' },
      });
      expect(seen.body.match(/<script/g)).toHaveLength(1);
    },
  );

  it.each(STATES)('R10 and R16 posts errors alike, without any interaction: %s', async (state) => {
    const seen = await browse().get(path({ prompt: 'none', state }));
    expectPage(seen);
    expect(posted(seen)).toEqual({
      action: 'https://client.example/cb',
      fields: {
        ...{ error: 'login_required', error_description: expect.any(String), state, iss: 'http://localhost:4000' },
      },
    });
  });

  it.each<[string, Record<string, string | undefined>, string]>([
    ['a response type that there is not', { response_type: 'token' }, 'unsupported_response_type'],
    ['no response type', { response_type: undefined }, 'invalid_request'],
    ['a scope that may not be had', { scope: 'clients:write' }, 'invalid_scope'],
    ['a request object', { request: 'x' }, 'request_not_supported'],
    ['no challenge', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
  ])('posts the error of %s', async (_, over, error) => {
    const seen = await browse().get(path(over));
    expectPage(seen);
    expect(posted(seen).fields).toMatchObject({ error, state: 'the-state' });
  });

  it('posts a denial, and a cancelled login', async () => {
    const browser = browse();
    const login = await browser.begin(path());
    const cancelled = await browser.post(login.action, { ...login.hidden, 'login-cancel': 'x' });
    const denied = await browser.deny(await browser.beginLoggedIn(path(), 'ada', PASSWORD));
    for (const seen of [cancelled, denied]) {
      expectPage(seen);
      expect(posted(seen).fields).toMatchObject({ error: 'access_denied', state: 'the-state' });
    }
  });

  it('has no state where none was sent', async () => {
    expect(Object.keys(posted(await browse().get(path({ prompt: 'none', state: undefined }))).fields).sort()).toEqual([
      ...['error', 'error_description', 'iss'],
    ]);
  });

  it('takes the request by POST as well', async () => {
    const fields = Object.fromEntries(new URLSearchParams(path({ prompt: 'none' }).slice('/authorize?'.length)));
    const browser = browse();
    // Without a cookie it is asked once more by GET (authorize.spec).
    expectPage(await browser.get((await browser.post('/authorize', fields)).location));
    expectPage(await browser.post('/authorize', { ...fields, max_age: 'x', prompt: '' }));
  });

  it.each<[string, () => string]>([
    ['a mode that there is not', () => path({ response_mode: 'fragment' })],
    ['a repeated mode', () => `${path()}&response_mode=form_post`],
  ])('sends %s back in the query', async (_, there) => {
    expect(await errorOf(there())).toBe('invalid_request');
  });

  async function errorOf(there: string): Promise<string | null> {
    return new URL((await browse().get(there)).location).searchParams.get('error');
  }

  it('sends it back in the query where only an app of the device listens', async () => {
    const redirectUris = ['com.example.app:/cb'];
    const native = await app.addClient({ applicationType: 'native', redirectUris });
    expect(await errorOf(path({ client_id: native.clientId, redirect_uri: redirectUris[0] }))).toBe('invalid_request');
  });

  it('refuses a state that a form would rewrite, and does not give it back rewritten', async () => {
    for (const state of ['a\nb', 'a\rb', 'a\r\nb']) {
      const { fields } = posted(await browse().get(path({ state })));
      expect([fields['error'], fields['state']]).toEqual(['invalid_request', undefined]);
    }
  });
});

describe('P3 the page that posts itself', () => {
  it('runs one script, by its hash, and may be framed by nobody', async () => {
    const seen = await browse().get(path({ prompt: 'none' }));
    const script = /<script>(.*?)<\/script>/s.exec(seen.body)?.[1] ?? '';
    const hash = createHash('sha256').update(script).digest('base64');
    const policy = seen.headers.get('content-security-policy') ?? '';
    for (const part of [
      "default-src 'none'",
      `script-src 'sha256-${hash}'`,
      'form-action https:',
      "frame-ancestors 'none'",
    ]) {
      expect(policy.split('; ')).toContain(part);
    }
    expect(policy).not.toContain('unsafe');
    expect(seen.body).not.toMatch(/ on\w+=| style=/);
  });
});
