/** Owns the routes for whoever runs the service: alive, ready, metrics. Open to everybody, and say nothing of anybody. */
import { Public, ResourceGuard } from '@latchkey/resource-guard/nest';
import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Registry } from 'prom-client';
import { NotesStore } from '../notes/notes-store.js';
import { guardMetrics } from './guard-metrics.js';

type Part = 'keys' | 'revocations' | 'registration' | 'database';

@Controller()
@Public()
export class OperationsController {
  private readonly metricsRegistry: Registry;

  constructor(
    private readonly guard: ResourceGuard,
    private readonly notes: NotesStore,
  ) {
    this.metricsRegistry = guardMetrics(guard);
  }

  @Get('healthz')
  alive(): { status: 'alive' } {
    return { status: 'alive' };
  }

  /**
   * 503 until the keys and a first complete set of revocations are loaded, the issuer has acknowledged the guard
   * (revocation.md V13, V16), and while the database does not answer; says what is missing.
   */
  @Get('readyz')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const guard = this.guard.status();
    const databaseAnswers = await this.notes.ping().then(
      () => true,
      () => false,
    );
    const parts: Record<Part, boolean> = {
      keys: guard.keysLoaded,
      // What has begun goes on: a wire that is read anew, or a lease that was lost, fences and says so below.
      revocations: guard.ready || guard.revocationsLoaded,
      registration: guard.ready || guard.registered,
      database: databaseAnswers,
    };
    const missing = Object.entries(parts).flatMap(([part, there]) => (there ? [] : [part]));
    void reply.status(missing.length === 0 ? 200 : 503).header('cache-control', 'no-store');
    return {
      status: missing.length === 0 ? 'ready' : 'not ready',
      missing,
      guard: {
        guard_id: guard.guardId,
        registered: guard.registered,
        lease_held: guard.leaseHeld,
        lease_age_ms: finite(guard.leaseAgeMs),
        fenced: guard.fenced,
        knowledge_age_ms: finite(guard.knowledgeAgeMs),
        entries: guard.entriesHeld,
      },
    };
  }

  @Get('metrics')
  async metrics(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('content-type', this.metricsRegistry.contentType);
    return this.metricsRegistry.metrics();
  }
}

const finite = (milliseconds: number): number | null =>
  Number.isFinite(milliseconds) ? Math.round(milliseconds) : null;
