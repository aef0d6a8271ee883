import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TcpProxy } from './tcp-proxy.js';

/** Answers everything with its own name before it. */
async function parrot(name: string): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => socket.write(`${name}: ${chunk.toString()}`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** What arrives first, however late. */
async function heard(socket: Socket): Promise<string> {
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return chunk.toString();
}

/** Everything that arrived in this time. */
async function heardIn(socket: Socket, milliseconds: number): Promise<string> {
  let text = '';
  const listener = (chunk: Buffer): void => {
    text += chunk.toString();
  };
  socket.on('data', listener);
  await sleep(milliseconds);
  socket.off('data', listener);
  return text;
}

describe('V19 the wire that breaks', () => {
  let one: Awaited<ReturnType<typeof parrot>>;
  let other: Awaited<ReturnType<typeof parrot>>;
  let proxy: TcpProxy;
  const sockets: Socket[] = [];
  const dial = async (): Promise<Socket> => {
    const socket = connect(proxy.port, '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  };

  beforeEach(async () => {
    [one, other] = [await parrot('one'), await parrot('other')];
    proxy = await TcpProxy.start(one.port);
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await proxy.stop();
    for (const { server } of [one, other]) server.close();
  });

  it('passes nothing while it holds, on old connections and new ones, and all of it afterwards', async () => {
    const before = await dial();
    before.write('a');
    expect(await heard(before)).toBe('one: a');
    proxy.hold();
    const meanwhile = await dial();
    before.write('b');
    meanwhile.write('c');
    expect(await Promise.all([heardIn(before, 150), heardIn(meanwhile, 150)])).toEqual(['', '']);
    const late = Promise.all([heard(before), heard(meanwhile)]);
    proxy.pass();
    expect(await late).toEqual(['one: b', 'one: c']);
  });

  it('kills old connections and new ones while it is severed', async () => {
    const before = await dial();
    const ended = once(before, 'close');
    proxy.sever();
    await ended;
    const socket = connect(proxy.port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'close');
    proxy.pass();
    const after = await dial();
    after.write('a');
    expect(await heard(after)).toBe('one: a');
  });

  it('leads elsewhere, and delivers in order what is late', async () => {
    proxy.moveTo(other.port);
    proxy.delay(100);
    const socket = await dial();
    const sentAt = performance.now();
    socket.write('a');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(chunk.toString()).toBe('other: a');
    // A timer of node may be early by less than a millisecond.
    expect(performance.now() - sentAt).toBeGreaterThan(198);
  });
});
