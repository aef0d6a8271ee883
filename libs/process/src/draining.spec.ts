import { Agent, request } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import { drainOnClose } from './draining.js';

let app: FastifyInstance;
let url: string;
/** Of `/slow`: a request is there, and its answer. */
let arrived: Promise<void>;
let answer: () => void;
/** The end of the server. */
let begun: Promise<void>;
beforeEach(async () => {
  let arrive: () => void = () => undefined;
  arrived = new Promise((resolve) => (arrive = resolve));
  const answered = new Promise<void>((resolve) => (answer = resolve));
  app = Fastify({ forceCloseConnections: 'idle', return503OnClosing: false });
  begun = new Promise((resolve) => {
    app.addHook('preClose', (done) => {
      resolve();
      done();
    });
  });
  drainOnClose(app);
  app.get('/slow', async () => {
    arrive();
    await answered;
    return 'done';
  });
  app.get('/', () => 'done');
  url = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => app.close());

const ask = (path: string, agent: Agent): Promise<{ status: number; connection: string }> =>
  new Promise((resolve, reject) => {
    request(`${url}${path}`, { agent }, (response) => {
      response.resume().on('end', () => {
        resolve({ status: response.statusCode ?? 0, connection: response.headers.connection ?? '' });
      });
    })
      .on('error', reject)
      .end();
  });

describe('RFC 9112 §9.6 a server that ends', () => {
  it('answers what it accepted, and says that the answer is the last on its connection', async () => {
    const agent = new Agent({ keepAlive: true });
    const slow = ask('/slow', agent);
    await arrived;
    const closed = app.close();
    await begun;
    answer();
    expect(await slow).toEqual({ status: 200, connection: 'close' });
    await closed;
    await expect(ask('/', agent)).rejects.toThrow(/ECONNREFUSED/);
    agent.destroy();
  });

  it('still answers on a kept-alive connection a moment after the end has begun', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await ask('/', agent)).connection).toBe('keep-alive');
    const closed = app.close();
    await begun;
    expect(await ask('/', agent)).toEqual({ status: 200, connection: 'close' });
    await closed;
    agent.destroy();
  });

  it('does not wait for connections on which nobody speaks', async () => {
    const agent = new Agent({ keepAlive: true });
    await ask('/', agent);
    await app.close();
    expect(app.server.listening).toBe(false);
    agent.destroy();
  });
});
