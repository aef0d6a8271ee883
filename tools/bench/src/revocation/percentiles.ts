/** Owns how many samples become three figures. Does not own the samples. */
import type { Figure, Goal } from './measurement.js';

type Shares = 'p50' | 'p99' | 'max';
const SHARES: Readonly<Record<Shares, number>> = { p50: 0.5, p99: 0.99, max: 1 };

/** @param took milliseconds, in any order */
export function percentiles(
  what: string,
  took: readonly number[],
  goals: Readonly<Partial<Record<Shares, Goal>>> = {},
): readonly Figure[] {
  const sorted = took.toSorted((left, right) => left - right);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return (['p50', 'p99', 'max'] as const).map((share) => {
    const goal = goals[share];
    const figure: Figure = { what: `${what}, ${share}`, value: at(SHARES[share]), unit: 'ms' };
    return goal === undefined ? figure : { ...figure, goal };
  });
}
