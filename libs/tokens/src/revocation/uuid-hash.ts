/**
 * Owns where a UUID lies in a table: HalfSipHash-1-3 under a key that nobody else knows. Whoever chooses UUIDs, and makes
 * an operator revoke them, cannot make them meet. Does not own the table (uuid-table).
 */
import { getRandomValues } from 'node:crypto';

export interface UuidHasher {
  /** 32 bits for the four words from `at`. */
  of(words: Int32Array, at: number): number;
}

/** The last block of the algorithm: the length of what was hashed, 16 bytes, in its highest byte. */
const LENGTH_BLOCK = 16 << 24;
/** Four words and the length, one round each; then three rounds more. */
const ROUNDS = 8;

export class UuidHash implements UuidHasher {
  readonly #k0: number;
  readonly #k1: number;

  /** @param key two 32-bit words; drawn anew for each table when absent */
  constructor(key: Int32Array = getRandomValues(new Int32Array(2))) {
    const [k0 = 0, k1 = 0] = key;
    this.#k0 = k0;
    this.#k1 = k1;
  }

  of(words: Int32Array, at: number): number {
    let v0 = this.#k0;
    let v1 = this.#k1;
    let v2 = v0 ^ 0x6c796765;
    let v3 = v1 ^ 0x74656462;
    for (let round = 0; round < ROUNDS; round += 1) {
      const block = round < 4 ? (words[at + round] ?? 0) : round === 4 ? LENGTH_BLOCK : 0;
      if (round === 5) v2 ^= 0xff;
      v3 ^= block;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= block;
    }
    return v1 ^ v3;
  }
}
