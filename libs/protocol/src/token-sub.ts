/**
 * Owns which `sub` a client sees of a person (OpenID Connect Core §8). Does not own the person, nor the algorithm
 * (pairwise-subjects).
 */
import type { Client } from './ports/client.js';
import type { PairwiseSubjects } from './ports/pairwise-subjects.js';

/**
 * §8: public "provides the same sub (subject) value to all Clients", pairwise "a different sub value to each Client", by
 * §8.1 to each sector.
 * @param sub the person's UUID
 * @throws Error for a pairwise client without a sector: nothing that it could be told in place of it is right
 */
export function tokenSubOf(
  { clientId, subjectType, sectorIdentifier }: Pick<Client, 'clientId' | 'subjectType' | 'sectorIdentifier'>,
  sub: string,
  pairwise: PairwiseSubjects,
): string {
  if (subjectType === 'public') return sub;
  if (sectorIdentifier === undefined) throw new Error(`The client ${clientId} is pairwise and has no sector.`);
  return pairwise.subFor(sectorIdentifier, sub);
}
