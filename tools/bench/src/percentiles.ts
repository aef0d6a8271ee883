/** Owns how many samples become three figures. Does not own the samples. */
import type { Figure, Goal } from './measurement.js';

type Shares = 'p50' | 'p99' | 'max';
const SHARES: Readonly<Record<Shares, number>> = { p50: 0.5, p99: 0.99, max: 1 };

/** Not a number when there are none. @param took in any order */
export function percentile(took: readonly number[], share: Shares): number {
  const sorted = took.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * SHARES[share]))] ?? Number.NaN;
}

/** @param took milliseconds, in any order */
export function percentiles(
  what: string,
  took: readonly number[],
  goals: Readonly<Partial<Record<Shares, Goal>>> = {},
): readonly Figure[] {
  return (['p50', 'p99', 'max'] as const).map((share) => {
    const goal = goals[share];
    const figure: Figure = { what: `${what}, ${share}`, value: percentile(took, share), unit: 'ms' };
    return goal === undefined ? figure : { ...figure, goal };
  });
}
