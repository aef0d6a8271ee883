import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Horizon } from './horizon.js';
import { UuidHash, type UuidHasher } from './uuid-hash.js';
import { UuidShard } from './uuid-shard.js';
import { UuidTable } from './uuid-table.js';

const UUID = '0190f6c2-7d1e-7abc-8def-0123456789ab';
const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
/** Values that somebody has chosen: they differ at their end alone. */
const uuidOf = (index: number): string => `0190f6c2-7d1e-7abc-8def-${hex(index, 12)}`;
const horizonAt = (before: number): Horizon => {
  const horizon = new Horizon();
  horizon.before = before;
  return horizon;
};
const sweep = (table: UuidTable, horizon: Horizon): number[] => [...table.sweep(horizon)];

/** Hashes as an attacker would wish them, beside the real one. */
const HASHES: Readonly<Record<string, UuidHasher>> = {
  'one home for all': { of: () => 0 },
  'one home for all, the last slot, whence they run on to the first': { of: () => -1 },
  'four homes beside each other': { of: (words, at) => ((words[at + 3] ?? 0) & 3) - 2 },
  'two parts, eight homes': { of: (words, at) => (((words[at + 3] ?? 0) % 2) << 31) | ((words[at + 3] ?? 0) & 7) },
  'the real one': new UuidHash(Int32Array.of(1, 2)),
};

describe('revocation.md V14, the table: what it does not take', () => {
  it.each([
    ['upper case, which is another value', UUID.toUpperCase()],
    ['one digit in upper case', UUID.replace('f', 'F')],
    ['no hyphens', UUID.replaceAll('-', '')],
    ...[8, 13, 18, 23].map((at) => ['a digit for a hyphen', `${UUID.slice(0, at)}0${UUID.slice(at + 1)}`]),
    ['a hyphen in the wrong place', UUID.replace('c2-7', 'c-27')],
    ['braces', `{${UUID}}`],
    ['a digit less', UUID.slice(0, -1)],
    ['a digit more', `${UUID}0`],
    ['a letter behind f', UUID.replace('f', 'g')],
    ['a character before 0', UUID.replace('0', '/')],
    ['a character behind 9', UUID.replace('9', ':')],
    ['a space', UUID.replace('0', ' ')],
    ['a character of Latin-1', UUID.replace('0', 'à')],
    ['a character whose lower byte is that of a digit', UUID.replace('0', '\u0130')],
    ['a digit of another script', UUID.replace('0', '０')],
    ['nothing', ''],
  ])('%s: %s', (_, value) => {
    const table = new UuidTable();
    table.put(UUID, 1);
    expect([table.put(value, 5), table.has(value), table.size]).toEqual([false, false, 1]);
  });
});

