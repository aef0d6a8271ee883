/**
 * Owns docs/performance.md: what one run of `npm run bench` has found, put so that a reader can judge it. Pure: the run and the
 * parts written by hand are passed in. Does not own the figures (speed), nor what is written by hand (docs/performance).
 */
import { isMissed, type Figure } from '../measurement.js';
import { HALF, halfLoadName, partOf, roundsInTime } from '../speed/limits.js';
import type { BenchResult, Row, ScaledRow } from '../speed/result.js';
import { ratiosIn, TO_SMALL } from '../speed/row-ratios.js';
import { chartsOf, RESPECTS, scaleCharts } from './charts.js';
import { conditions } from './conditions.js';
import { limitWords, pacedTables } from './half-load.js';
import { number, picture, table } from './markdown.js';

/** The parts that no measurement can tell. */
export interface ByHand {
  /** Profiles before and after, and what was changed: docs/performance/where-the-time-goes.md. */
  readonly whereTheTimeGoes: string;
  /** Why a goal is missed, by what the figure is called: the headings of docs/performance/missed-goals.md. */
  readonly reasons: Readonly<Record<string, string>>;
}

const HEAD = `# Performance

Tables and charts are made from \`docs/performance/run.json\` by \`npm run docs\`; why a goal is missed and where the time goes are written by hand, and tell of other runs, too. \`npm run bench\` measures it, on any machine with Node, and fails where a goal is missed:
separate processes of what the images run, a real PostgreSQL with fsync and a real Redis, and beside them, in the same run and in turn, what others offer
for the same work, and floors: the least that anybody could do who answers one request after the other. Where ours puts several into one statement it can be below its floor.

CPU is user and system time of the server's own process for each request, all threads; the cheapest of the rounds counts, and the column _rounds_ has the span of all. It says how many requests
a core can bear, whatever else the machine does: 100 µs are 0.1 s for 1,000 requests. Requests per second and latencies are those of a machine that everything else shares, too. _× ours_ and
_× floor_ say how many times as much CPU a row took as ours, and as the least that anybody could do, in the same rounds; where the load
generator takes nearly all of a core, the rate is its own. What a guard adds is the difference of two rows: where that is hardly more than their rounds lie apart, as for a token seen before, a ratio of it says that it is large, and not how large.

At full load each of the connections waits for its answer, and a request is timed from when it is sent. At half load requests fall due by the clock, at half of the highest rate that ours has reached, and are timed from then: whatever waits is in the times. So the two
do not compare. The rounds at half load are sorted by p99 and the middle one counts (of eight the fifth, so that at least five were no slower). Beside it stand what the floor takes at the same rate, how late the
load generator was in that round (the times include it), and how many processors programs had that are none of the bench. What a host takes away from a virtual machine is not seen there; it shows where the floor is slow, too.
`;

/** Older runs asked for half load once. */
const TWICE = `Half load is measured in two parts, right after full load and again at the end of the run: a machine that is slow for a minute is slow for all rounds of one part. _Of each round_ tells p99 in
the order in which they were measured.
`;

/** Older runs asked for half load alone. */
const LIMITS = `Where ours misses the goal there, three eighths, a quarter and an eighth of what it reaches are asked for, in as many rounds, until it is met: the limit lies between the last two.
`;

const SCALES = `The same questions to a small installation (one process, 10 clients, 1,000 grants, nothing revoked) and to others that grow in one respect each, in place and while they run,
in turn with the small one at each size. What is drawn is the small one's cost, times how many times as much each size took in the same rounds
(_× small_ in the tables): sizes are measured minutes apart, and the machine changes. Both axes are logarithmic: twice the cost is the same step up for each line. What reads no table is asked at the ends alone. With two processes the
rate tells of this machine: its processors are shared by the servers, PostgreSQL, Redis and the load generator.
`;

export function performanceDocument(result: BenchResult, byHand: ByHand): string {
  return [
    HEAD,
    ...(result.paced.some(({ p99s }) => p99s !== undefined) ? [TWICE] : []),
    ...(result.paced.every((each) => partOf(each) === HALF) ? [] : [LIMITS]),
    '## Goals\n',
    goals(result),
    missed(result, byHand.reasons),
    '## Conditions\n',
    conditions(result.conditions, result.paced),
    '## Who takes part\n',
    table(['contender', 'what it does, and what it does not'], Object.entries(result.contenders)),
    '## What is measured\n',
    ...chartsOf(result)
      .filter(({ kind }) => kind === 'bars')
      .map(({ name, title }) => picture(`performance/${name}`, title)),
    ...workloadsOf(result).map((workload) => section(result, workload)),
    ...howItScales(result),
    '## Other figures\n',
    table(
      ['figure', 'value'],
      result.figures.filter(({ goal }) => goal === undefined).map((figure) => [figure.what, shown(figure)]),
    ),
    '## Where the time goes\n',
    byHand.whereTheTimeGoes.trim(),
    '',
  ].join('\n');
}

