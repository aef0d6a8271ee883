/** Owns how the times at half load are printed. Does not own the goal (goals). */
import { aligned } from '../report.js';
import { partOf } from './limits.js';
import type { Paced } from './result.js';

const HEAD = [
  'at a part of the load',
  'contender',
  'part',
  'requests/s',
  'p50 ms',
  'p99 ms',
  'generator late ms',
  'others',
  'of each round',
] as const;

export const PACED_LEGEND =
  'Each is timed from when it was due. Generator late: p99 of how much later the generator itself looked at it. Others: how many processors belonged to nothing that the bench has started. All of it in the middle one of the rounds, by p99. At half load half of the rounds came after all other workloads.';

export const pacedTable = (paced: readonly Paced[]): string =>
  aligned([
    HEAD,
    ...paced.map((each) => [
      ...[each.workload, each.contender, String(partOf(each))],
      ...[each.requestsPerSecond.toFixed(0), each.p50.toFixed(1), each.p99.toFixed(1)],
      ...(each.disturbed === undefined
        ? ['', '']
        : [each.disturbed.generatorLate.toFixed(1), each.disturbed.processors.toFixed(2)]),
      (each.p99s ?? []).map((p99) => p99.toFixed(1)).join('/'),
    ]),
  ]);
