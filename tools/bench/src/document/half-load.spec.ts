import { describe, expect, it } from '@jest/globals';
import type { Paced, Row } from '../speed/result.js';
import { limitWords } from './half-load.js';

const row = (contender: string, requestsPerSecond: number): Row => ({
  ...{ workload: 'refresh', contender, requestsPerSecond, cpuMicros: 200, cpuMicrosSpan: [200, 210] },
  ...{ p50: 1, p99: 1, storeCpuMicros: 100, generatorCpu: 1, generatorShare: 0.1, requests: 1 },
});
const ROWS = [row('latchkey', 4000), row('oidc-provider', 900), row('floor', 8000)];
const paced = (contender: string, part: number, p99: number): Paced => ({
  ...{ workload: 'refresh', contender, part, requestsPerSecond: 4000 * part, p50: 1, p99 },
  ...{ cpuMicros: 400, storeCpuMicros: 150 },
});

describe('what a run says of the limit of ours', () => {
  it('is nothing where ours is not late at half load, or the run asked no further', () => {
    expect(limitWords('refresh', { paced: [paced('latchkey', 0.5, 9.9)], rows: ROWS })).toBe('');
    expect(limitWords('refresh', { paced: [paced('latchkey', 0.5, 12)], rows: ROWS })).toBe('');
    expect(limitWords('refresh', { paced: [], rows: ROWS })).toBe('');
  });

  it('is what the floor takes, what a request costs at half load and at all, and where it is met', () => {
    const found = [paced('latchkey', 0.5, 12), paced('floor', 0.5, 6.25), paced('latchkey', 0.375, 8.5)];
    expect(limitWords('refresh', { paced: found, rows: ROWS })).toBe(
      [
        "_In this run:_ The floor's p99 at the same rate is 6.25 ms.",
        'A request costs ours 400 µs of CPU and 150 in PostgreSQL and Redis at half load, which is 1.10 processors; with as much load as it takes, 200 and 100.',
        'The goal is met at 1,500 requests/s (8.50 ms), three eighths of what ours reaches; the most of oidc-provider is 900 requests/s.',
      ].join(' '),
    );
  });

  it('is how far the rounds of both lie from one another, where the run tells', () => {
    const found = [
      { ...paced('latchkey', 0.5, 12), p99s: [30, 12] },
      { ...paced('floor', 0.5, 6.25), p99s: [6.25, 250] },
      paced('latchkey', 0.375, 8.5),
    ];
    expect(limitWords('refresh', { paced: found, rows: ROWS })).toContain(
      "The floor's p99 at the same rate is 6.25 ms; its rounds took 6.25 to 250 ms, ours 12.0 to 30.0.",
    );
  });

  it('is that even the floor is late, and that no rate was low enough, where that is so', () => {
    const found = [paced('latchkey', 0.5, 22), paced('floor', 0.5, 10), paced('latchkey', 0.125, 14)];
    const words = limitWords('refresh', { paced: found, rows: [] });
    expect(words).toContain("The floor's p99 at the same rate is 10.0 ms: it is late itself.");
    expect(words).toContain('The goal is missed at every rate that was tried, down to 500 requests/s (14.0 ms).');
  });
});