const shown = ({ value, unit }: Figure): string => `${number(value)} ${unit}`;

function goals({ figures, paced }: BenchResult): string {
  const inTime = roundsInTime(paced);
  const rows = figures.flatMap((figure) =>
    figure.goal === undefined
      ? []
      : [
          [
            figure.what,
            shown(figure),
            `${figure.goal.relation} ${figure.goal.bound} ${figure.unit}`,
            [isMissed(figure) ? '**MISSED**' : 'met', inTime[figure.what]]
              .filter((words) => words !== undefined)
              .join('; '),
          ],
        ],
  );
  return rows.length === 0 ? 'This run had no goals.\n' : table(['figure', 'found', 'goal', ''], rows);
}

function missed(result: BenchResult, reasons: ByHand['reasons']): string {
  const { figures } = result;
  const limits: Readonly<Record<string, string>> = Object.fromEntries(
    workloadsOf(result).map((workload) => [halfLoadName(workload), limitWords(workload, result)]),
  );
  const names = figures.filter(isMissed).map(({ what }) => what);
  if (names.length === 0) return 'Every goal is met.\n';
  return [
    `### Why ${names.length === 1 ? 'one is' : `${names.length} are`} missed\n`,
    ...names.map((name) => {
      const why = reasons[name] ?? 'Nobody has written down why yet.';
      return [`#### ${name}`, limits[name] ?? '', why].filter((text) => text !== '').join('\n\n') + '\n';
    }),
  ].join('\n');
}

const workloadsOf = ({ rows }: BenchResult): readonly string[] => [...new Set(rows.map(({ workload }) => workload))];

function section(result: BenchResult, workload: string): string {
  const rows = result.rows.filter((row) => row.workload === workload);
  const paced = result.paced.filter((each) => each.workload === workload);
  return [
    `### ${workload}\n`,
    `${result.workloads[workload] ?? ''}\n`,
    rowTable(rows),
    ...(paced.length === 0 ? [] : [pacedTables(paced)]),
  ].join('\n');
}

function howItScales({ scale }: BenchResult): readonly string[] {
  if (scale === undefined) return [];
  return [
    '## How it scales\n',
    SCALES,
    conditions(scale.conditions, []),
    scaleCharts(scale)
      .map(({ name, title, over }) => picture(`performance/${name}`, `${title} over ${over}`))
      .join(''),
    ...Object.keys(scale.workloads).flatMap((workload) => {
      const small = scale.small.filter((row) => row.workload === workload);
      const rows = bySize(scale.rows.filter((row) => row.workload === workload));
      return [
        `### ${workload}, small and large\n`,
        `${scale.workloads[workload] ?? ''}\n`,
        table(
          [...HEADS, TO_SMALL.head],
          [...small.map((row) => [...cells(row), '']), ...rows.map((row) => [...cells(row), times(TO_SMALL.of(row))])],
        ),
      ];
    }),
  ];
}

/** Of each thing that there can be many of, from few to many. */
const bySize = (rows: readonly ScaledRow[]): readonly ScaledRow[] =>
  RESPECTS.flatMap((respect) => rows.filter((row) => row.respect === respect).toSorted((a, b) => a.size - b.size));

const HEADS = [
  '',
  'CPU µs',
  'rounds',
  'requests/s',
  'p50 ms',
  'p99 ms',
  'PostgreSQL and Redis µs',
  'generator, of a core',
];

function rowTable(rows: readonly Row[]): string {
  const ratios = ratiosIn(rows);
  return table(
    [...HEADS, ...ratios.map(({ head }) => head)],
    rows.map((row) => [...cells(row), ...ratios.map(({ of }) => times(of(row)))]),
  );
}

const times = (multiple: number | undefined): string => (multiple === undefined ? '' : number(multiple));

const cells = (row: Row): string[] => [
  row.contender,
  number(row.cpuMicros),
  row.cpuMicrosSpan.map(number).join('–'),
  number(row.requestsPerSecond),
  number(row.p50),
  number(row.p99),
  number(row.storeCpuMicros),
  number(row.generatorShare),
];
