/**
 * Owns up to which rate ours is not late: half load, and where it is late there smaller parts of what it reaches, until it is not. Pure.
 * Does not own the measuring (at-part).
 */
import { isMissed, under, type Goal } from '../measurement.js';
import type { BenchResult, Paced, Row } from './result.js';
import { FLOOR, LATCHKEY, OIDC_PROVIDER } from './workload.js';

export const HALF = 0.5;

/** Of the rate that ours has reached, in this order. */
export const PARTS = [HALF, 0.375, 0.25, 0.125] as const;

/** Milliseconds, of p99. */
export const NOT_LATE: Goal = under(10);

/** What the figure of a workload is called. */
export const halfLoadName = (workload: string): string => `${workload}: p99 of ours at half load`;

export const partOf = ({ part = HALF }: Paced): number => part;

const isTooMuch = (p99: number): boolean => isMissed({ what: 'p99', value: p99, unit: 'ms', goal: NOT_LATE });

export const isLate = ({ p99 }: Paced): boolean => isTooMuch(p99);

/** In words, how many of its rounds at half load met the goal, and the slowest, by what the figure is called; older runs do not tell. */
export const roundsInTime = (paced: readonly Paced[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    paced.flatMap((each) =>
      each.contender === LATCHKEY && partOf(each) === HALF && each.p99s !== undefined
        ? [[halfLoadName(each.workload), inTimeWords(each.p99s)]]
        : [],
    ),
  );

const inTimeWords = (p99s: readonly number[]): string =>
  `${p99s.filter((p99) => !isTooMuch(p99)).length} of ${p99s.length} rounds in time, the slowest ${Math.max(...p99s).toFixed(1)} ms`;

const isOursLate = (paced: readonly Paced[]): boolean =>
  paced.some((each) => each.contender === LATCHKEY && isLate(each));

/** Asks for one part after the other until ours is not late at one. @param measure answers all that take part in it */
export async function searchLimit(measure: (part: number) => Promise<readonly Paced[]>): Promise<readonly Paced[]> {
  const paced: Paced[] = [];
  for (const part of PARTS) {
    const found = await measure(part);
    paced.push(...found);
    if (!isOursLate(found)) break;
  }
  return paced;
}

/** What a run shows of the limit of a workload; undefined where ours is not late at half load, or an older run asked no further. */
export interface Limit {
  readonly atHalfLoad: Paced;
  /** Ours with as much load as it takes. */
  readonly full?: Row;
  /** The floor at the rate of half load. */
  readonly floor?: Paced;
  /** The highest rate of those that were tried at which ours was not late; undefined: it was at each. */
  readonly met?: Paced;
  /** The lowest that was tried. */
  readonly lowest: Paced;
  /** Requests per second of oidc-provider with as much load as it takes. */
  readonly peerReached?: number;
}

export function limitOf(workload: string, { paced, rows }: Pick<BenchResult, 'paced' | 'rows'>): Limit | undefined {
  const of = (contender: string): readonly Paced[] =>
    paced.filter((each) => each.workload === workload && each.contender === contender);
  const ours = of(LATCHKEY).toSorted((left, right) => partOf(right) - partOf(left));
  const [atHalfLoad, lowest] = [ours.at(0), ours.at(-1)];
  if (atHalfLoad === undefined || lowest === undefined || ours.length === 1) return undefined;
  const floor = of(FLOOR).find((each) => partOf(each) === HALF);
  const met = ours.find((each) => !isLate(each));
  const rowOf = (contender: string): Row | undefined =>
    rows.find((row) => row.workload === workload && row.contender === contender);
  const [full, peer] = [rowOf(LATCHKEY), rowOf(OIDC_PROVIDER)];
  return {
    ...{ atHalfLoad, lowest },
    ...(full === undefined ? {} : { full }),
    ...(floor === undefined ? {} : { floor }),
    ...(met === undefined ? {} : { met }),
    ...(peer === undefined ? {} : { peerReached: peer.requestsPerSecond }),
  };
}
