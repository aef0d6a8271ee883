import Fastify from 'fastify';
import { NO_SCHEMAS } from './no-schemas.js';

describe('a Fastify without schemas', () => {
  it.each([
    ['judged', { body: { type: 'object' } }],
    ['written', { response: { 200: { type: 'object' } } }],
  ])('does not start with a route that would be %s by one', async (_how, schema) => {
    const app = Fastify({ schemaController: NO_SCHEMAS });
    app.post('/', { schema }, () => ({}));
    await expect(app.ready()).rejects.toThrow(/no schemas here/);
  });

  it('answers, and answers with its own errors', async () => {
    const app = Fastify({ schemaController: NO_SCHEMAS });
    app.post('/', ({ body }) => ({ body }));
    expect((await app.inject({ method: 'POST', url: '/', payload: { a: 1 } })).json()).toEqual({ body: { a: 1 } });
    const payload = '{';
    const refused = await app.inject({
      method: 'POST',
      url: '/',
      payload,
      headers: { 'content-type': 'application/json' },
    });
    expect([refused.statusCode, refused.json()]).toEqual([400, expect.objectContaining({ statusCode: 400 })]);
    await app.close();
  });
});
