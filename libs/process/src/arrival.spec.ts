import { once } from 'node:events';
import { connect } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { nodeServerOptions } from './arrival.js';

const ARRIVAL_MS = 300;

let app: FastifyInstance;
afterEach(() => app.close());

describe('RFC 9110 §15.5.9 a request that does not arrive', () => {
  it.each([
    ['in the midst of its head', 'POST / HTTP/1.1\r\nHost: x\r\n'],
    [
      'in the midst of its body',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\na',
    ],
  ])('is given up when its time is over, and long before Node would by itself: %s', async (_, text) => {
    app = Fastify({ http: nodeServerOptions(ARRIVAL_MS), requestTimeout: ARRIVAL_MS });
    app.post('/', () => 'done');
    const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
    const begun = performance.now();
    const socket = connect(Number(port), '127.0.0.1').resume();
    socket.write(text);
    await once(socket, 'close');
    expect(performance.now() - begun).toBeGreaterThanOrEqual(ARRIVAL_MS);
    // Node's own 60 s, halved: whatever else this machine does.
    expect(performance.now() - begun).toBeLessThan(30_000);
  });
});
