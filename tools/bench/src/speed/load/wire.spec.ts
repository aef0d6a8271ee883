import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Shot } from './plan.js';
import { Wire } from './wire.js';

const GET: Shot = { method: 'GET', path: '/a', headers: { accept: 'text/plain' }, body: '' };
const POST: Shot = { method: 'POST', path: '/b', headers: {}, body: 'x=é' };
const answer = (status: number, body: string): string =>
  `HTTP/1.1 ${status} Any\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

describe('the connection of the load generator', () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  /** @param respond to each piece of text that arrives */
  const serve = async (respond: (socket: Socket, asked: string) => void): Promise<Wire> => {
    const server: Server = createServer({ noDelay: true }, (socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        respond(socket, bytes.toString('utf8'));
      });
      closing.push(() => socket.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => server.close());
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const wire = new Wire(`http://127.0.0.1:${address.port}`);
    closing.push(() => {
      wire.close();
    });
    return wire;
  };

  it('asks one thing after the other on one connection, and reads the text of a success only where it is wanted', async () => {
    const heard: string[] = [];
    const sockets = new Set<Socket>();
    const wire = await serve((socket, asked) => {
      sockets.add(socket);
      heard.push(asked);
      socket.write(answer(heard.length === 3 ? 400 : 200, 'höre'));
    });
    expect(await wire.ask(GET, false)).toEqual({ status: 200, body: '' });
    expect(await wire.ask(POST, true)).toEqual({ status: 200, body: 'höre' });
    expect(await wire.ask(GET, false)).toEqual({ status: 400, body: 'höre' });
    expect(heard[0]).toMatch(/^GET \/a HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\naccept: text\/plain\r\n\r\n$/);
    expect(heard[1]).toMatch(/^POST \/b HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\ncontent-length: 4\r\n\r\nx=é$/);
    expect(sockets.size).toBe(1);
  });

  it('reads an answer that comes in pieces, wherever it is cut', async () => {
    const bytes = Buffer.from(answer(200, 'höre'));
    let cut = 0;
    const wire = await serve((socket) => {
      const at = cut;
      socket.write(bytes.subarray(0, at));
      setTimeout(() => socket.write(bytes.subarray(at)), 5);
    });
    for (cut = 1; cut < bytes.length; cut += 1)
      expect(await wire.ask(GET, true)).toEqual({ status: 200, body: 'höre' });
  });

  it('takes a closed connection for a failure while it waits, and for nothing while it does not', async () => {
    let asked = 0;
    const wire = await serve((socket) => {
      asked += 1;
      if (asked === 1) socket.end(answer(200, 'last'));
      else if (asked === 2) socket.end(answer(200, 'half').slice(0, -1));
      else socket.write(answer(200, 'new'));
    });
    expect(await wire.ask(GET, true)).toEqual({ status: 200, body: 'last' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await wire.ask(GET, true)).status).toBe(0);
    expect(await wire.ask(GET, true)).toEqual({ status: 200, body: 'new' });
  });

  it('knows an answer without a body', async () => {
    const wire = await serve((socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'));
    expect(await wire.ask(GET, true)).toEqual({ status: 204, body: '' });
  });

  it.each([
    ['in chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['that is none yet', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['of another protocol', 'SSH-2.0\r\n\r\n'],
    ['and one more', `${answer(200, 'a')}${answer(200, 'b')}`],
  ])('takes an answer %s for a failure', async (_, text) => {
    const wire = await serve((socket) => socket.write(text));
    const { status, body } = await wire.ask(GET, true);
    expect(status).toBe(0);
    expect(body).toMatch(/knows no such answer|nobody had asked for/);
  });

  it('says why when nobody listens', async () => {
    const wire = await serve(() => undefined);
    for (const close of closing.splice(0)) close();
    expect(await wire.ask(GET, true)).toMatchObject({ status: 0, body: expect.stringContaining('ECONNREFUSED') });
  });
});
