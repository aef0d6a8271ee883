/**
 * Owns the port of the keys that authenticate refresh tokens: stored data keys, encrypted like the signing keys,
 * rotatable. Does not own the token's form (grants/refresh-token-form).
 */
export interface MacKey {
  /** Written into each refresh token; 0 to 65535. */
  readonly id: number;
  /** 32 bytes. */
  readonly key: Buffer;
}

/** Throws or rejects when the key stands sealed and cannot be opened, or the store of keys does not answer: an outage (503). */
export interface MacKeys {
  /** At once, in memory; later when what is held is too old to write by. */
  current(): MacKey | Promise<MacKey>;
  /** At once for a key that is held; for any other the store may be asked. Undefined when there is no such key. */
  find(id: number): MacKey | undefined | Promise<MacKey | undefined>;
}
