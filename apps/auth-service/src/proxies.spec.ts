import { type IncomingHttpHeaders, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { freePort, makeCertificate, type TestCertificate } from '@latchkey/testbed';
import { until } from '@latchkey/tokens/testing';
import { type ReverseProxy, startReverseProxy } from './test/reverse-proxy.js';
import { startWholeService, type WholeClient, type WholeService } from './test/whole-service.js';

/** All of 127.0.0.0/8 is this machine: proxies, and people who come through them or past them. */
const [OUTER, INNER, PERSON, STRANGER] = ['127.0.0.4', '127.0.0.1', '127.0.0.3', '127.0.0.2'];
const MADE_UP = '203.0.113.9';
const CALLBACK = 'https://client.example/cb';
const FAILURES = 20;

let certificate: TestCertificate;
let service: WholeService;
let client: WholeClient;
let inner: ReverseProxy;
let outer: ReverseProxy;
beforeAll(async () => {
  certificate = await makeCertificate();
  const port = await freePort();
  service = await startWholeService({
    issuer: `https://localhost:${port}`,
    settings: { HOST: INNER, TRUST_PROXY: `${INNER},${OUTER}`, LIMIT_FAILURES_PER_ADDRESS: String(FAILURES) },
  });
  client = await service.addClient({ redirect_uris: [CALLBACK] });
  inner = await startReverseProxy({ address: INNER, to: { host: INNER, port: service.port }, certificate, port });
  outer = await startReverseProxy({ address: OUTER, to: { host: INNER, port: service.port } });
});
afterAll(async () => {
  await outer.close();
  await inner.close();
  await service.close();
});

interface Asked {
  /** The address of who asks. */
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly path?: string;
}

interface Told {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function ask(
  where: 'past' | 'inner' | 'outer' | 'admin',
  { from = PERSON, headers = {}, body, path }: Asked,
): Promise<Told> {
  const place = {
    past: { host: INNER, port: service.port },
    inner: { host: INNER, port: inner.port },
    outer: { host: OUTER, port: outer.port },
    admin: { host: INNER, port: service.adminPort },
  }[where];
  return new Promise((resolve, reject) => {
    const sent = (where === 'inner' ? tlsRequest : plainRequest)(
      {
        ...place,
        ...{
          localAddress: from,
          ca: certificate.cert,
          servername: 'localhost',
          agent: false,
          path: path ?? '/token',
          headers,
        },
        method: body === undefined ? 'GET' : 'POST',
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Which address stands in the audit trail for a client that has just failed to prove who it is. */
async function recordedAddress(where: 'past' | 'inner' | 'outer', asked: Asked): Promise<unknown> {
  const { client_id: failed } = await service.addClient({ redirect_uris: [CALLBACK] });
  const authorization = `Basic ${btoa(`${failed}:${'f'.repeat(64)}`)}`;
  const form = { 'content-type': 'application/x-www-form-urlencoded', authorization };
  const { status } = await ask(where, { ...asked, headers: { ...form, ...asked.headers }, body: 'grant_type=x' });
  if (status !== 401) throw new Error(`answered ${status}`);
  let address: unknown;
  await until(async () => {
    const { items } = await service.admin('GET', `/audit-events?kind=client_authentication.failed&target=${failed}`);
    const event: unknown = Array.isArray(items) ? items[0] : undefined;
    if (typeof event !== 'object' || event === null || !('address' in event)) return false;
    address = event.address;
    return true;
  }, 'the failure is recorded');
  return address;
}

describe('TRUST_PROXY whose word an address is', () => {
  it('is nobody’s who is not named: what he says of others is ignored', async () => {
    for (const chain of [MADE_UP, `${MADE_UP}, ${INNER}`, `${INNER}, ${OUTER}`]) {
      const headers = { 'x-forwarded-for': chain, forwarded: `for=${MADE_UP}`, 'x-real-ip': MADE_UP };
      expect(await recordedAddress('past', { from: STRANGER, headers })).toBe(STRANGER);
    }
  });

  it('is that of the named proxy, which says who asked it', async () => {
    expect(await recordedAddress('inner', {})).toBe(PERSON);
  });

  it.each([
    ['one that he made up', MADE_UP],
    ['several', `${MADE_UP}, 198.51.100.7`],
    ['that of a proxy', INNER],
    ['what is no address', 'unknown, "><script>, ::1'],
  ])('is the right-most hop that is no proxy, whatever the person writes before it: %s', async (_, chain) => {
    expect(await recordedAddress('inner', { headers: { 'x-forwarded-for': chain } })).toBe(PERSON);
  });

  it('goes through every proxy that is named', async () => {
    expect(await recordedAddress('outer', { headers: { 'x-forwarded-for': MADE_UP } })).toBe(PERSON);
    const headers = { 'x-forwarded-for': `${MADE_UP}, ${PERSON}` };
    expect(await recordedAddress('inner', { from: OUTER, headers })).toBe(PERSON);
  });

  it('lets nobody escape his limit by making addresses up, nor fill that of somebody else', async () => {
    const guess = (from: string, n: number): Promise<Told> => {
      const headers = {
        authorization: `Basic ${btoa(`${String(n).padStart(32, 'a')}:x`)}`,
        'content-type': 'application/x-www-form-urlencoded',
        'x-forwarded-for': `203.0.113.${n}`,
      };
      return ask('inner', { from, headers, body: 'grant_type=x' });
    };
    const told: number[] = [];
    for (let n = 0; n < 2 * FAILURES; n++) told.push((await guess('127.0.0.9', n)).status);
    expect(told.filter((status) => status === 401).length).toBeLessThanOrEqual(FAILURES);
    expect(told.at(-1)).toBe(429);
    expect((await guess('127.0.0.10', 99)).status).toBe(401);
  });
});

describe('R1 an https issuer behind a proxy that ends TLS', () => {
  const authorize = (): string => {
    const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
    const words = { client_id: client.client_id, redirect_uri: CALLBACK, response_type: 'code', scope: 'openid' };
    return `/authorize?${new URLSearchParams({ ...words, code_challenge: challenge, code_challenge_method: 'S256' }).toString()}`;
  };

  it('gives Secure __Host- cookies and HSTS, though it is itself asked by http', async () => {
    const begun = await ask('inner', { path: authorize() });
    expect(begun.status).toBe(303);
    const [cookie = ''] = begun.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^__Host-latchkey-browser=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
    const page = await ask('inner', {
      path: begun.headers.location ?? '',
      headers: { cookie: cookie.split(';')[0] ?? '' },
    });
    expect([page.status, page.headers['strict-transport-security']]).toEqual([200, 'max-age=31536000']);
  });

  it.each(['past', 'inner', 'outer'] as const)(
    'derives no URL from Host or from what was forwarded (%s)',
    async (where) => {
      const headers = {
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'http',
        'x-forwarded-prefix': '/evil.example',
        forwarded: 'host=evil.example;proto=http',
      };
      const paths = [authorize(), '/', '/authorize', '/nothing', '/token', '/.well-known/openid-configuration'];
      const told = await Promise.all(paths.map((path) => ask(where, { path, headers })));
      expect(JSON.stringify(told)).not.toContain('evil.example');
      expect(told[0]?.headers.location).toMatch(/^\/interaction\//);
      expect(told[0]?.headers['set-cookie']?.[0]).toContain('; Secure');
      expect(told.at(-1)?.body).toContain(`"issuer":"${service.issuer}"`);
    },
  );

  it('leaves /healthz as it is, whatever is forwarded', async () => {
    const headers = { host: 'evil.example', 'x-forwarded-for': 'nonsense', 'x-forwarded-proto': 'ftp' };
    for (const from of [INNER, STRANGER]) {
      expect((await ask('admin', { from, path: '/healthz', headers })).status).toBe(200);
    }
  });
});
