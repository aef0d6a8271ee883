import { describe, expect, it } from '@jest/globals';
import { addedCpu } from '../speed/guards/guard-goals.js';
import { guardedGet, PASSPORT_JWT, RESOURCE_GUARD, UNGUARDED } from '../speed/guards/guard-names.js';
import type { BenchResult, Conditions, Row, Scaled, ScaledRow } from '../speed/result.js';
import { chartsOf, digestOf } from './charts.js';
import { halfLoadName, NOT_LATE } from '../speed/limits.js';
import { reasonsIn, stalePictures } from './files.js';
import { performanceDocument } from './performance-document.js';

const row = (workload: string, contender: string, cpuMicros: number): Row => ({
  ...{ workload, contender, cpuMicros, cpuMicrosSpan: [cpuMicros, cpuMicros + 7] },
  ...{ requestsPerSecond: 4321, p50: 1.5, p99: 7.25, storeCpuMicros: 0, generatorCpu: 10, generatorShare: 0.1 },
  requests: 1000,
});

const SEEN = guardedGet('1 token', 'ES256');
const NEW = guardedGet('each token once', 'ES256');
const ROWS = [
  row('refresh', 'latchkey', 200),
  row('refresh', 'floor', 100),
  ...[row(SEEN, UNGUARDED, 50), row(SEEN, RESOURCE_GUARD, 60), row(SEEN, PASSPORT_JWT, 200)],
  ...[row(NEW, UNGUARDED, 50), row(NEW, RESOURCE_GUARD, 50), row(NEW, PASSPORT_JWT, 250)],
];

const RESULT: BenchResult = {
  conditions: {
    ...{ date: '2026-11-29T01:02:03.000Z', node: 'v24.1.0', processors: '2 × a processor', memoryBytes: 2 ** 34 },
    ...{ load: [0.1, 1.9], versions: { PostgreSQL: '18.4' }, connections: 32, rounds: 5, secondsPerRound: 4 },
  },
  contenders: { latchkey: 'Ours.', floor: 'The | least.' },
  workloads: { refresh: 'POST /token.' },
  rows: ROWS,
  paced: [{ workload: 'refresh', contender: 'latchkey', requestsPerSecond: 2000, p50: 1, p99: 8.5 }],
  figures: [
    { what: 'a ratio', value: 2.9, unit: '×', goal: { relation: '≥', bound: 3 } },
    { what: 'another', value: 3, unit: '×', goal: { relation: '≥', bound: 3 } },
    { what: 'memory', value: 99, unit: 'MB' },
  ],
};

const grown = (size: number, cpuMicros: number, smallMicros: number): ScaledRow => ({
  ...row('refresh', `${size.toLocaleString('en')} grants`, cpuMicros),
  ...{ respect: 'grants', size, smallMicros },
});

const SCALE: Scaled = {
  conditions: { ...RESULT.conditions, rounds: 3 },
  few: { processes: 1, clients: 10, grants: 10, revocations: 0 },
  small: [row('refresh', 'small', 200)],
  rows: [grown(9000, 330, 300), grown(1000, 210, 200)],
  workloads: { refresh: 'POST /token.' },
};

const lines = (reasons = {}): string[] =>
  performanceDocument(RESULT, { whereTheTimeGoes: 'In signing.', reasons }).split('\n');

