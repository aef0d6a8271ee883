/** Owns a model of PostgreSQL's register of guards for specs: what was entered stands until it is struck. */
import { setImmediate as turn } from 'node:timers/promises';
import type { GuardRegister, GuardRoll, RegisteredGuard, StandingLease } from '../revocation/lease.js';
import type { Clock } from '../time.js';

const UNSEEN_MS = 3_600_000;

export class MemoryGuardRegister implements GuardRegister {
  /** What the ledger says besides; a spec sets it. */
  epoch = 1;
  epochAgeMs = Number.POSITIVE_INFINITY;
  readonly #clock: Clock;
  readonly #rows = new Map<string, { readonly guard: RegisteredGuard; seenAt: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get guards(): readonly RegisteredGuard[] {
    return [...this.#rows.values()].map(({ guard }) => guard);
  }

  async roll(): Promise<GuardRoll> {
    await turn();
    return { guards: this.guards, epoch: this.epoch, epochAgeMs: this.epochAgeMs };
  }

  async enter(leases: readonly StandingLease[]): Promise<readonly string[]> {
    await turn();
    return leases.filter((lease) => this.#enter(lease)).map(({ leaseKey }) => leaseKey);
  }

  async strike(guards: readonly Pick<RegisteredGuard, 'leaseKey' | 'registration'>[]): Promise<void> {
    await turn();
    for (const { leaseKey, registration } of guards) {
      if (this.#rows.get(leaseKey)?.guard.registration === registration) this.#rows.delete(leaseKey);
    }
  }

  async noteSeen(leaseKeys: readonly string[]): Promise<GuardRoll> {
    const before = await this.roll();
    this.#note(leaseKeys);
    return before;
  }

  #note(leaseKeys: readonly string[]): void {
    const now = this.#clock.now();
    for (const leaseKey of leaseKeys) {
      const row = this.#rows.get(leaseKey);
      if (row !== undefined) row.seenAt = now;
    }
    if (this.epochAgeMs <= Math.max(0, ...this.guards.map(({ leaseMs }) => leaseMs))) return;
    for (const [leaseKey, { guard, seenAt }] of this.#rows) {
      if (guard.onStale === 'refuse' && now - seenAt > UNSEEN_MS) this.#rows.delete(leaseKey);
    }
  }

  #enter({ leaseKey, guardId, service, onStale, leaseMs, registration }: StandingLease): boolean {
    const other = this.guards.find((guard) => guard.guardId === guardId && guard.leaseKey !== leaseKey);
    if (other !== undefined) return false;
    const known = this.#rows.get(leaseKey);
    const registeredAt = known?.guard.registration === registration ? known.guard.registeredAt : this.#clock.now();
    const guard = { leaseKey, guardId, service, onStale, leaseMs, registration, registeredAt };
    this.#rows.set(leaseKey, { guard, seenAt: this.#clock.now() });
    return true;
  }
}
