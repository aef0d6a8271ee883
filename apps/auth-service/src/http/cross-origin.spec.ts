import { request } from 'node:http';
import { REDIRECT_URI, Outside } from './test/outside.js';
import { type ProtocolApp, startProtocolApp, type TestClient } from './test/protocol-app.js';

const APP = 'https://app.example';
const SERVER = 'https://server.example';

let app: ProtocolApp;
let browserApp: TestClient;
beforeAll(async () => {
  app = await startProtocolApp();
  browserApp = await app.addClient({ tokenEndpointAuthMethod: 'none', redirectUris: [REDIRECT_URI, `${APP}/cb`] });
  await app.addClient({ redirectUris: [`${SERVER}/cb`] });
  await app.addClient({ tokenEndpointAuthMethod: 'none', redirectUris: ['com.example.app:/cb'] });
});
afterAll(() => app.close());

interface Seen {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly retryAfter?: string | undefined;
}

/** By `node:http`, since `fetch` keeps Origin and OPTIONS to itself. Only the headers of CORS, and Vary. */
function ask(method: string, path: string, headers: Readonly<Record<string, string>> = {}, body = ''): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const sent = request(app.url + path, { method, headers }, (response) => {
      response.resume();
      const told = Object.entries(response.headers).filter(([name]) => /^access-control-|^vary$/.test(name));
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(told.map(([k, v]) => [k, String(v)])),
          retryAfter: response.headers['retry-after'],
        });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const preflight = (path: string, origin: string, wanted = 'POST'): Promise<Seen> =>
  ask('OPTIONS', path, {
    ...{ origin, 'access-control-request-method': wanted, 'access-control-request-headers': 'authorization' },
  });

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const EXPOSED = 'www-authenticate, retry-after, ratelimit, ratelimit-policy';
const ALLOWED = { 'access-control-allow-origin': APP, 'access-control-expose-headers': EXPOSED, vary: 'origin' };

describe('RFC 9700 §2.6 endpoints that no script may use', () => {
  it.each(['/authorize', '/logout', '/introspect', '/interaction/x', '/interaction/x/login', '/', '/nothing'])(
    '%s says nothing to any origin, before it is asked and when it is',
    async (path) => {
      expect((await preflight(path, APP)).headers).not.toHaveProperty('access-control-allow-origin');
      for (const method of ['GET', 'POST']) {
        const { headers } = await ask(method, path, { origin: APP, ...FORM }, method === 'GET' ? '' : 'x=y');
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
      }
    },
  );
});

describe.each(['/token', '/revoke', '/token/'])('Fetch standard, CORS protocol: %s', (path) => {
  it.each([
    ['one that nobody has', 'https://evil.example'],
    ['one of a client with a secret', SERVER],
    ['that of a page without origin', 'null'],
    ['a longer host', `${APP}.evil.example`],
    ['another port', `${APP}:8443`],
    ['another scheme', 'http://app.example'],
    ['two at once', `${APP}, ${APP}`],
    ['an origin with a path', `${APP}/`],
    ['an origin in capitals', 'https://APP.example'],
    ['our own', 'http://localhost:4000'],
  ])('gives no permission to %s, and answers as if there were no browser', async (_, origin) => {
    expect(await preflight(path, origin)).toEqual({ status: 405, headers: { vary: 'origin' } });
    expect(await ask('POST', path, { origin, ...FORM }, 'x=y')).toEqual({ status: 401, headers: { vary: 'origin' } });
  });

  it('answers a preflight of a registered origin with 204, that very origin, and never with credentials', async () => {
    expect(await preflight(path, APP)).toEqual({
      status: 204,
      headers: {
        ...ALLOWED,
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': 'authorization, content-type',
        'access-control-max-age': '600',
      },
    });
  });

  it('names what it allows, whatever is asked for: the browser refuses the rest', async () => {
    const { status, headers } = await preflight(path, APP, 'DELETE');
    expect([status, headers['access-control-allow-methods']]).toEqual([204, 'POST']);
  });

  it('says that the answer varies where there was no origin', async () => {
    expect((await ask('POST', path, FORM, 'x=y')).headers).toEqual({ vary: 'origin' });
  });

  it.each([
    ['401', 'POST', FORM, 'x=y', 401],
    ['405 to another method', 'PUT', FORM, 'x=y', 405],
    ['405 to OPTIONS that is no preflight', 'OPTIONS', {}, '', 405],
    ['400 to another content type', 'POST', { 'content-type': 'text/plain' }, 'x=y', 400],
    ['413 by the framework', 'POST', FORM, 'x'.repeat(70_000), 413],
  ])('lets the origin read a %s', async (_, method, headers, body, status) => {
    expect(await ask(method, path, { origin: APP, ...headers }, body)).toEqual({ status, headers: ALLOWED });
  });
});

