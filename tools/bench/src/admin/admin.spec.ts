import { describe, expect, it } from '@jest/globals';
import { progressTo } from '@latchkey/stack';
import { isMissed } from '../measurement.js';
import { comparisonTable, ratiosOf } from './comparison.js';
import { run } from './run.js';

describe('A5 with a million rows as fast as with ten', () => {
  const took = (milliseconds: number, slowest = milliseconds): number[] => [
    ...Array.from({ length: 95 }, () => milliseconds),
    ...Array.from({ length: 5 }, () => slowest),
  ];

  it.each([
    ['half as slow again', took(3), []],
    ['twice as slow in the middle', took(4.1), ['p50']],
    ['four times as slow at the end', took(2, 8), ['p99']],
    ['never answered', [], ['p50', 'p99']],
  ])('%s: %j is missed: %j', (_how, many, missed) => {
    const ratios = ratiosOf([{ what: '/clients', few: took(2), many, fifty: took(9) }]);
    expect(ratios.filter(isMissed).map(({ what }) => what)).toEqual(
      missed.map((share) => expect.stringContaining(share)),
    );
  });

  it('the table has a line for each page, and marks what is missed', () => {
    const [, line = ''] = comparisonTable([
      { what: '/clients first page', few: took(2), many: took(5), fifty: took(9) },
    ]).split('\n');
    expect(line.split(/ {2,}/)).toEqual([
      ...['/clients first page', '2.00 ms', '2.00 ms', '5.00 ms', '5.00 ms', '9.00 ms', '9.00 ms'],
      ...['2.50 × MISSED', '2.50 ×'],
    ]);
  });
});

describe('npm run bench:admin, at a small size', () => {
  it('finds a figure for each page and each write, and one client for one Idempotency-Key', async () => {
    const size = { rows: 1000, auditRows: 500, samples: 2, clients: 20 };
    const { comparisons, figures } = await run(
      size,
      progressTo(() => undefined),
    );
    expect(comparisons.map(({ few, many, fifty }) => [few.length, many.length, fifty.length])).toEqual(
      Array.from({ length: 12 }, () => [2, 2, 2]),
    );
    expect(figures.every(({ value }) => value > 0 && Number.isFinite(value))).toBe(true);
    expect(new Set(figures.map(({ what }) => what)).size).toBe(figures.length);
    expect(figures.filter(({ goal }) => goal?.relation === '=').map(({ value }) => value)).toEqual([1, 1]);
  });
});