describe('revocation.md V14, the table is exact', () => {
  it('keeps apart any two values that differ in one digit', () => {
    const positions = Array.from({ length: UUID.length }, (_, index) => index).filter(
      (index) => UUID.charAt(index) !== '-',
    );
    fc.assert(
      fc.property(fc.constantFrom(...positions), fc.integer({ min: 1, max: 15 }), (position, step) => {
        const digit = hex((Number.parseInt(UUID.charAt(position), 16) + step) % 16, 1);
        const other = UUID.slice(0, position) + digit + UUID.slice(position + 1);
        const table = new UuidTable(HASHES['one home for all']);
        table.put(UUID, 1);
        expect([table.has(UUID), table.has(other)]).toEqual([true, false]);
        table.put(other, 1);
        expect([table.has(UUID), table.has(other), table.size]).toEqual([true, true, 2]);
      }),
      { numRuns: 500 },
    );
  });

  it('takes no word of zeros for a free slot, not even four', () => {
    const values = Array.from({ length: 16 }, (_, which) => {
      const [a, b, c, d] = [8, 4, 2, 1].map((bit) => ((which & bit) === 0 ? '00000000' : '12345678'));
      return `${a}-${b?.slice(0, 4)}-${b?.slice(4)}-${c?.slice(0, 4)}-${c?.slice(4)}${d}`;
    });
    const table = new UuidTable(HASHES['one home for all']);
    for (const value of [...values, ...values]) table.put(value, 1000);
    expect([table.size, values.filter((value) => table.has(value)).length]).toEqual([16, 16]);
    sweep(table, horizonAt(2000));
    expect([table.size, values.filter((value) => table.has(value)).length]).toEqual([0, 0]);
  });

  it.each([Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 32, 2 ** 40, 0.5, 0, -1])(
    'remembers until %d, and no longer',
    (end) => {
      const table = new UuidTable();
      table.put(UUID, end);
      sweep(table, horizonAt(end));
      expect(table.has(UUID)).toBe(true);
      const horizon = horizonAt(end + 1e9);
      sweep(table, horizon);
      expect(table.has(UUID)).toBe(end === Number.POSITIVE_INFINITY);
    },
  );

  const operation = fc.oneof(
    { weight: 6, arbitrary: fc.record({ put: fc.nat(60), end: fc.integer({ min: 90, max: 110 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({ flood: fc.integer({ min: 1, max: 120 }), end: fc.integer({ min: 90, max: 110 }) }),
    },
    { weight: 1, arbitrary: fc.record({ sweep: fc.integer({ min: 85, max: 115 }) }) },
  );

  it.each(Object.entries(HASHES))(
    'answers like a Map whatever is put, repeated, expired and put again: %s',
    (_, hash) => {
      fc.assert(
        fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
          const table = new UuidTable(hash);
          const model = new Map<string, number>();
          const horizon = new Horizon();
          const sizes: [number, number][] = [];
          const put = (value: string, end: number): void => {
            table.put(value, end);
            model.set(value, Math.max(model.get(value) ?? end, end));
          };
          for (const one of operations) {
            if ('put' in one) put(uuidOf(one.put), one.end);
            else if ('flood' in one) for (let index = 0; index < one.flood; index += 1) put(uuidOf(index), one.end);
            else {
              horizon.before = one.sweep;
              sweep(table, horizon);
              const gone = [...model].filter(([, end]) => end < one.sweep);
              for (const [value] of gone) model.delete(value);
            }
            sizes.push([table.size, model.size]);
          }
          expect(sizes.filter(([real, expected]) => real !== expected)).toEqual([]);
          const all = Array.from({ length: 121 }, (_, index) => uuidOf(index));
          expect(all.filter((value) => table.has(value))).toEqual(all.filter((value) => model.has(value)));
        }),
        { numRuns: 300 },
      );
    },
  );

  it.each(Object.entries(HASHES))(
    'forgets nothing that lives, and all else by the second sweep, when entries are put while it sweeps: %s',
    (_, hash) => {
      const puts = fc.array(fc.record({ put: fc.nat(500), end: fc.constantFrom(90, 110) }), { maxLength: 100 });
      fc.assert(
        fc.property(puts, puts, fc.integer({ min: 1, max: 60 }), (first, during, chunk) => {
          const table = new UuidTable(hash);
          const model = new Map<string, number>();
          const put = (one: { put: number; end: number }): void => {
            table.put(uuidOf(one.put), one.end);
            model.set(uuidOf(one.put), Math.max(model.get(uuidOf(one.put)) ?? one.end, one.end));
          };
          for (let index = 0; index < 200; index += 1) put({ put: index * 2, end: index % 3 === 0 ? 110 : 90 });
          first.forEach(put);
          const waiting = [...during];
          const costs: number[] = [];
          const living = (): string[] => [...model].filter(([, end]) => end === 110).map(([value]) => value);
          for (const cost of table.sweep(horizonAt(100))) {
            costs.push(cost);
            waiting.splice(0, chunk).forEach(put);
          }
          waiting.forEach(put);
          expect(costs.every((cost) => cost > 0)).toBe(true);
          expect(living().every((value) => table.has(value))).toBe(true);
          sweep(table, horizonAt(100));
          expect(table.size).toBe(living().length);
          expect(living().every((value) => table.has(value))).toBe(true);
        }),
        { numRuns: 100 },
      );
    },
  );
});

describe('revocation.md V14, the table: size and pauses', () => {
  it('gives its memory back when a flood has expired, and is exact with what is left', () => {
    const hash = new UuidHash(Int32Array.of(3, 4));
    const shard = new UuidShard(hash);
    const words = (index: number): Int32Array => Int32Array.of(1, 2, 3, index);
    const put = (index: number, end: number): boolean => shard.put(words(index), hash.of(words(index), 0), end);
    for (let index = 0; index < 10_000; index += 1) put(index, index < 20 ? 2000 : 1000);
    expect([shard.size, shard.capacity]).toEqual([10_000, 16_384]);
    shard.sweep(0, shard.capacity, horizonAt(1500));
    shard.shrink();
    expect([shard.size, shard.capacity]).toEqual([20, 64]);
    for (let index = 0; index < 40; index += 1) {
      expect(shard.has(words(index), hash.of(words(index), 0))).toBe(index < 20);
    }
    shard.sweep(0, shard.capacity, horizonAt(2500));
    shard.shrink();
    expect([shard.size, shard.capacity]).toEqual([0, 8]);
  });

  it('needs at most 100 bytes for an entry, whatever came and went', () => {
    const hash = new UuidHash(Int32Array.of(5, 6));
    const ends = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 3, maxLength: 300 });
    fc.assert(
      fc.property(ends, fc.integer({ min: 0, max: 100 }), (all, before) => {
        const shard = new UuidShard(hash);
        const bytes: number[] = [];
        const bounded = (): void => {
          if (shard.capacity > 8) bytes.push((shard.capacity * 25) / shard.size);
        };
        for (const [index, end] of all.entries()) {
          const words = Int32Array.of(9, 9, 9, index);
          shard.put(words, hash.of(words, 0), end);
          bounded();
        }
        shard.sweep(0, shard.capacity, horizonAt(before));
        shard.shrink();
        bounded();
        expect(Math.max(0, ...bytes)).toBeLessThanOrEqual(100);
      }),
    );
  });

  it('sweeps some hundred slots with each step, however many have expired', () => {
    const table = new UuidTable(new UuidHash(Int32Array.of(7, 8)));
    for (let index = 0; index < 20_000; index += 1) table.put(uuidOf(index), 1000);
    let standing = table.size;
    const steps = table.sweep(horizonAt(2000));
    while (steps.next().done !== true) {
      expect(standing - table.size).toBeLessThan(400);
      standing = table.size;
    }
    expect(table.size).toBe(0);
  });
});
