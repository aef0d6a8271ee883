import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import Fastify from 'fastify';
import { say } from '../test/raw-socket.js';
import { sendEndpointResponse } from './endpoint-answer.js';

it('RFC 9110 §15.2 an answer that waits for the one before it stands behind its 100', async () => {
  const app = Fastify();
  app.get('/first', async () => {
    await once(app.server, 'second-is-answered');
    return '';
  });
  app.get('/second', async (_request, reply) => {
    await sendEndpointResponse(reply, {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"é":1}',
    });
    app.server.emit('second-is-answered');
  });
  try {
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const get = (path: string, headers: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;
    const heard = await say(url, get('/first', '') + get('/second', 'Expect: 100-continue\r\nConnection: close\r\n'));
    expect(heard.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 100', 'HTTP/1.1 200']);
    expect(heard).toMatch(/content-type: application\/json\r\ncontent-length: 8\r\n/);
    expect(heard).toMatch(/\r\n\r\n\{[^\r\n]+\}$/);
  } finally {
    await app.close();
  }
});
