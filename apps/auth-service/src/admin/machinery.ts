/**
 * Owns what the machinery around a service asks of it, without a token: alive, ready, and numbers. Does not own how
 * readiness is found out.
 */
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { JSON_TYPE, written } from './http/routes.js';

export interface Readiness {
  readonly postgres: boolean;
  readonly signingKey: boolean;
  /** Reported only: without Redis the service still revokes and refuses. */
  readonly redis: boolean;
}

export const MACHINERY_PATHS = ['/healthz', '/readyz', '/metrics'].map((path) => ({ method: 'GET', path }));

export function addMachinery(app: FastifyInstance, readiness: () => Promise<Readiness>, metrics: Registry): void {
  app.get('/healthz', { schema: { hide: true } }, async (_request, reply) =>
    reply.type(JSON_TYPE).send(written({ status: 'ok' })),
  );
  app.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
    const parts = await readiness();
    const ready = parts.postgres && parts.signingKey;
    const words = { status: ready ? 'ready' : 'not ready', postgres: parts.postgres, signing_key: parts.signingKey };
    return reply
      .status(ready ? 200 : 503)
      .type(JSON_TYPE)
      .send(written({ ...words, redis: parts.redis }));
  });
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  );
}
