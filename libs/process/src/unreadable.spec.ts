import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import Fastify, { type FastifyInstance } from 'fastify';
import { answerBadPath, answerUnreadable, type UnreadableForm } from './unreadable.js';

const FORM: UnreadableForm = ({ status, detail }) => ({
  type: 'application/problem+json',
  body: JSON.stringify({ status, detail }),
});
const MARK = 'marked';

let app: FastifyInstance;
let port: number;
let handled: string[];
/** By which event of the server the answer to /late is held up. */
let noticedBy: string;
beforeAll(async () => {
  app = Fastify({ http: { requireHostHeader: false }, requestTimeout: 30_000, frameworkErrors: answerBadPath(FORM) });
  answerUnreadable(app, FORM);
  app.get('/late', async () => {
    await once(app.server, noticedBy);
    return 'late';
  });
  app.all('/things/:id', (request) => {
    handled.push(request.method);
    return 'done';
  });
  port = Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port);
});
beforeEach(() => {
  noticedBy = 'clientError';
  handled = [];
});
afterAll(() => app.close());

/** What comes back until the server ends the connection. */
const say = (text: string, { thenEnd = false } = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')));
    socket.on('error', reject).on('end', () => socket.end());
    socket.on('close', () => {
      resolve(heard);
    });
    if (thenEnd) socket.end(text, 'latin1');
    else socket.write(text, 'latin1');
  });

const HEADERS = 'Host: x\r\nConnection: close\r\n';
const get = (path: string, headers = HEADERS): string => `GET ${path} HTTP/1.1\r\n${headers}\r\n`;
const post = (headers: string, body = ''): string =>
  `POST /things/1 HTTP/1.1\r\n${HEADERS}content-type: text/plain\r\n${headers}\r\n${body}`;
const LONG = 'y'.repeat(20_000);

