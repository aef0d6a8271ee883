/** Owns what a monitoring system is told of the guard, in Prometheus' words. No claim ever becomes a label. */
import type { ResourceGuard } from '@latchkey/resource-guard/nest';
import { Counter, Gauge, Registry } from 'prom-client';

export function guardMetrics(guard: ResourceGuard): Registry {
  const registers = [new Registry()];
  const gauge = (name: string, help: string, read: () => number): Gauge =>
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(read());
      },
    });
  gauge(
    'latchkey_guard_knowledge_age_seconds',
    'Age of the knowledge of revocations; +Inf before the first complete load',
    () => guard.status().knowledgeAgeMs / 1000,
  );
  gauge('latchkey_guard_revocation_entries', 'Revocations held in memory', () => guard.status().entriesHeld);
  gauge('latchkey_guard_fenced', '1 while the knowledge is older than its bound, or the lease is not held', () =>
    Number(guard.status().fenced),
  );
  gauge('latchkey_guard_registered', '1 while the issuer has acknowledged this guard', () =>
    Number(guard.status().registered),
  );
  gauge('latchkey_guard_lease_held', '1 while the last confirmed renewal of the lease is young enough', () =>
    Number(guard.status().leaseHeld),
  );
  gauge(
    'latchkey_guard_lease_age_seconds',
    'Time since the last confirmed renewal of the lease was sent; +Inf before the first',
    () => guard.status().leaseAgeMs / 1000,
  );
  gauge('latchkey_guard_keys_loaded', '1 once keys of the issuer are loaded', () => Number(guard.status().keysLoaded));
  gauge('latchkey_guard_keys_outdated', '1 while newer keys were announced, or may have been, and are not here', () =>
    Number(guard.status().keysOutdated),
  );
  new Counter({
    name: 'latchkey_guard_answers_total',
    help: 'Requests by the answer of the guard',
    labelNames: ['answer'],
    registers,
    collect() {
      this.reset();
      for (const [answer, count] of guard.status().answers) this.inc({ answer }, count);
    },
  });
  return registers[0] ?? new Registry();
}
