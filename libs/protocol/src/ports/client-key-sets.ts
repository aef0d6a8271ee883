/**
 * Owns the port of the keys that clients publish at their `jwks_uri` (RFC 7591 §2). Does not own what a key may be used for
 * (client-authentication/client-keys), nor how often a client's server is asked.
 */
export interface ClientKeySets {
  /**
   * The members of `keys`, as they were published.
   * @param wanted `held`: as they were read while that may be relied on; `again`: a key was named that is not among those, so they are
   * read again, unless that was done twice a moment ago (less than a minute): then those that are held
   * @throws Unavailable when they are not held, and could not be read
   */
  at(jwksUri: string, wanted: 'held' | 'again'): Promise<readonly unknown[]>;
}
