import { describe, expect, it } from '@jest/globals';
import { UuidHash } from './uuid-hash.js';

const KEY = Int32Array.of(0x03020100, 0x07060504);

describe('revocation.md V14, where a UUID lies in memory', () => {
  it('is HalfSipHash-1-3: the reference vector for the bytes 00 … 0f', () => {
    const words = Int32Array.of(0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c);
    expect(new UuidHash(KEY).of(words, 0)).toBe(0x8b31d501 | 0);
    expect(new UuidHash(KEY).of(Int32Array.of(1, 2, 3, ...words), 3)).toBe(0x8b31d501 | 0);
  });

  it('is drawn anew for each table, so that nobody can compute which values meet', () => {
    const words = Int32Array.of(1, 2, 3, 4);
    expect(new Set(Array.from({ length: 8 }, () => new UuidHash().of(words, 0))).size).toBeGreaterThan(1);
  });

  it.each([0, 1, 2, 3])(
    'spreads values that differ in word %d alone, by their low bits, their high bits or one',
    (word) => {
      const hash = new UuidHash(KEY);
      for (const shift of [0, 8, 16, 20]) {
        const shards = new Array<number>(1024).fill(0);
        const slots = new Array<number>(1024).fill(0);
        for (let count = 0; count < 4096; count += 1) {
          const words = new Int32Array(4).fill(0x40008000);
          words[word] = count << shift;
          const place = hash.of(words, 0);
          shards[place >>> 22] = (shards[place >>> 22] ?? 0) + 1;
          slots[place & 1023] = (slots[place & 1023] ?? 0) + 1;
        }
        // Four each; of a fair coin's 1024 counts none is expected above 18.
        expect(Math.max(...shards)).toBeLessThan(18);
        expect(Math.max(...slots)).toBeLessThan(18);
      }
    },
  );
});
