/** Owns what is printed of a result, and whether it is a success. Does not own the result. */
import { isMissed } from '../measurement.js';
import { table } from '../report.js';
import { pacedTable, PACED_LEGEND } from './paced-table.js';
import type { BenchResult, Conditions } from './result.js';
import { ratiosIn, TO_SMALL } from './row-ratios.js';
import { isBoundByGenerator, rowTable } from './row-table.js';

const LEGEND =
  'CPU s/1,000: seconds of user and system time of the server for 1,000 requests, the lowest of the rounds; stores and generator alike. Of a core: the most that the load generator took. × ours, × floor: CPU as a multiple of it.';

export function shown({ conditions, rows, paced, figures, scale }: BenchResult): string {
  const missed = figures.filter(isMissed);
  const bound = rows.some(isBoundByGenerator)
    ? ['* the load generator was busy all the time: the rate may be its own.']
    : [];
  return [
    machineOf(conditions),
    ...(rows.length === 0 ? [] : [rowTable(rows, ratiosIn(rows)), LEGEND]),
    ...bound,
    ...(paced.length === 0 ? [] : [pacedTable(paced), PACED_LEGEND]),
    ...(figures.length === 0 ? [] : [table(figures)]),
    ...(scale === undefined ? [] : ['How it scales:', rowTable(scale.rows, [TO_SMALL])]),
    missed.length === 0 ? 'Every goal is met.' : `${missed.length} goals are missed.`,
  ].join('\n\n');
}

export const exitCodeOf = ({ figures }: BenchResult): 0 | 1 => (figures.some(isMissed) ? 1 : 0);

const machineOf = ({ node, processors, memoryBytes, load, others, ...rest }: Conditions): string =>
  [
    `node ${node}`,
    processors,
    `${Math.round(memoryBytes / 2 ** 30)} GiB`,
    `load ${load.map((each) => each.toFixed(1)).join(' → ')}`,
    ...(others === undefined ? [] : [`others had ${others.toFixed(2)} processors`]),
    ...Object.entries(rest.versions).map(([name, version]) => `${name} ${version}`),
    `${rest.connections} connections`,
    `${rest.rounds} rounds`,
  ].join(' · ');
