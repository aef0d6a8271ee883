/** Owns what a row is a multiple of: what ours costs, and what the floor costs, in the same workload of the same run. Pure. */
import { RESOURCE_GUARD, UNGUARDED } from './guards/guard-names.js';
import type { Row, ScaledRow } from './result.js';
import { FLOOR, LATCHKEY } from './workload.js';

/** A column: its head, and the multiple; undefined where there is none. */
export interface Ratio<R extends Row> {
  readonly head: string;
  readonly of: (row: R) => number | undefined;
}

/** Of a guard the floor is nobody before the route. */
export function ratiosIn(rows: readonly Row[]): readonly Ratio<Row>[] {
  const to =
    (...names: readonly string[]): Ratio<Row>['of'] =>
    ({ workload, cpuMicros }) => {
      const found = rows.find((each) => each.workload === workload && names.includes(each.contender));
      return found === undefined ? undefined : cpuMicros / found.cpuMicros;
    };
  return [
    { head: '× ours', of: to(LATCHKEY, RESOURCE_GUARD) },
    { head: '× floor', of: to(FLOOR, UNGUARDED) },
  ];
}

export const TO_SMALL: Ratio<ScaledRow> = {
  head: '× small',
  of: ({ cpuMicros, smallMicros }) => cpuMicros / smallMicros,
};
