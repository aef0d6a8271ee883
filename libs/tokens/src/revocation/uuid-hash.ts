/**
 * Owns where a UUID lies in a table: HalfSipHash-1-3 under a key that nobody else knows. Whoever chooses UUIDs, and makes
 * an operator revoke them, cannot make them meet. Does not own the table (uuid-table).
 */
import { getRandomValues } from 'node:crypto';

/** 32 bits for the four words from `at`. */
export type UuidHash = (words: Int32Array, at: number) => number;

/** The last block of the algorithm: the length of what was hashed, 16 bytes, in its highest byte. */
const LENGTH_BLOCK = 16 << 24;
/** Four words and the length, one round each; then three rounds more. */
const ROUNDS = 8;

/** Of a key of two 32-bit words; a new one for each table when absent. */
export function uuidHash(key: Int32Array = getRandomValues(new Int32Array(2))): UuidHash {
  const [k0 = 0, k1 = 0] = key;
  return (words, at) => {
    let v0 = k0;
    let v1 = k1;
    let v2 = k0 ^ 0x6c796765;
    let v3 = k1 ^ 0x74656462;
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
  };
}
