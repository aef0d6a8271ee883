/**
 * Owns what the machinery around this service may ask: is it ready, and what do its numbers say. Does not own HTTP.
 */
import type { GuardRegister } from '@latchkey/tokens';
import type { KeyRing } from '@latchkey/tokens/issuing';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { GuardReadiness, Readiness } from './admin/machinery.js';
import type { Database } from './persistence/postgres/database.js';
import type { Revocation } from './revocation.js';
import type { Wires } from './wires.js';

export interface WatchedParts {
  readonly database: Database;
  readonly keys: KeyRing;
  readonly revocation: Pick<Revocation, 'knowledge' | 'membership'>;
  readonly register: Pick<GuardRegister, 'roll'>;
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
      guard: guardOf(parts.revocation),
    }),
    metrics: metricsOf(parts),
  };
}

/** The doors of this service are one guard among the others. */
function guardOf({ knowledge, membership }: WatchedParts['revocation']): GuardReadiness {
  return {
    ...membership.status(),
    fenced: !membership.judgeable(),
    knowledgeAgeMs: knowledge.freshness().ageMs,
    entries: knowledge.size,
  };
}

/** The names are those of every guard, so that one dashboard shows them all. */
function metricsOf({ revocation, register }: WatchedParts): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, read: (guard: GuardReadiness) => number): Gauge =>
    new Gauge({
      ...{ name, help, registers: [registry] },
      collect() {
        this.set(read(guardOf(revocation)));
      },
    });
  gauge(
    'latchkey_guard_knowledge_age_seconds',
    'Age of the knowledge of revocations; +Inf before the first complete load',
    (guard) => guard.knowledgeAgeMs / 1000,
  );
  gauge('latchkey_guard_revocation_entries', 'Revocations held in memory', (guard) => guard.entries);
  gauge(
    'latchkey_guard_fenced',
    '1 while PostgreSQL is asked, since the knowledge is too old or there is no lease',
    (guard) => Number(guard.fenced),
  );
  gauge('latchkey_guard_registered', '1 while the doors of this service are acknowledged as a guard', (guard) =>
    Number(guard.registered),
  );
  gauge('latchkey_guard_lease_held', '1 while the last confirmed renewal of the lease is young enough', (guard) =>
    Number(guard.leaseHeld),
  );
  gauge(
    'latchkey_guard_lease_age_seconds',
    'Time since the last confirmed renewal of the lease was sent; +Inf before the first',
    (guard) => guard.leaseAgeMs / 1000,
  );
  new Gauge({
    name: 'latchkey_guards_on_register',
    help: 'Guards of every service on the register; NaN while PostgreSQL does not answer',
    registers: [registry],
    async collect() {
      this.set(
        await register.roll().then(
          ({ guards }) => guards.length,
          () => Number.NaN,
        ),
      );
    },
  });
  return registry;
}
