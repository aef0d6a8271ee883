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
  /** Reported only: while they are fenced, the doors of this service ask PostgreSQL. */
  readonly guard: GuardReadiness;
}

export interface GuardReadiness {
  readonly guardId: string;
  readonly registered: boolean;
  readonly leaseHeld: boolean;
  /** Milliseconds; infinite before the first. */
  readonly leaseAgeMs: number;
  readonly fenced: boolean;
  /** Milliseconds; infinite before the first complete load. */
  readonly knowledgeAgeMs: number;
  readonly entries: number;
}

export const MACHINERY_PATHS = ['/healthz', '/readyz', '/metrics'].map((path) => ({ method: 'GET', path }));

export function addMachinery(app: FastifyInstance, readiness: () => Promise<Readiness>, metrics: Registry): void {
  app.get('/healthz', async (_request, reply) => reply.type(JSON_TYPE).send(written({ status: 'ok' })));
  app.get('/readyz', async (_request, reply) => {
    const parts = await readiness();
    const ready = parts.postgres && parts.signingKey;
    const { postgres, signingKey, redis, guard } = parts;
    const words = { status: ready ? 'ready' : 'not ready', postgres, signing_key: signingKey, redis };
    return reply
      .status(ready ? 200 : 503)
      .type(JSON_TYPE)
      .send(written({ ...words, guard: wordsOf(guard) }));
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()));
}

const wordsOf = (guard: GuardReadiness): object => ({
  guard_id: guard.guardId,
  registered: guard.registered,
  lease_held: guard.leaseHeld,
  lease_age_ms: finite(guard.leaseAgeMs),
  fenced: guard.fenced,
  knowledge_age_ms: finite(guard.knowledgeAgeMs),
  entries: guard.entries,
});

const finite = (milliseconds: number): number | null =>
  Number.isFinite(milliseconds) ? Math.round(milliseconds) : null;
