/**
 * Owns what the machinery around this service may ask: is it ready, and what do its numbers say. Does not own HTTP.
 */
import type { GuardRegister } from '@latchkey/tokens';
import type { KeyRing } from '@latchkey/tokens/issuing';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { GuardReadiness, Readiness } from './admin/machinery.js';
import type { PostgresAuditReader } from './persistence/postgres/audit-reader.js';
import type { Database } from './persistence/postgres/database.js';
import type { Revocation } from './revocation.js';
import type { Wires } from './wires.js';

export interface WatchedParts {
  readonly database: Database;
  readonly keys: KeyRing;
  readonly revocation: Pick<Revocation, 'knowledge' | 'membership'>;
  readonly register: Pick<GuardRegister, 'roll'>;
  readonly wires: Wires;
  readonly audit: Pick<PostgresAuditReader, 'backlog'>;
}

/** Each look wakes the process: every 10 ms, as is usual, is what a service at rest is woken by most. operating.md says what it does to the numbers. */
const LOOK_AT_THE_LOOP_MS = 100;

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
function metricsOf({ revocation, register, audit }: WatchedParts): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOK_AT_THE_LOOP_MS });
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
  auditGauges(registry, audit);
  return registry;
}

/** Somebody should be called when these grow: what is not sealed can still be changed unseen. */
function auditGauges(registry: Registry, audit: WatchedParts['audit']): void {
  type Backlog = Awaited<ReturnType<PostgresAuditReader['backlog']>>;
  const gauge = (name: string, help: string, read: (backlog: Backlog) => number): Gauge =>
    new Gauge({
      ...{ name, help: `${help}; NaN while PostgreSQL does not answer`, registers: [registry] },
      async collect() {
        this.set(await audit.backlog().then(read, () => Number.NaN));
      },
    });
  gauge('latchkey_audit_unsealed_events', 'Audit events under no seal yet, at most 100000', ({ events }) => events);
  gauge(
    'latchkey_audit_oldest_unsealed_age_seconds',
    'Age of the oldest audit event under no seal; 0 when there is none',
    ({ oldestAgeSeconds }) => oldestAgeSeconds,
  );
}

/** Each try, by what became of it. */
export function deliveryCounter(registry: Registry): (outcome: string) => void {
  const counter = new Counter({
    name: 'latchkey_logout_deliveries_total',
    help: 'Tries to tell an application that a session has ended, by what became of them',
    labelNames: ['outcome'],
    registers: [registry],
  });
  return (outcome) => {
    // Whoever answers chooses among five hundred numbers: five classes are enough.
    counter.inc({ outcome: outcome.replace(/^status_(\d)\d\d$/, 'status_$1xx') });
  };
}
