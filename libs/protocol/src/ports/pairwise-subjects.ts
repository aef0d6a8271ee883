/** Owns the port by which a person is told to clients of one sector under one name of its own. Does not own the secret behind it. */

export interface PairwiseSubjects {
  /**
   * OpenID Connect Core §8.1: the same for the same sector and person for ever, another in another sector, "not … reversible
   * by any party other than the OpenID Provider".
   * @param sector the host that all of the client's redirect URIs have
   * @param sub the person's UUID
   */
  subFor(sector: string, sub: string): string;
}