describe('docs/performance.md', () => {
  it('says of each goal whether it is met, and why one is missed', () => {
    expect(lines({ 'a ratio': 'Something waits.' })).toEqual(
      expect.arrayContaining(['| a ratio | 2.90 × | ≥ 3 × | **MISSED** |', '| another | 3.00 × | ≥ 3 × | met |']),
    );
    const why = lines({ 'a ratio': 'Something waits.\n\n- for long' }).join('\n');
    expect(why).toContain('### Why one is missed\n\n#### a ratio\n\nSomething waits.\n\n- for long\n\n## Conditions');
    expect(lines().join('\n')).toContain('#### a ratio\n\nNobody has written down why yet.\n');
  });

  it('says under what it was measured, by whom, and each row of each workload', () => {
    expect(lines()).toEqual(
      expect.arrayContaining([
        '- 2026-11-29, node v24.1.0, 2 × a processor, 16 GiB',
        '- load of the machine (one minute) 0.1 before the run and 1.9 after it, its own work included',
        '| floor | The \\| least. |',
        '### refresh',
        '| latchkey | 200 | 200–207 | 4,321 | 1.50 | 7.25 | 0.00 | 0.10 | 1.00 | 2.00 |',
        '| at half load: 2,000 requests/s | p50 ms | p99 ms | generator late, p99 ms | processors of others |',
        '| latchkey | 1.00 | 8.50 | – | – |',
        '| memory | 99.0 MB |',
        'In signing.',
      ]),
    );
  });

  it('says of small and large installations under what those were measured', () => {
    const page = performanceDocument({ ...RESULT, scale: SCALE }, { whereTheTimeGoes: '', reasons: {} });
    const [, scaling = ''] = page.split('## How it scales');
    expect(scaling).toContain('3 rounds of 4 s');
    expect(scaling.split('\n')).toEqual(
      expect.arrayContaining([
        '| small | 200 | 200–207 | 4,321 | 1.50 | 7.25 | 0.00 | 0.10 |  |',
        '| 1,000 grants | 210 | 210–217 | 4,321 | 1.50 | 7.25 | 0.00 | 0.10 | 1.05 |',
      ]),
    );
  });

  it('draws what a request costs over the size of each thing that there can be many of', () => {
    const charts = chartsOf({ ...RESULT, scale: SCALE }).filter(({ kind }) => kind === 'lines');
    expect(charts).toEqual([
      {
        ...{ kind: 'lines', name: 'scale-grants', title: 'CPU for each request', unit: 'µs' },
        over: 'grants in the table',
        series: [
          {
            name: 'refresh',
            points: [
              [10, 200],
              [1000, 210],
              // The machine was slower by half then, for the small one, too.
              [9000, 220],
            ],
          },
        ],
      },
    ]);
  });

  it('says of what is late at half load what the run shows of its limit, before what is written by hand', () => {
    const figures = [{ ...{ what: halfLoadName('refresh'), value: 12, unit: 'ms' as const }, goal: NOT_LATE }];
    const at = { workload: 'refresh', contender: 'latchkey', p50: 1 };
    const paced = [
      { ...at, part: 0.5, requestsPerSecond: 2000, p99: 12 },
      { ...at, part: 0.375, requestsPerSecond: 1500, p99: 9 },
    ];
    const reasons = { [halfLoadName('refresh')]: 'Something waits.' };
    const page = performanceDocument({ ...RESULT, figures, paced }, { whereTheTimeGoes: '', reasons });
    expect(page).toContain(
      `#### ${halfLoadName('refresh')}\n\n_In this run:_ The goal is met at 1,500 requests/s (9.00 ms), three eighths of what ours reaches.\n\nSomething waits.\n`,
    );
    expect(performanceDocument({ ...RESULT, figures, paced }, { whereTheTimeGoes: '', reasons: {} })).toContain(
      'of what ours reaches.\n\nNobody has written down why yet.\n',
    );
    expect(page).toContain('| at three eighths of what is reached: 1,500 requests/s | p50 ms |');
    expect(page.match(/\| at half load: /g)).toHaveLength(1);
    expect(page).toContain('Where ours misses the goal there,');
    expect(lines().join('\n')).not.toContain('Where ours misses the goal there,');
  });

  it('says of half load how the floor fared, how late the generator was, and whether others had the machine', () => {
    const at = { workload: 'refresh', requestsPerSecond: 2000, p50: 1 };
    const paced = [
      {
        ...{ ...at, contender: 'latchkey', p99: 8.5, p99s: [19.4, 8.5, 7], cpuMicros: 300, storeCpuMicros: 20 },
        disturbed: { generatorLate: 1.25, processors: 0.02 },
      },
      { ...at, contender: 'floor', p99: 7, disturbed: { generatorLate: 1, processors: 0.5 } },
    ];
    const figures = [{ ...{ what: halfLoadName('refresh'), value: 8.5, unit: 'ms' as const }, goal: NOT_LATE }];
    const page = performanceDocument({ ...RESULT, figures, paced }, { whereTheTimeGoes: '', reasons: {} });
    expect(page).toContain(
      `| ${halfLoadName('refresh')} | 8.50 ms | < 10 ms | met; 2 of 3 rounds in time, the slowest 19.4 ms |`,
    );
    expect(page.split('\n')).toEqual(
      expect.arrayContaining([
        '| latchkey | 1.00 | 8.50 | 19.4 · 8.50 · 7.00 | 300 | 20.0 | 1.25 | 0.02 |',
        '| floor | 1.00 | 7.00 | – | – | – | 1.00 | 0.50 |',
      ]),
    );
    expect(page).toContain('Half load is measured in two parts');
    expect(lines().join('\n')).not.toContain('Half load is measured in two parts');
  });

  describe('says that the machine had other work to do', () => {
    const OTHER_WORK = '**The machine had other work to do';
    const page = (over: Partial<Conditions>, processors?: number): string => {
      const at = { workload: 'refresh', contender: 'latchkey', requestsPerSecond: 2000, p50: 1, p99: 2 };
      const paced = processors === undefined ? [at] : [at, { ...at, disturbed: { generatorLate: 1, processors } }];
      const run = { ...RESULT, paced, conditions: { ...RESULT.conditions, ...over } };
      return performanceDocument(run, { whereTheTimeGoes: '', reasons: {} });
    };

    it('when other programs had a processor, on average over the run', () => {
      expect(page({ others: 0.2 })).toContain(`other programs had 0.20 processors on average. ${OTHER_WORK}`);
    });

    it('where a run tells no more, when they had one in the rounds at half load', () => {
      expect(page({}, 0.5)).toContain(`other programs had 0.50 processors at most, at half load. ${OTHER_WORK}`);
    });

    it('and not for the load, which is its own', () => {
      const load = [3.2, 4] as const;
      const quiet = page({ load, others: 0.02 }, 0.5);
      expect(quiet).toContain('4.0 after it, its own work included; other programs had 0.02 processors on average\n');
      for (const each of [quiet, page({ load }, 0), page({ load })]) expect(each).not.toContain(OTHER_WORK);
    });
  });

  it('reads why a goal is missed from what is written by hand, by heading', () => {
    expect(reasonsIn('# Why\n\nHead.\n\n## a ratio\n\nOne\nline.\n\n- and more\n\n## b: x / y\n\nTwo.\n')).toEqual({
      'a ratio': 'One\nline.\n\n- and more',
      'b: x / y': 'Two.',
    });
  });

  it('is published with pictures of its own run', () => {
    expect(stalePictures()).toEqual([]);
  });

  it('has pictures of the issuer, and of what guards add, each with a digest of its own', () => {
    const charts = chartsOf(RESULT);
    expect(charts.map((chart) => [chart.name, chart.kind === 'bars' ? chart.categories : []])).toEqual([
      ['issuer', ['refresh']],
      ['guards', ['1 token, ES256', 'each token once, ES256']],
    ]);
    expect(charts[1]?.series).toEqual([
      { name: RESOURCE_GUARD, values: [10, 0.5] },
      { name: PASSPORT_JWT, values: [150, 200] },
    ]);
    expect(new Set(charts.map(digestOf)).size).toBe(2);
    expect(chartsOf({ ...RESULT, rows: ROWS.slice(0, 2) }).map(({ name }) => name)).toEqual(['issuer']);
  });
});

describe('what a guard adds', () => {
  it('is what it costs more than nobody, and never nothing; 15 times less than passport-jwt for a token seen before, 3 times for a new one', () => {
    const ratios = addedCpu(ROWS, 'ES256').filter(({ unit }) => unit === '×');
    expect(ratios).toEqual([
      {
        what: `${SEEN}: CPU added by ${PASSPORT_JWT} / by ours`,
        value: 15,
        unit: '×',
        goal: { relation: '≥', bound: 15 },
      },
      {
        what: `${NEW}: CPU added by ${PASSPORT_JWT} / by ours`,
        value: 400,
        unit: '×',
        goal: { relation: '≥', bound: 3 },
      },
    ]);
    expect(addedCpu(ROWS, 'RS256')).toEqual([]);
    expect(addedCpu([row(SEEN, RESOURCE_GUARD, 60)], 'ES256')).toEqual([]);
  });
});
