/**
 * Owns the judgement who has applied a revocation (revocation.md V17): pure, over what a register and the leases say.
 * Does not own the waiting, nor the words of the answer.
 */
import type { Epoch } from './feed.js';
import type { GuardRoll, RegisteredGuard, StandingLease } from './lease.js';
import { precedes, type Position } from './position.js';

/** Where an entry stands on the wire: the last of its copies that is known, in one epoch. */
export interface Publication {
  readonly epoch: Epoch;
  readonly position: Position;
}

/** `applied`: it refuses by this entry. `fenced`: it can admit nothing any more. `silent`: nobody can say. */
export type GuardStanding = 'applied' | 'fenced' | 'silent';

export interface JudgedGuard {
  readonly guard: RegisteredGuard;
  readonly standing: GuardStanding;
}

export interface Judged {
  /** `applied` is said only if it is true of every guard that could still admit the token. */
  readonly state: 'applied' | 'partial';
  readonly guards: readonly JudgedGuard[];
}

/**
 * @param publication undefined while the entry is on no wire
 * @param roll read after the entry was appended: whoever is not on it was acknowledged later, and read the entry before
 * @param leases those that stand, by key, read after the roll and while the wire still lived in the roll's epoch; undefined
 *   when nobody can say. Not checked: a wire that was lost a moment ago has forgotten leases, and counts its places anew,
 *   before anybody has raised the epoch
 */
export function judgeReceipt(
  publication: Publication | undefined,
  roll: GuardRoll,
  leases: ReadonlyMap<string, StandingLease> | undefined,
): Judged {
  if (leases === undefined) {
    return { state: 'partial', guards: roll.guards.map((guard) => ({ guard, standing: 'silent' })) };
  }
  const longestLeaseMs = Math.max(0, ...roll.guards.map(({ leaseMs }) => leaseMs));
  // A wire that was lost has forgotten leases that still run: only after the longest of them does a missing one say something.
  const young = roll.epochAgeMs <= longestLeaseMs;
  const guards = roll.guards.map((guard): JudgedGuard => {
    const lease = leases.get(guard.leaseKey);
    return { guard, standing: standingOf(guard, lease, publication, young) };
  });
  const told = publication !== undefined && publication.epoch === roll.epoch && !young;
  return { state: told && guards.every(({ standing }) => standing !== 'silent') ? 'applied' : 'partial', guards };
}

function standingOf(
  guard: RegisteredGuard,
  lease: StandingLease | undefined,
  publication: Publication | undefined,
  young: boolean,
): GuardStanding {
  if (lease?.ended === true && lease.registration === guard.registration) return 'fenced';
  if (lease !== undefined) {
    const read = publication !== undefined && lease.epoch === publication.epoch;
    return read && !precedes(lease.position, publication.position) ? 'applied' : 'silent';
  }
  // V17: "`allow` guards never count as fenced".
  return guard.onStale === 'refuse' && !young ? 'fenced' : 'silent';
}
