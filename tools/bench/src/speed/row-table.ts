/** Owns how the rows are printed. Does not own the figures with goals (report). */
import { aligned } from '../report.js';
import type { Row } from './result.js';
import type { Ratio } from './row-ratios.js';

const HEAD = [
  'workload',
  'contender',
  'requests/s',
  'p50 ms',
  'p99 ms',
  'CPU s/1,000',
  '(rounds)',
  'stores',
  'generator',
  'of a core',
] as const;
/** Beyond it the load generator is what all others waited for: the rate is its own. CPU for each request stays true. */
const BUSY = 0.9;

export function rowTable<R extends Row>(rows: readonly R[], ratios: readonly Ratio<R>[]): string {
  const heads = [...HEAD, ...ratios.map(({ head }) => head)];
  return aligned([heads, ...rows.map((row) => [...cells(row), ...ratios.map(({ of }) => of(row)?.toFixed(2) ?? '')])]);
}

/** Whether the rate of this row may be the generator's and not the server's. */
export const isBoundByGenerator = ({ generatorShare }: Row): boolean => generatorShare > BUSY;

function cells(row: Row): readonly string[] {
  const { workload, contender, requestsPerSecond, p50, p99, cpuMicros, cpuMicrosSpan } = row;
  return [
    workload,
    contender,
    `${requestsPerSecond.toFixed(0)}${isBoundByGenerator(row) ? ' *' : ''}`,
    p50.toFixed(1),
    p99.toFixed(1),
    perThousand(cpuMicros),
    cpuMicrosSpan.map(perThousand).join('–'),
    perThousand(row.storeCpuMicros),
    perThousand(row.generatorCpu),
    row.generatorShare.toFixed(2),
  ];
}

/** Microseconds for each request as seconds for a thousand. */
const perThousand = (micros: number): string => (micros / 1000).toFixed(3);
