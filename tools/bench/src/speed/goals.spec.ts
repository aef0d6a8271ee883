import { describe, expect, it } from '@jest/globals';
import { isMissed } from '../measurement.js';
import { halfLoad, ratios } from './goals.js';
import type { Row } from './result.js';

const row = (workload: string, contender: string, cpuMicros: number): Row => ({
  ...{ workload, contender, cpuMicros, cpuMicrosSpan: [cpuMicros, cpuMicros] },
  ...{ requestsPerSecond: 1, p50: 1, p99: 1, storeCpuMicros: 0, generatorCpu: 1, generatorShare: 0.1, requests: 1 },
});

describe('the goals of npm run bench', () => {
  it('ours must be so many times cheaper than another, and no more than so many times the floor', () => {
    const workload = 'client_credentials ES256';
    const rows = [row(workload, 'latchkey', 100), row(workload, 'oidc-provider', 300), row(workload, 'floor', 62)];
    const figures = ratios(rows);
    expect(figures.map(({ value, goal }) => [value, goal])).toEqual([
      [3, { relation: '≥', bound: 3 }],
      [100 / 62, { relation: '≤', bound: 1.6 }],
    ]);
    expect(figures.map(isMissed)).toEqual([false, true]);
    expect(ratios([row(workload, 'latchkey', 101), ...rows.slice(1)]).map(isMissed)).toEqual([true, true]);
  });

  it('of a refresh it is the provider that loses nothing which is compared', () => {
    const rows = ['latchkey', 'oidc-provider', 'oidc-provider, fsync'].map((contender) =>
      row('refresh', contender, 100),
    );
    expect(ratios(rows).map(({ goal }) => goal?.bound)).toEqual([undefined, 2.5]);
  });

  it('compares nobody with another workload', () => {
    expect(ratios([row('refresh', 'latchkey', 100), row('introspection', 'floor', 1)])).toEqual([]);
  });

  it('p99 at half load is under 10 ms', () => {
    const paced = [9.9, 10].map((p99) => ({
      ...{ workload: 'refresh', contender: 'latchkey', requestsPerSecond: 1 },
      ...{ p50: 1, p99 },
    }));
    expect(halfLoad(paced).map(isMissed)).toEqual([false, true]);
  });

  it('p99 of the floor at the same rate has no goal', () => {
    const at = { workload: 'refresh', requestsPerSecond: 1, p50: 1, p99: 12 };
    const figures = halfLoad(['latchkey', 'floor'].map((contender) => ({ ...at, contender })));
    expect(figures.map(({ what }) => what)).toEqual(['refresh: p99 of ours at half load']);
  });
});
