/**
 * Owns the OpenAPI document as it is served: made when somebody first asks for it, and not sent again to whoever has it. Does
 * not own the document.
 */
import type { FastifyInstance } from 'fastify';
import type { JsonObject } from '../http/components.js';
import { entityTagOf, Precondition } from '../http/precondition.js';
import { JSON_TYPE } from '../http/routes.js';

export const OPENAPI_PATH = '/admin/openapi.json';

export function addDocument(app: FastifyInstance, document: () => JsonObject): void {
  let made: { readonly text: string; readonly tag: string } | undefined;
  const make = (): NonNullable<typeof made> => {
    const text = JSON.stringify(document());
    return { text, tag: entityTagOf(text) };
  };
  app.get(OPENAPI_PATH, async (request, reply) => {
    const { text, tag } = (made ??= make());
    const has = new Precondition({ ifMatch: undefined, ifNoneMatch: request.headers['if-none-match'] });
    // RFC 9111 §5.2.2.4 no-cache: it may be kept, and is asked for again before it is used: the next release has another.
    void reply.headers({ etag: tag, 'cache-control': 'no-cache' });
    if (has.isNotModified(text)) return reply.status(304).send();
    return reply.type(JSON_TYPE).send(Buffer.from(text, 'utf8'));
  });
}
