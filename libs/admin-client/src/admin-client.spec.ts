import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AdminClient, AdminProblem, clientCredentials, each, TokenRefused, type TokenSource } from './index.js';

interface Asked {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
interface Said {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

let server: Server;
let url: string;
let asked: Asked[];
let answer: (request: Asked) => Said;
beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const seen = { line: `${request.method ?? ''} ${request.url ?? ''}`, headers: request.headers, body };
      asked.push(seen);
      const { status, body: said, headers = {} } = answer(seen);
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof said === 'string' ? said : JSON.stringify(said));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  url = `http://127.0.0.1:${address.port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const always: TokenSource = { token: () => Promise.resolve('the-token') };
const admin = (tokens: TokenSource = always): AdminClient => new AdminClient({ adminUrl: url, tokens });
const thrown = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );
const problemOf = async (work: Promise<unknown>): Promise<AdminProblem> => {
  const error = await thrown(work);
  if (error instanceof AdminProblem) return error;
  throw new Error(`no problem: ${String(error)}`);
};

describe('RFC 9457 what is not 2xx is thrown', () => {
  it('with every fault of the request', async () => {
    const errors = [{ pointer: '/colour', detail: 'is not known here' }];
    answer = () => ({ status: 400, body: { title: 'Bad Request', detail: 'one thing is not right', errors } });
    const problem = await problemOf(admin().createClient({ body: {} }));
    expect(problem).toMatchObject({ status: 400, detail: 'one thing is not right', errors });
    expect(problem.message).toContain('/colour is not known here');
  });

  it.each(['<html>', '', 'null', '[]', '{"errors": [7, {"pointer": 1}]}'])(
    'also where a proxy answered something else: %s',
    async (body) => {
      answer = () => ({ status: 503, body, headers: { 'retry-after': '7' } });
      const problem = await problemOf(admin().listClients());
      expect(problem).toMatchObject({ status: 503, errors: [] });
      expect(problem.retryAfterSeconds).toBe(7);
    },
  );

  it('a redirect is not followed with the token', async () => {
    answer = () => ({ status: 307, body: {}, headers: { location: `${url}/elsewhere` } });
    expect(await thrown(admin().listClients())).toMatchObject({ name: 'TypeError' });
    expect(asked).toHaveLength(1);
  });
});

describe('what is sent', () => {
  beforeEach(() => {
    answer = () => ({ status: 200, body: { items: [], next: null }, headers: { etag: '"t"', location: '/there' } });
  });

  it('a name in a path is one segment of it, whatever it holds', async () => {
    await admin().getApi({ id: '../clients?x=1#y' });
    expect(asked[0]?.line).toBe('GET /admin/v1/apis/..%2Fclients%3Fx%3D1%23y');
  });

  it('the options, each as its header', async () => {
    const { etag, location } = await admin().createRevocation({
      body: { kind: 'issuer' },
      idempotencyKey: 'a "b" \\',
      waitSeconds: 2,
    });
    expect(asked[0]).toMatchObject({
      line: 'POST /admin/v1/revocations',
      headers: {
        authorization: 'Bearer the-token',
        'content-type': 'application/json',
        'idempotency-key': String.raw`"a \"b\" \\"`,
        prefer: 'wait=2',
      },
      body: '{"kind":"issuer"}',
    });
    expect({ etag, location }).toEqual({ etag: '"t"', location: '/there' });
  });

  it('RFC 7396 a patch as application/merge-patch+json, with the tag that was read', async () => {
    await admin().patchUser({ sub: 'x', body: { name: null }, ifMatch: '"t"' });
    expect(asked[0]?.headers).toMatchObject({ 'content-type': 'application/merge-patch+json', 'if-match': '"t"' });
  });
});

describe('admin-api A5 each', () => {
  it('walks every page, and asks for the next one when it is reached', async () => {
    answer = ({ line }) => ({
      status: 200,
      body: line.includes('after=two') ? { items: [3], next: null } : { items: [1, 2], next: 'two' },
    });
    const seen: unknown[] = [];
    for await (const item of each(admin().listClients, { limit: 2 })) seen.push(item);
    expect(seen).toEqual([1, 2, 3]);
    expect(asked.map(({ line }) => line)).toEqual([
      'GET /admin/v1/clients?limit=2',
      'GET /admin/v1/clients?limit=2&after=two',
    ]);
  });

  it('asks no further than it is read', async () => {
    answer = () => ({ status: 200, body: { items: [1], next: 'more' } });
    const items = each(admin().listClients, {})[Symbol.asyncIterator]();
    expect(await items.next()).toEqual({ done: false, value: 1 });
    await items.return(undefined);
    expect(asked).toHaveLength(1);
  });
});

describe('RFC 6749 §4.4 clientCredentials', () => {
  const source = (): TokenSource =>
    clientCredentials({ issuer: url, adminUrl: 'http://admin.example', clientId: 'a:b', clientSecret: 's%' });
  const token = (lifetime: number) => {
    let count = 0;
    return (): Said => ({ status: 200, body: { access_token: `t${++count}`, expires_in: lifetime } });
  };

  it('asks once for many at once, for the audience of the admin API, and encodes what it is by', async () => {
    answer = token(300);
    const tokens = source();
    expect(new Set(await Promise.all(Array.from({ length: 50 }, () => tokens.token())))).toEqual(new Set(['t1']));
    expect(asked).toHaveLength(1);
    expect(asked[0]?.body).toBe('grant_type=client_credentials&resource=http%3A%2F%2Fadmin.example');
    expect(asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from('a%3Ab:s%25').toString('base64')}`);
  });

  it('renews one that has run out', async () => {
    answer = token(0);
    const tokens = source();
    expect([await tokens.token(), await tokens.token()]).toEqual(['t1', 't2']);
  });

  it('says why there is none, and asks again the next time', async () => {
    answer = () => ({ status: 401, body: { error: 'invalid_client', error_description: 'no' } });
    const tokens = source();
    expect(await thrown(tokens.token())).toBeInstanceOf(TokenRefused);
    expect(await thrown(tokens.token())).toMatchObject({ status: 401, error: 'invalid_client' });
    expect(asked).toHaveLength(2);
  });

  it('is asked for another one after a 401, once', async () => {
    const next = token(300);
    answer = (request) => (request.line === 'POST /token' ? next() : { status: 401, body: { detail: 'no' } });
    const problem = await problemOf(admin(source()).listClients());
    expect(problem.status).toBe(401);
    expect(asked.map(({ line, headers }) => (line === 'POST /token' ? line : headers.authorization))).toEqual([
      ...['POST /token', 'Bearer t1', 'POST /token', 'Bearer t2'],
    ]);
  });
});
