/** Owns what is expected of the guards: what each adds to a route that nobody guards, in the same run. Pure. */
import { atLeast, type Figure } from '../../measurement.js';
import type { Algorithm } from '../contenders/seed.js';
import type { Row } from '../result.js';
import { guardedGet, PASSPORT_JWT, RESOURCE_GUARD, SHOWN, UNGUARDED, type Shown } from './guard-names.js';

/** How many times the added CPU of ours that of passport-jwt must be, at least. */
const GOAL: Readonly<Record<Shown, number>> = { '1 token': 15, '1,000 tokens in turn': 15, 'each token once': 3 };
/** What is less than this cannot be told from nothing by a clock that counts in 10 ms. */
const LEAST_MICROS = 0.5;

/** Microseconds for each request; never less than can be measured. */
export const added = (row: Row, base: Row): number => Math.max(LEAST_MICROS, row.cpuMicros - base.cpuMicros);

export function addedCpu(rows: readonly Row[], algorithm: Algorithm): Figure[] {
  return SHOWN.flatMap((shown) => {
    const workload = guardedGet(shown, algorithm);
    const of = (name: string): Row | undefined =>
      rows.find((row) => row.workload === workload && row.contender === name);
    const [base, ours] = [of(UNGUARDED), of(RESOURCE_GUARD)];
    if (base === undefined || ours === undefined) return [];
    const guards = rows.filter((row) => row.workload === workload && row !== base);
    return [
      ...guards.map((row): Figure => ({
        what: `${workload}: CPU added by ${row.contender}`,
        value: added(row, base),
        unit: 'µs',
      })),
      ...guards
        .filter((row) => row !== ours)
        .map((row): Figure => ({
          what: `${workload}: CPU added by ${row.contender} / by ours`,
          value: added(row, base) / added(ours, base),
          unit: '×',
          ...(row.contender === PASSPORT_JWT ? { goal: atLeast(GOAL[shown]) } : {}),
        })),
    ];
  });
}
