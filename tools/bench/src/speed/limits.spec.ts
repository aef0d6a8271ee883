import { describe, expect, it } from '@jest/globals';
import { halfLoad } from './goals.js';
import { isOursLate, limitOf } from './limits.js';
import type { Paced } from './result.js';

const paced = (contender: string, p99: number, part?: number): Paced => ({
  ...{ workload: 'refresh', contender, requestsPerSecond: 1000, p50: 1, p99 },
  ...(part === undefined ? {} : { part }),
});

describe('the limit of ours', () => {
  it('is looked for where ours is late, at 10 ms and more, and not where only the floor is', () => {
    expect(isOursLate([paced('latchkey', 10), paced('floor', 2)])).toBe(true);
    expect(isOursLate([paced('latchkey', 9.99), paced('floor', 20)])).toBe(false);
    expect(isOursLate([paced('latchkey', Number.NaN)])).toBe(true);
  });

  it('is the highest rate at which it is not late, whatever came in which order', () => {
    const found = [0.125, 0.25, 0.5, 0.375].map((part) => paced('latchkey', part > 0.25 ? 12 : 9, part));
    const limit = limitOf('refresh', { paced: [...found, paced('floor', 3, 0.5), paced('floor', 2, 0.25)], rows: [] });
    expect([limit?.atHalfLoad.part, limit?.met?.part, limit?.lowest.part, limit?.floor?.p99]).toEqual([
      ...[0.5, 0.25, 0.125, 3],
    ]);
  });

  it('has no goal of its own, and an older run is of half load', () => {
    const figures = halfLoad([paced('latchkey', 12, 0.5), paced('latchkey', 9, 0.375), paced('latchkey', 11)]);
    expect(figures.map(({ value }) => value)).toEqual([12, 11]);
  });
});
