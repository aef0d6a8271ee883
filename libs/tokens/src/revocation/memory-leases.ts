/**
 * Owns the leases of guards within one process, each forgotten when its time is over. Does not own what they say.
 */
import type { Clock } from '../time.js';
import type { LeaseWriting } from './feed.js';
import type { LeaseReport, StandingLease } from './lease.js';

/** How long the issuer can still see that a guard has ended. */
const ENDED_MS = 600_000;

export class MemoryLeases {
  readonly #clock: Clock;
  readonly #leases = new Map<string, { readonly lease: StandingLease; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  write(report: LeaseReport, writing: LeaseWriting): 'written' | 'lost' {
    const leaseKey = `memory:${report.guardId}`;
    const before = this.#stands(leaseKey) ? this.#leases.get(leaseKey)?.lease.registration : undefined;
    if (writing === 'held' && before !== report.registration) return 'lost';
    const lifetimeMs = writing === 'over' ? ENDED_MS : report.leaseMs;
    this.#leases.set(leaseKey, { lease: { leaseKey, ...report }, until: this.#clock.monotonic() + lifetimeMs });
    return 'written';
  }

  all(): readonly StandingLease[] {
    return [...this.#leases.keys()]
      .filter((key) => this.#stands(key))
      .flatMap((key) => this.#leases.get(key)?.lease ?? []);
  }

  forget(): void {
    this.#leases.clear();
  }

  #stands(leaseKey: string): boolean {
    const held = this.#leases.get(leaseKey);
    if (held === undefined) return false;
    if (this.#clock.monotonic() < held.until) return true;
    this.#leases.delete(leaseKey);
    return false;
  }
}
