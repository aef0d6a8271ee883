/**
 * Owns the memory of what lately used grants give, bounded, so that a refresh asks PostgreSQL once: in the statement that
 * commits. It is never emptied and cannot be wrong: what is remembered here never changes (the trigger grants_given holds that
 * against every statement), and whether a grant is alive, is refreshable and whose turn it is, is not remembered. Does not own
 * the reading (grant-store).
 */
import type { GivenGrant } from '@latchkey/protocol';
import { weightOf } from '../../registry/weight.js';
import { SecondChances } from '../../second-chances.js';

/** Some 14,000 with ten scopes each. Whoever is not among them is read again, by its key. */
const MOST_BYTES = 32 * 2 ** 20;

/** What is heavier is read each time, so that nobody who asks for all that can be asked for fills the memory. One with ten scopes weighs some 2,400. */
const HEAVIEST_BYTES = 6144;

export class RememberedGrants {
  readonly #grants: SecondChances<GivenGrant>;

  constructor(mostBytes = MOST_BYTES) {
    this.#grants = new SecondChances(mostBytes);
  }

  get size(): number {
    return this.#grants.size;
  }

  find(grantId: string): GivenGrant | undefined {
    return this.#grants.get(grantId);
  }

  /** Keeps what never changes, and nothing else that is known of it; answers it, also if it is too heavy to be kept. */
  remember(grant: GivenGrant): GivenGrant {
    const given: GivenGrant = {
      grantId: grant.grantId,
      clientId: grant.clientId,
      sub: grant.sub,
      tokenSub: grant.tokenSub,
      scope: grant.scope,
      ...(grant.resource === undefined ? {} : { resource: grant.resource }),
      authTime: grant.authTime,
      amr: grant.amr,
      sid: grant.sid,
      endsWithSession: grant.endsWithSession,
      generations: grant.generations,
      ...(grant.claims === undefined ? {} : { claims: grant.claims }),
    };
    const bytes = weightOfGrant(given);
    if (bytes <= HEAVIEST_BYTES) this.#grants.keep(grant.grantId, given, bytes);
    return given;
  }
}

/** The generations are as much ours as the rest: all grants have the same three. */
export const weightOfGrant = ({ generations, ...rest }: GivenGrant): number =>
  weightOf(rest.grantId, { ...rest, generations: Object.values(generations) });
