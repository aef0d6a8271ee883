/** Owns how the times at half load are printed. Does not own the goal (goals). */
import { aligned } from '../report.js';
import type { Paced } from './result.js';

const HEAD = ['at half load', 'contender', 'requests/s', 'p50 ms', 'p99 ms', 'generator late ms', 'others'] as const;

export const PACED_LEGEND =
  'Each is timed from when it was due. Generator late: p99 of how much later the generator itself looked at it. Others: how many processors belonged to nothing that the bench has started. Both in the round of that p99.';

export const pacedTable = (paced: readonly Paced[]): string =>
  aligned([
    HEAD,
    ...paced.map(({ workload, contender, requestsPerSecond, p50, p99, disturbed }) => [
      ...[workload, contender, requestsPerSecond.toFixed(0), p50.toFixed(1), p99.toFixed(1)],
      ...(disturbed === undefined ? ['', ''] : [disturbed.generatorLate.toFixed(1), disturbed.processors.toFixed(2)]),
    ]),
  ]);
