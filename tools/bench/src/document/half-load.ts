/** Owns what the page says of p99 at half load, and of the parts of the load at which the limit was looked for. Pure. Does not own the search (limits). */
import { HALF, isLate, limitOf, partOf, type Limit } from '../speed/limits.js';
import type { BenchResult, Paced } from '../speed/result.js';
import { OIDC_PROVIDER } from '../speed/workload.js';
import { number, table } from './markdown.js';

/** As they are spoken; any other is told in digits. */
const NAMES: Readonly<Record<string, string>> = {
  '0.375': 'three eighths',
  '0.25': 'a quarter',
  '0.125': 'an eighth',
};

const nameOf = (part: number): string => NAMES[String(part)] ?? String(part);

const COSTS = ['CPU µs', 'PostgreSQL and Redis µs'] as const;
const UNTOLD = '–';
const told = (value: number | undefined): string => (value === undefined ? UNTOLD : number(value));

/** A table for each part. @param paced of one workload */
export function pacedTables(paced: readonly Paced[]): string {
  const parts = [...new Set(paced.map(partOf))];
  return parts
    .map((part) =>
      pacedTable(
        part,
        paced.filter((each) => partOf(each) === part),
      ),
    )
    .join('\n');
}

function pacedTable(part: number, paced: readonly Paced[]): string {
  const costs = paced.some(({ cpuMicros }) => cpuMicros !== undefined);
  const each = paced.some(({ p99s }) => p99s !== undefined);
  return table(
    [
      `at ${part === HALF ? 'half load' : `${nameOf(part)} of what is reached`}: ${number(paced[0]?.requestsPerSecond ?? 0)} requests/s`,
      ...['p50 ms', 'p99 ms', ...(each ? ['of each round'] : []), ...(costs ? COSTS : [])],
      ...['generator late, p99 ms', 'processors of others'],
    ],
    paced.map(({ contender, p50, p99, p99s, cpuMicros, storeCpuMicros, disturbed }) => [
      ...[contender, number(p50), number(p99)],
      ...(each ? [p99s?.map(number).join(' · ') ?? UNTOLD] : []),
      ...(costs ? [cpuMicros, storeCpuMicros].map(told) : []),
      ...[disturbed?.generatorLate, disturbed?.processors].map(told),
    ]),
  );
}

/** What the run itself shows of why ours is late at half load, and of where it is not; '' where it is not late, or the run does not tell. */
export function limitWords(workload: string, result: Pick<BenchResult, 'paced' | 'rows'>): string {
  const limit = limitOf(workload, result);
  if (limit === undefined) return '';
  return `_In this run:_ ${[floorWords(limit), costWords(limit), metWords(limit)].filter((words) => words !== '').join(' ')}`;
}

function floorWords({ floor, atHalfLoad }: Limit): string {
  if (floor === undefined) return '';
  const late = isLate(floor) ? ': it is late itself' : '';
  return `The floor's p99 at the same rate is ${number(floor.p99)} ms${late}${roundsWords(floor, atHalfLoad)}.`;
}

/** How far the rounds lie from one another: of the floor it is the machine. */
function roundsWords(floor: Paced, ours: Paced): string {
  if (floor.p99s === undefined || ours.p99s === undefined) return '';
  const span = (p99s: readonly number[]): string => `${number(Math.min(...p99s))} to ${number(Math.max(...p99s))}`;
  return `; its rounds took ${span(floor.p99s)} ms, ours ${span(ours.p99s)}`;
}

function costWords({ full, atHalfLoad }: Limit): string {
  const { cpuMicros, storeCpuMicros, requestsPerSecond } = atHalfLoad;
  if (full === undefined || cpuMicros === undefined || storeCpuMicros === undefined) return '';
  const processors = number(((cpuMicros + storeCpuMicros) * requestsPerSecond) / 1e6);
  return [
    `A request costs ours ${number(cpuMicros)} µs of CPU and ${number(storeCpuMicros)} in PostgreSQL and Redis at half load, which is ${processors} processors;`,
    `with as much load as it takes, ${number(full.cpuMicros)} and ${number(full.storeCpuMicros)}.`,
  ].join(' ');
}

function metWords({ met, lowest, peerReached }: Limit): string {
  const peer = peerReached === undefined ? '' : `; the most of ${OIDC_PROVIDER} is ${number(peerReached)} requests/s`;
  if (met === undefined)
    return `The goal is missed at every rate that was tried, down to ${number(lowest.requestsPerSecond)} requests/s (${number(lowest.p99)} ms)${peer}.`;
  return `The goal is met at ${number(met.requestsPerSecond)} requests/s (${number(met.p99)} ms), ${nameOf(partOf(met))} of what ours reaches${peer}.`;
}