describe('Fetch standard, CORS protocol: /userinfo', () => {
  it('is read by GET and POST, with an Authorization header that is asked about before', async () => {
    const { status, headers } = await preflight('/userinfo', APP, 'GET');
    expect([status, headers['access-control-allow-origin']]).toEqual([204, APP]);
    expect(headers['access-control-allow-methods']).toBe('GET, POST');
    expect(headers['access-control-allow-headers']).toContain('authorization');
    for (const method of ['GET', 'POST']) {
      const refused = await ask(method, '/userinfo', { origin: APP, authorization: 'Bearer x' });
      expect(refused).toEqual({ status: 401, headers: ALLOWED });
    }
    expect((await preflight('/userinfo', 'https://evil.example', 'GET')).headers).toEqual({ vary: 'origin' });
  });
});

describe('RFC 9700 §2.6 six hundred preflights at once, each of another origin', () => {
  it('hold two reads; those beyond five hundred that wait come again, and a request of a registered origin is not refused', async () => {
    const late = 'https://late.example';
    await app.addClient({ tokenEndpointAuthMethod: 'none', redirectUris: [`${late}/cb`] });
    let open: () => void = () => undefined;
    let reads = 0;
    let flood: readonly Promise<Seen>[] = [];
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    app.elsewhere.beforeOrigins = () => {
      reads += 1;
      return gate;
    };
    let beyond = 600 - 502;
    const full = new Promise<void>((resolve) => {
      flood = Array.from({ length: 600 }, async (_, n) => {
        const seen = await preflight('/token', `https://n${n}.example`);
        beyond -= 1;
        if (beyond === 0) resolve();
        return seen;
      });
    });
    await full;
    const turnedAway = { status: 503, retryAfter: '1' };
    expect(await preflight('/token', late)).toMatchObject(turnedAway);
    const request = ask('POST', '/token', { origin: late, ...FORM }, 'x=y');
    // Everybody else is served meanwhile.
    expect((await ask('POST', '/token', FORM, 'x=y')).status).toBe(401);
    expect(reads).toBe(2);
    open();
    delete app.elsewhere.beforeOrigins;
    expect(await request).toEqual({ status: 401, headers: { ...ALLOWED, 'access-control-allow-origin': late } });
    const statuses = (await Promise.all(flood)).map(({ status }) => status);
    expect([405, 503].map((one) => statuses.filter((status) => status === one).length)).toEqual([502, 98]);
    expect((await preflight('/token', late)).status).toBe(204);
  });
});

describe('OAuth 2.0 for browser-based applications', () => {
  it('lets the origin read its tokens', async () => {
    const outside = new Outside(app);
    const { code, verifier } = await outside.authorize(browserApp);
    const response = await fetch(`${app.url}/token`, {
      method: 'POST',
      headers: { origin: APP },
      body: new URLSearchParams({
        ...{ grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: REDIRECT_URI },
        client_id: browserApp.clientId,
      }),
    });
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, APP]);
    expect(response.headers.has('access-control-allow-credentials')).toBe(false);
  });

  it('leaves the documents to everybody', async () => {
    for (const path of ['/jwks', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) {
      const { headers } = await ask('GET', path, { origin: 'https://anybody.example' });
      expect(headers).toMatchObject({ 'access-control-allow-origin': '*' });
      expect(headers).not.toHaveProperty('vary');
    }
  });
});
