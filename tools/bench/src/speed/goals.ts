/** Owns what is expected of the rows: ratios to the others in the same run, with their goals. Does not own the measuring. */
import { atLeast, atMost, type Figure } from '../measurement.js';
import { HALF, halfLoadName, NOT_LATE, partOf } from './limits.js';
import type { Paced, Row } from './result.js';
import { FLOOR, LATCHKEY, OIDC_PROVIDER, OIDC_PROVIDER_DURABLE } from './workload.js';

interface Expected {
  readonly workload: string;
  /** How many times the CPU of ours the other's must be, at least. By contender. */
  readonly cheaperThan?: Readonly<Record<string, number>>;
  /** How many times the CPU of the floor ours may be. */
  readonly floors?: number;
}

export const EXPECTED: readonly Expected[] = [
  { workload: 'client_credentials ES256', cheaperThan: { [OIDC_PROVIDER]: 3 }, floors: 1.6 },
  { workload: 'client_credentials RS256', cheaperThan: { [OIDC_PROVIDER]: 3 }, floors: 1.6 },
  { workload: 'code exchange', cheaperThan: { [OIDC_PROVIDER]: 2 } },
  { workload: 'refresh', cheaperThan: { [OIDC_PROVIDER_DURABLE]: 2.5 } },
  { workload: 'introspection', cheaperThan: { [OIDC_PROVIDER]: 2 } },
];

/** Of every workload in which ours has met somebody: with a goal where one is expected. */
export function ratios(rows: readonly Row[]): Figure[] {
  return rows
    .filter(({ contender }) => contender === LATCHKEY)
    .flatMap((ours) =>
      rows
        .filter(({ workload, contender }) => workload === ours.workload && contender !== LATCHKEY)
        .map((other) => (other.contender === FLOOR ? toFloor(ours, other) : toPeer(ours, other))),
    );
}

function toPeer({ workload, cpuMicros }: Row, other: Row): Figure {
  const bound = expectedOf(workload)?.cheaperThan?.[other.contender];
  return {
    what: `${workload}: CPU of ${other.contender} / ours`,
    value: other.cpuMicros / cpuMicros,
    unit: '×',
    ...(bound === undefined ? {} : { goal: atLeast(bound) }),
  };
}

function toFloor({ workload, cpuMicros }: Row, floor: Row): Figure {
  const bound = expectedOf(workload)?.floors;
  return {
    what: `${workload}: CPU of ours / floor`,
    value: cpuMicros / floor.cpuMicros,
    unit: '×',
    ...(bound === undefined ? {} : { goal: atMost(bound) }),
  };
}

/** Of ours alone, and of half load alone. */
export const halfLoad = (paced: readonly Paced[]): Figure[] =>
  paced
    .filter((each) => each.contender === LATCHKEY && partOf(each) === HALF)
    .map(({ workload, p99 }) => ({ what: halfLoadName(workload), value: p99, unit: 'ms', goal: NOT_LATE }));

const expectedOf = (name: string): Expected | undefined => EXPECTED.find(({ workload }) => workload === name);
