/**
 * Owns the port that says which login sessions are one: a login in the same browser replaces the session of the same person
 * before it, and an application may still hold an ID token of that one. Does not own their beginning or end.
 */
export interface SessionChains {
  /** Whether both are of one chain, or the same; false for whatever is not known. @throws Unavailable */
  areOne(sid: string, other: string): Promise<boolean>;
}
