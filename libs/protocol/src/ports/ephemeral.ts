/**
 * Owns the port of what may be lost: code contexts, interactions, replay guards, limits. Six atomic verbs.
 * Does not own anything that must survive; that is PostgreSQL alone. Every verb rejects when the store does not answer.
 */
export interface Ephemeral {
  /** Stores a value under a key for so many seconds; replaces what was there. */
  put(key: string, value: string, lifetimeSeconds: number): Promise<void>;
  /** Reads without consuming (a code's context is read by all 50 that race for it; the database says who wins). */
  get(key: string): Promise<string | undefined>;
  /** Reads and removes; of 50 at once exactly one gets the value. */
  take(key: string): Promise<string | undefined>;
  /** Remembers the key for so many seconds; of 50 at once exactly one hears `added`. */
  addOnce(key: string, lifetimeSeconds: number): Promise<'added' | 'present'>;
  /** Adds one to a counter whose life starts with its first count; answers the count and the seconds it still lives. */
  count(key: string, lifetimeSeconds: number): Promise<{ readonly count: number; readonly remainingSeconds: number }>;
  /** Takes one back from a counter that still lives; one that is back at nothing is forgotten, and with it when it began. */
  uncount(key: string): Promise<void>;
}
