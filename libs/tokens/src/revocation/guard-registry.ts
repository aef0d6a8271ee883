/**
 * Owns the issuer's side of registration (revocation.md V16, V17): whoever holds a lease is entered in the register, and
 * only then told so in the stream; who has ended is struck off. Any number of instances may run it at once; nobody is
 * elected. Does not own the timer, the wire, nor the register.
 *
 * The order is the proof. A waiter reads the register after its entry was appended. Whoever is not on it was entered later,
 * acknowledged later still, and has read that entry before its acknowledgement: it admits nothing without it.
 */
import type { Epoch, RevocationWire } from './feed.js';
import type { GuardRegister, GuardRoll, RegisteredGuard, StandingLease } from './lease.js';

export interface GuardRegistryOptions {
  readonly wire: Pick<RevocationWire, 'allLeases' | 'acknowledgeGuard'>;
  readonly register: GuardRegister;
}

/** For the log. */
export interface RegistryRun {
  /** Those that now stand in the register, and did not before this run. */
  readonly entered: readonly StandingLease[];
  readonly struck: readonly RegisteredGuard[];
}

export class GuardRegistry {
  readonly #wire: GuardRegistryOptions['wire'];
  readonly #register: GuardRegister;
  /** Entered by this instance and not yet acknowledged, as registrations by lease: the wire was beginning another epoch. */
  readonly #owed = new Map<string, string>();

  constructor({ wire, register }: GuardRegistryOptions) {
    this.#wire = wire;
    this.#register = register;
  }

  /** One walk over the leases; to be called a few times in a second. Rejects when the wire or the register does not answer. */
  async run(): Promise<RegistryRun> {
    const leases = await this.#wire.allLeases();
    const alive = leases.filter(({ ended }) => !ended);
    const roll = await this.#register.noteSeen(alive.map(({ leaseKey }) => leaseKey));
    const entered = await this.#enter(alive, roll);
    await this.#acknowledge(new Set([...entered, ...this.#stillOwed(alive)]), roll.epoch);
    const struck = await this.#strike(leases, roll);
    return { entered, struck };
  }

  async #enter(alive: readonly StandingLease[], { guards }: GuardRoll): Promise<readonly StandingLease[]> {
    const standing = new Map(guards.map(({ leaseKey, registration }) => [leaseKey, registration]));
    const strangers = alive.filter(({ leaseKey, registration }) => standing.get(leaseKey) !== registration);
    if (strangers.length === 0) return [];
    const keys = new Set(await this.#register.enter(strangers));
    return strangers.filter(({ leaseKey }) => keys.has(leaseKey));
  }

  /** Forgets whom it owes nothing any more: they have gone, or registered anew. */
  #stillOwed(alive: readonly StandingLease[]): readonly StandingLease[] {
    const owed = alive.filter(({ leaseKey, registration }) => this.#owed.get(leaseKey) === registration);
    this.#owed.clear();
    return owed;
  }

  /** Of the epoch that the register told: a stream of another one refuses, and the next run tries again. */
  async #acknowledge(leases: ReadonlySet<StandingLease>, epoch: Epoch): Promise<void> {
    for (const { leaseKey, registration } of leases) this.#owed.set(leaseKey, registration);
    for (const lease of leases) {
      if ((await this.#wire.acknowledgeGuard(epoch, lease)) === 'appended') this.#owed.delete(lease.leaseKey);
    }
  }

  /** A guard's id is of one life of one process: which has ended never admits again, under whatever registration. */
  async #strike(leases: readonly StandingLease[], { guards }: GuardRoll): Promise<readonly RegisteredGuard[]> {
    const ended = new Set(leases.flatMap(({ ended: over, leaseKey }) => (over ? [leaseKey] : [])));
    const struck = guards.filter(({ leaseKey }) => ended.has(leaseKey));
    if (struck.length > 0) await this.#register.strike(struck);
    return struck;
  }
}
