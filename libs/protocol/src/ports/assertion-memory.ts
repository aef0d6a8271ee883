/** Owns the port that says how far back the memory of used assertions reaches. Does not own that memory (ephemeral). */
export interface AssertionMemory {
  /**
   * The instant, in milliseconds, since when nothing that was added to the ephemeral store has been lost: of everything before, it is not
   * known what was used. Learnt after this call began, so that whoever has added something before it knows that it was added to a store
   * that remembers since then.
   * @throws Unavailable when that cannot be said
   */
  reachesBackTo(): Promise<number>;
}
