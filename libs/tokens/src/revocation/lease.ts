/**
 * Owns what a guard says of itself on the wire (revocation.md V16) and what the issuer keeps of it. Does not own when it
 * is said (membership), where it is kept (the guard register), nor what a receipt makes of it (receipt).
 */
import type { EpochMilliseconds } from '../time.js';
import type { Epoch } from './feed.js';
import type { Position } from './position.js';

/** One guard process, as it describes itself when it registers. */
export interface GuardIdentity {
  /** A UUID of this process's life. */
  readonly guardId: string;
  /** Which service it guards, for people to read; its API identifier by default. */
  readonly service: string;
  readonly onStale: 'refuse' | 'allow';
  /** The widest staleness under which it may admit, in milliseconds; it holds no lease for longer. */
  readonly leaseMs: number;
}

/** What a lease holds: written anew with each renewal, and at once when an entry asks for a receipt. */
export interface LeaseReport extends GuardIdentity {
  /** A UUID drawn for each registration: the acknowledgement on the stream names it. */
  readonly registration: string;
  /** The epoch of the stream that is read; undefined before the first message. */
  readonly epoch: Epoch | undefined;
  /** Everything at or before it in this epoch's stream has been applied. */
  readonly position: Position;
  /** Age of the knowledge in milliseconds; undefined while nothing can be said. For operators. */
  readonly ageMs: number | undefined;
  /** Whether it answers 503 for now. For operators: a receipt never believes it. */
  readonly fenced: boolean;
  /** Revocations held. For operators. */
  readonly entries: number;
  /** It has stopped and will never admit again. */
  readonly ended: boolean;
}

/** A lease as it stands on the wire. Its key names the user of Redis and the guard, so that no user writes another's. */
export interface StandingLease extends LeaseReport {
  readonly leaseKey: string;
}

/** A guard that was acknowledged: it may admit, until its lease has run out or it has ended. */
export interface RegisteredGuard extends GuardIdentity {
  readonly leaseKey: string;
  readonly registration: string;
  readonly registeredAt: EpochMilliseconds;
}

/** The register as one read found it. */
export interface GuardRoll {
  readonly guards: readonly RegisteredGuard[];
  readonly epoch: Epoch;
  /** How long ago this epoch was raised, by the clock of the database. */
  readonly epochAgeMs: number;
}

/** The register of guards, in PostgreSQL: a Redis that is lost forgets nobody who may still admit. */
export interface GuardRegister {
  /** A fresh read on the primary. */
  roll(): Promise<GuardRoll>;
  /**
   * Enters or renews registrations; committed when it resolves, so that every later roll() shows them. Answers the keys of
   * those leases that stand now with the registration given: only they may be acknowledged. A guard id that stands under
   * another lease's key is left alone, and the lease that claims it is not entered.
   */
  enter(leases: readonly StandingLease[]): Promise<readonly string[]>;
  /** Strikes guards that have ended, if their registration is still this one. */
  strike(guards: readonly Pick<RegisteredGuard, 'leaseKey' | 'registration'>[]): Promise<void>;
  /**
   * Notes that these guards' leases stand now, and strikes every `refuse` guard whose lease was not seen for an hour, once
   * the epoch is older than the longest lease. `allow` guards stay until an operator removes them. Answers the register as it stood before.
   */
  noteSeen(leaseKeys: readonly string[]): Promise<GuardRoll>;
}
