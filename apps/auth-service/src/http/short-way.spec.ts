import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type EndpointRequest, type EndpointResponse, Unavailable } from '@latchkey/protocol';
import { until } from '@latchkey/tokens/testing';
import Fastify, { type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { say } from '../test/raw-socket.js';
import { openShortWay } from './short-way.js';

let app: FastifyInstance;
let url: string;
let asked: EndpointRequest[];
let answers: (request: EndpointRequest) => Promise<EndpointResponse>;
let closing: boolean;
let sockets: Socket[];
beforeEach(async () => {
  [asked, closing, sockets] = [[], false, []];
  answers = () => Promise.resolve({ status: 200, headers: { 'content-type': 'text/plain' }, body: 'short' });
  app = Fastify({ http: { requireHostHeader: false }, routerOptions: { ignoreTrailingSlash: true }, bodyLimit: 1000 });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    done(null, body);
  });
  const handle = (request: EndpointRequest): Promise<EndpointResponse> => {
    asked.push(request);
    return answers(request);
  };
  openShortWay(app, {
    endpoints: new Map([['/token', { handle }]]),
    bodyLimitBytes: 20,
    addressOf: () => '192.0.2.1',
    headersAt: (path) => ({ 'x-path': path }),
    draining: { hasBegun: () => closing },
    log: pino({ level: 'silent' }),
  });
  app.all('*', () => 'long');
  app.server.on('connection', (socket) => sockets.push(socket));
  url = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => app.close());

const FORM = 'Content-Type: application/x-www-form-urlencoded\r\n';
const HEAD = `Host: x\r\nConnection: close\r\n`;
const post = (body: string, headers = FORM): string =>
  `POST /token HTTP/1.1\r\n${HEAD}${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const bodyOf = (heard: string): string => heard.split('\r\n\r\n')[1] ?? '';

describe('R43 the short way of a plain request', () => {
  it.each([
    ['a form', post('a=b')],
    ['a form in UTF-8', post('a=b', 'Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n')],
    ['a form without a word', post('')],
    ['a read', `GET /token HTTP/1.1\r\n${HEAD}\r\n`],
  ])('is that of %s', async (_, text) => {
    expect(bodyOf(await say(url, text))).toBe('short');
  });

  it.each([
    ['another path', post('').replace('/token', '/tokens')],
    ['a slash at the end', post('').replace('/token', '/token/')],
    ['a query', post('').replace('/token', '/token?a=b')],
    ['an encoded path', post('').replace('/token', '/t%6Fken')],
    ['a whole URL', post('').replace('/token', 'http://x/token')],
    ['another method', post('').replace('POST', 'PUT')],
    ['HTTP/1.0', post('').replace('1.1', '1.0')],
    ['two Hosts', post('', `${FORM}HOST: y\r\n`)],
    ['no Host', post('').replace('Host: x\r\n', '')],
    ['another origin', post('', `${FORM}Origin: https://a.example\r\n`)],
    ['an expectation', post('', `${FORM}Expect: 100-continue\r\n`)],
    ['chunks', `POST /token HTTP/1.1\r\n${HEAD}${FORM}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['more than may be sent', post('a'.repeat(21))],
    ['no length', `POST /token HTTP/1.1\r\n${HEAD}${FORM}\r\n`],
    ['no content type', post('', '')],
    ['another content type', post('', 'Content-Type: application/json\r\n')],
    ['another charset', post('', 'Content-Type: application/x-www-form-urlencoded; charset=latin1\r\n')],
    ['a body of a read', post('').replace('POST', 'GET')],
  ])('is not that of %s', async (_, text) => {
    const heard = bodyOf(await say(url, text));
    expect(heard).not.toContain('short');
    expect(asked).toEqual([]);
  });

  it('is closed once the end has begun', async () => {
    closing = true;
    expect(bodyOf(await say(url, post('')))).toBe('long');
  });

  it('hands over every word as it was sent, whatever the pieces in which it came', async () => {
    const text = post('a=ü', `${FORM}Authorization: one\r\nauthorization: two\r\nAccept: x\r\nPrefer: y\r\n`);
    const bytes = Buffer.from(text);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    // In the midst of a character.
    socket.write(bytes.subarray(0, -1));
    await until(() => sockets[0]?.bytesRead === bytes.length - 1, 'the first piece is there');
    socket.end(bytes.subarray(-1));
    await until(() => asked.length === 1, 'it is asked');
    expect(asked[0]).toEqual({
      ...{ method: 'POST', query: '', body: 'a=ü', contentType: 'application/x-www-form-urlencoded' },
      ...{ address: '192.0.2.1', authorization: 'one, two', prefer: 'y', accept: 'x', ifNoneMatch: undefined },
    });
  });

  it('answers with what the endpoint says, what stands at that path, and the length', async () => {
    answers = () => Promise.resolve({ status: 400, headers: { 'x-of': 'endpoint' }, body: 'ü' });
    const [head = ''] = (await say(url, post(''))).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1.1 400 /);
    for (const line of ['x-of: endpoint', 'x-path: /token', 'x-content-type-options: nosniff', 'content-length: 2']) {
      expect(head.split('\r\n')).toContain(line);
    }
  });

  it('RFC 9110 §8.6 says no length of a 304', async () => {
    answers = () => Promise.resolve({ status: 304, headers: {}, body: '' });
    expect(await say(url, `GET /token HTTP/1.1\r\n${HEAD}\r\n`)).not.toMatch(
      /content-(length|type):|transfer-encoding/i,
    );
  });

  it.each([
    ['503 when the world is broken', new Unavailable('PostgreSQL'), 503, 'temporarily_unavailable'],
    ['500 for a bug', new Error('marked'), 500, 'server_error'],
  ])('answers %s, and no more than that', async (_, error, status, code) => {
    answers = () => Promise.reject(error);
    const heard = await say(url, post(''));
    expect(heard).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*cache-control: no-store[^]*"${code}"`));
    expect(heard.includes('retry-after: 1')).toBe(status === 503);
    expect(heard).not.toMatch(/marked|PostgreSQL/);
  });

  it('answers 500 where a header cannot be written', async () => {
    answers = () => Promise.resolve({ status: 200, headers: { 'x-marked': 'a\r\nb' }, body: '' });
    const heard = await say(url, post(''));
    expect(heard).toMatch(/^HTTP\/1.1 500 /);
    expect(heard).not.toMatch(/marked/);
  });

  it('answers requests that were sent at once in their order', async () => {
    answers = async ({ body }) => {
      if (body === 'a') await until(() => asked.length === 2, 'the other is asked');
      return { status: 200, headers: {}, body: `[${body}]` };
    };
    const heard = await say(url, post('a').replace('Connection: close\r\n', '') + post('b'));
    expect(heard.match(/\[.\]/g)).toEqual(['[a]', '[b]']);
  });

  it('RFC 9112 §9.6 says that it was the last answer, if the end has begun meanwhile', async () => {
    answers = () => {
      closing = true;
      return Promise.resolve({ status: 200, headers: {}, body: '' });
    };
    expect(await say(url, post('').replace('Connection: close\r\n', ''))).toMatch(/^connection: close\r$/im);
  });

  it('asks nothing of a request that breaks off, and goes on', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const begun = post('a=b').slice(0, -1);
    socket.write(begun);
    await until(() => sockets[0]?.bytesRead === begun.length, 'it has begun');
    socket.destroy();
    await until(() => sockets[0]?.closed === true, 'it is gone');
    expect(asked).toEqual([]);
    expect(bodyOf(await say(url, post('')))).toBe('short');
  });
});
