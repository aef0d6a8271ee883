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

export interface MacKeys {
  current(): MacKey;
  find(id: number): MacKey | undefined;
}
