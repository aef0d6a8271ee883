import { describe, expect, it } from '@jest/globals';
import { together } from './kept-result.js';
import type { BenchResult, Conditions, Row, Scaled } from './result.js';

const conditions = (date: string): Conditions => ({
  ...{ date, node: 'v24.1.0', processors: '2 × a processor', memoryBytes: 2 ** 34, load: [0, 0], versions: {} },
  ...{ connections: 32, rounds: 5, secondsPerRound: 4 },
});
const ROW: Row = {
  ...{ workload: 'refresh', contender: 'latchkey', cpuMicros: 1, cpuMicrosSpan: [1, 1], requests: 1 },
  ...{ requestsPerSecond: 1, p50: 1, p99: 1, storeCpuMicros: 0, generatorCpu: 1, generatorShare: 0 },
};
const result = (date: string, rows: readonly Row[]): BenchResult => ({
  ...{ conditions: conditions(date), contenders: {}, workloads: {}, rows, paced: [], figures: [] },
});
const scaled = (date: string): Scaled => ({
  ...{ conditions: conditions(date), small: [], rows: [], workloads: {} },
  few: { processes: 1, clients: 10, grants: 1000, revocations: 0 },
});
const dates = ({ conditions: { date }, scale }: BenchResult): unknown => [date, scale?.conditions.date];

describe('the file that a run is kept in', () => {
  const before = { ...result('rows of before', [ROW]), scale: scaled('scale of before') };

  it('keeps how the product scales when that is not asked', () => {
    expect(dates(together(before, result('now', [ROW])))).toEqual(['now', 'scale of before']);
  });

  it('keeps the rows when it is asked only how the product scales', () => {
    const kept = together(before, { ...result('now', []), scale: scaled('now') });
    expect([dates(kept), kept.rows]).toEqual([['rows of before', 'now'], [ROW]]);
  });

  it('keeps nothing of what is asked again', () => {
    expect(dates(together(before, { ...result('now', [ROW]), scale: scaled('now') }))).toEqual(['now', 'now']);
    expect(dates(together({}, result('now', [ROW])))).toEqual(['now', undefined]);
  });
});
