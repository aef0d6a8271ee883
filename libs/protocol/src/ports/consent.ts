/**
 * Owns the port that says what a person has allowed a client, and under which consent a code is born. Does not own its being
 * recorded or taken back: whoever redeems a code compares, in the statement that commits.
 */
export interface StandingConsent {
  /**
   * How often this person has taken back what this client was allowed; 0 for a pair of which nothing is known. A code that was
   * born under a lower one gives no grant.
   */
  readonly generation: number;
  /** Everything that was allowed and not taken back; undefined where nothing was ever allowed, or all was taken back. */
  readonly scope: readonly string[] | undefined;
}

export interface ConsentStore {
  /** Both of one moment. */
  standing(pair: { readonly sub: string; readonly clientId: string }): Promise<StandingConsent>;
}
