/**
 * Owns what the machinery around this service may ask: is it ready, and what do its numbers say. Does not own HTTP.
 */
import type { RevocationKnowledge } from '@latchkey/tokens';
import type { KeyRing } from '@latchkey/tokens/issuing';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Readiness } from './admin/machinery.js';
import type { Database } from './persistence/postgres/database.js';
import type { Wires } from './wires.js';

export interface WatchedParts {
  readonly database: Database;
  readonly keys: KeyRing;
  readonly knowledge: RevocationKnowledge;
  readonly wires: Wires;
}

const yes = (): boolean => true;
const no = (): boolean => false;

export function watchService(parts: WatchedParts): { readiness: () => Promise<Readiness>; metrics: Registry } {
  return {
    // revocation.md V5: "ready when PostgreSQL and a signing key are; Redis is only reported".
    readiness: async () => ({
      postgres: await parts.database.run('SELECT 1').then(yes, no),
      signingKey: parts.keys.loaded,
      redis: await parts.wires.ephemeralAnswers(),
    }),
    metrics: metricsOf(parts.knowledge),
  };
}

function metricsOf(knowledge: RevocationKnowledge): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'latchkey_revocation_knowledge_age_seconds',
    help: 'How old this process knows its knowledge of revocations to be.',
    registers: [registry],
    collect() {
      this.set(knowledge.freshness().ageMs / 1000);
    },
  });
  new Gauge({
    name: 'latchkey_revocation_entries',
    help: 'Revocations that this process holds.',
    registers: [registry],
    collect() {
      this.set(knowledge.list.size);
    },
  });
  return registry;
}
