/** Owns the port through which an endpoint waits until a revocation is in force everywhere. Does not own how that is known. */

export interface Receipts {
  /** Whether nobody more may wait now: then the guards are not even asked to report. */
  full(): boolean;
  /**
   * Waits until every guard that could still admit has applied these revocations, at most this long. `applied` only if it is
   * true of all of them; undefined when there were too many who wait. Never rejects: the revocation is committed.
   */
  wait(
    revocations: readonly string[],
    seconds: number,
    options: { readonly limited: true },
  ): Promise<{ readonly state: 'applied' | 'partial' } | undefined>;
}