describe('RFC 9112 what is no request that can be answered otherwise', () => {
  it.each<[string, string, number]>([
    ['§3 no request line', `${MARK}\r\n\r\n`, 400],
    ['§3 a space in the target', get(`/things /${MARK}`), 400],
    ['§3 bytes in the target', get(`/things/\xff${MARK}`), 400],
    ['§3 a target that is too long', get(`/${MARK}${LONG}`), 414],
    ['§5 a NUL in a field', get('/things/1', `${HEADERS}x: ${MARK}\0\r\n`), 400],
    ['§5.2 a folded field', get('/things/1', `${HEADERS}x y: ${MARK}\r\n`), 400],
    ['RFC 6585 §5 fields that are too large', get('/things/1', `${HEADERS}x: ${MARK}${LONG}\r\n`), 431],
    ['§2.3 a version that is not spoken', `GET /things/1 HTTP/3.0\r\n${HEADERS}\r\n`, 505],
    ['§2.3 HTTP/2 in the words of HTTP/1', `GET /things/1 HTTP/2.0\r\n${HEADERS}\r\n`, 505],
    ['§2.3 HTTP/2 from the start', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
    ['§2.3 HTTP/0.9', 'GET /things/1\r\n\r\n', 505],
    ['RFC 9110 §9.1 a method that does not exist', `MARKED /things/1 HTTP/1.1\r\n${HEADERS}\r\n`, 501],
    ['RFC 9110 §9.3.6 CONNECT', `CONNECT ${MARK}:1 HTTP/1.1\r\n${HEADERS}\r\n`, 501],
    ['§3.2 no Host', get('/things/1', 'Connection: close\r\n'), 400],
    ['§3.2 two Hosts', get('/things/1', `${HEADERS}Host: ${MARK}\r\n`), 400],
    ['§6.1 a transfer coding that is not understood', post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'), 501],
    ['§6.3 a transfer coding without an end', post(`Transfer-Encoding: ${MARK}\r\n`), 400],
    ['§6.3 two lengths', post('Content-Length: 2\r\nContent-Length: 3\r\n', '{}'), 400],
    ['§6.3 a length that is none', post(`Content-Length: ${MARK}\r\n`, '{}'), 400],
    ['§6.3 a length and chunks', post('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), 400],
    ['§7.1 a chunk without a size', post('Transfer-Encoding: chunked\r\n', `zz${MARK}\r\n{}\r\n0\r\n\r\n`), 400],
    ['§7.1.1 an endless extension', post('Transfer-Encoding: chunked\r\n', `2;${LONG}\r\n{}\r\n0\r\n\r\n`), 413],
    ['RFC 9110 §10.1.1 what cannot be expected', post(`Expect: ${MARK}\r\nContent-Length: 2\r\n`, '{}'), 417],
    ['RFC 3986 §2.1 a percent sign without digits', get(`/things/%zz${MARK}`), 400],
    ['RFC 3986 §2.5 octets that are no UTF-8', get(`/things/%ff${MARK}`), 400],
    ['a part of a path that is too long', get(`/things/${MARK}${'y'.repeat(200)}`), 414],
  ])('%s', async (_, text, status) => {
    const heard = await say(text);
    const [head = '', body = ''] = heard.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toMatch(/^content-type: application\/problem\+json$/im);
    expect(head).toMatch(/^cache-control: no-store$/im);
    expect(head).toMatch(/^connection: close$/im);
    expect(head).toMatch(new RegExp(`^content-length: ${body.length}$`, 'im'));
    expect(JSON.parse(body)).toMatchObject({ status });
    expect(heard).not.toMatch(/marked|HPE_|FST_|\bat /i);
    expect(handled).toEqual([]);
  });

  it.each([
    ['§8 a body that is shorter than its length', post('Content-Length: 10\r\n', '{}')],
    ['§8 a request that ends in its header', 'GET /things/1 HTTP/1.1\r\nHo'],
  ])('%s', async (_, text) => {
    expect(await say(text, { thenEnd: true })).toMatch(
      /^HTTP\/1\.1 400 Bad Request\r\ncontent-type: application\/problem/,
    );
  });

  it('answers it once, behind the answers that are due before it', async () => {
    const heard = await say(`${get('/things/1', 'Host: x\r\n')}${MARK}\r\n\r\n${MARK}\r\n\r\n`);
    expect(heard.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
  });

  it.each<[string, string, string, number[]]>([
    ['bytes that are no HTTP', `${MARK}\r\n\r\n`, 'clientError', [200, 400]],
    ['CONNECT', `CONNECT ${MARK}:1 HTTP/1.1\r\n${HEADERS}\r\n`, 'connect', [200, 501]],
    ['a body that is none', post('Transfer-Encoding: chunked\r\n', `zz${MARK}\r\n`), 'clientError', [200, 400]],
  ])('§9.3.2 answers %s behind an answer that is still due', async (_, text, event, statuses) => {
    noticedBy = event;
    const heard = await say(get('/late', 'Host: x\r\n') + text);
    expect(heard.match(/HTTP\/1\.1 \d+/g)).toEqual(statuses.map((status) => `HTTP/1.1 ${status}`));
    expect(handled).toEqual([]);
  });

  it('outlives whoever is gone while an answer before the tunnel is due', async () => {
    noticedBy = 'close-of-the-asker';
    const tunnel = new Promise<Duplex>((resolve) => {
      app.server.once('connect', (_request, socket) => {
        resolve(socket);
      });
    });
    const asker = connect(port, '127.0.0.1');
    asker.write(`${get('/late', 'Host: x\r\n')}CONNECT ${MARK}:1 HTTP/1.1\r\n${HEADERS}\r\n`);
    (await tunnel).destroy(new Error(MARK));
    app.server.emit(noticedBy);
    asker.destroy();
    expect(await say(get('/things/1'))).toMatch(/done$/);
  });

  it('§9.6 loses no answer that is still due to whoever sends more than it announced', async () => {
    const heard = await say(get('/late') + get('/things/1'));
    expect(heard.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
    expect(heard).toMatch(/late$/);
  });

  it('answers no request twice: the rest of a body that was refused unread may be anything', async () => {
    const heard = await say(post('Expect: cake\r\nTransfer-Encoding: chunked\r\n', `zz${MARK}\r\n\r\n`));
    expect(heard.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 417']);
  });

  it('leaves what is right alone', async () => {
    for (const text of [
      get('/things/1'),
      'GET /things/1 HTTP/1.0\r\n\r\n',
      post('Expect: 100-continue\r\nContent-Length: 2\r\n', '{}'),
      post('Transfer-Encoding: chunked\r\n', '2\r\n{}\r\n0\r\n\r\n'),
      get('/things/%C3%A9?x=%zz'),
    ]) {
      expect(await say(text)).toMatch(/HTTP\/1\.1 200 OK\r\n.*done$/s);
    }
  });
});
