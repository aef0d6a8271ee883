import { describe, expect, it } from '@jest/globals';
import { halfLoad } from './goals.js';
import { limitOf, searchLimit } from './limits.js';
import type { Paced } from './result.js';

const paced = (contender: string, p99: number, part?: number): Paced => ({
  ...{ workload: 'refresh', contender, requestsPerSecond: 1000, p50: 1, p99 },
  ...(part === undefined ? {} : { part }),
});

describe('the limit of ours', () => {
  /** Which parts are asked for. @param p99 of ours at each */
  const searched = async (p99: (part: number) => number): Promise<unknown> => {
    const found = await searchLimit((part) =>
      Promise.resolve([paced('latchkey', p99(part), part), paced('floor', 20, part)]),
    );
    expect(found).toHaveLength(2 * new Set(found.map(({ part }) => part)).size);
    return [...new Set(found.map(({ part }) => part))];
  };

  it('is looked for where ours is late, at 10 ms and more, in smaller parts until it is not', async () => {
    expect(await searched(() => 9.99)).toEqual([0.5]);
    expect(await searched((part) => (part > 0.3 ? 10 : 9))).toEqual([0.5, 0.375, 0.25]);
    expect(await searched(() => Number.NaN)).toEqual([0.5, 0.375, 0.25, 0.125]);
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
