import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { connect } from 'node:net';
import { type ProtocolApp, startProtocolApp } from './test/protocol-app.js';

let app: ProtocolApp;
beforeAll(async () => {
  app = await startProtocolApp();
});
afterAll(() => app.close());

/** Whatever a stranger sends with it must not come back. */
const ECHO = 'echo-of-a-secret';

interface Told {
  readonly referrerPolicy: string | undefined;
  readonly status: number;
  readonly allow: string | undefined;
  readonly location: string | undefined;
  readonly body: string;
}

const ask = (method: string, path: string): Promise<Told> =>
  new Promise((resolve, reject) => {
    const headers = { cookie: `latchkey-session=${ECHO}`, 'x-secret': ECHO, authorization: `Bearer ${ECHO}` };
    request(app.url + path, { method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => {
        const { allow, location, 'referrer-policy': referrerPolicy } = response.headers;
        resolve({
          status: response.statusCode ?? 0,
          allow,
          location,
          body,
          referrerPolicy: referrerPolicy?.toString(),
        });
      });
    })
      .on('error', reject)
      .end();
  });

const ODD = ['OPTIONS', 'TRACE', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'PURGE'];
const MACHINES = ['/token', '/revoke', '/introspect', '/userinfo', '/jwks', '/.well-known/openid-configuration'];
const PAGES = ['/authorize', '/interaction/x', '/interaction/x/login', '/account', '/assets/x', '/'];

describe('R43 RFC 9110 §9 methods that nobody means', () => {
  it.each(
    MACHINES.flatMap((path) => ODD.flatMap((method) => [[method, path] as const, [method, `${path}/`] as const])),
  )(
    '%s %s is refused there, with what is allowed where the path is known, and repeats nothing',
    async (method, path) => {
      const told = await ask(method, path);
      expect([404, 405]).toContain(told.status);
      // RFC 9110 §15.5.6: "The origin server MUST generate an Allow header field in a 405 response".
      if (told.status === 405) expect(told.allow).toMatch(/^(?:GET|POST)/);
      expect(told.location).toBeUndefined();
      expect(told.body).not.toContain(ECHO);
    },
  );

  it.each(PAGES.flatMap((path) => ODD.map((method) => [method, path] as const)))(
    '%s %s of a page is nothing, and repeats nothing',
    async (method, path) => {
      const told = await ask(method, path);
      expect(told.status).toBeGreaterThanOrEqual(400);
      expect(told.status).toBeLessThan(500);
      expect(told.body).not.toContain(ECHO);
    },
  );

  it('HEAD is GET without a body at the documents, and no way round POST at the others', async () => {
    for (const path of ['/jwks', '/.well-known/openid-configuration']) {
      expect(await ask('HEAD', path)).toMatchObject({ status: 200, body: '' });
    }
    for (const path of ['/token', '/revoke', '/introspect']) {
      expect(await ask('HEAD', path)).toMatchObject({ status: 405, allow: 'POST', body: '' });
    }
    expect(await ask('HEAD', '/userinfo')).toMatchObject({ body: '', location: undefined });
  });

  it.each([
    'FOO / HTTP/1.1',
    'TRACK / HTTP/1.1',
    'CONNECT example.com:443 HTTP/1.1',
    'GET http://evil.example/ HTTP/1.1',
  ])('says no to "%s", as a line on the wire, and leads nowhere', async (line) => {
    const { port } = new URL(app.url);
    const text = await new Promise<string>((resolve, reject) => {
      let heard = '';
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(`${line}\r\nHost: evil.example\r\nConnection: close\r\nX-Secret: ${ECHO}\r\n\r\n`);
      });
      socket.setEncoding('utf8').on('data', (chunk: string) => (heard += chunk));
      socket.on('error', reject).on('close', () => {
        resolve(heard);
      });
    });
    // CONNECT, which only a proxy answers, ends the connection.
    if (text !== '') expect(text).toMatch(/^HTTP\/1\.1 (?:4\d\d|501) /);
    expect(text).not.toMatch(new RegExp(`${ECHO}|evil\\.example`));
  });
});

describe('R46 error pages', () => {
  it.each([
    '/authorize?client_id=nobody',
    '/authorize?',
    '/interaction/x?',
    `/interaction/${ECHO}?`,
    `/interaction/${ECHO}/login?`,
    '/logout?post_logout_redirect_uri=https://evil.example',
    '/assets/x?',
    '/?',
  ])('%s carries no code and no token, and its address goes nowhere', async (path) => {
    const words = ['code', 'id_token_hint', 'access_token', 'token', 'state', 'request', 'nonce'];
    const told = await ask('GET', `${path}&${words.map((name) => `${name}=${ECHO}`).join('&')}`);
    expect([400, 404]).toContain(told.status);
    expect(told.referrerPolicy).toBe('no-referrer');
    expect(told.body).not.toMatch(new RegExp(`${ECHO}|evil\\.example`));
  });
});
