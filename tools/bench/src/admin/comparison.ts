/** Owns what is said of the same request with few rows and with many: the figures with their goals, and the table. */
import { atMost, isMissed, type Figure } from '../measurement.js';
import { percentile } from '../percentiles.js';
import { aligned } from '../report.js';

/** Milliseconds, in any order. */
export interface Comparison {
  readonly what: string;
  readonly few: number[];
  /** As many rows on the page as with few: what differs is how many there are in the table, and nothing else. */
  readonly many: number[];
  /** A page of fifty. It has no goal: five times as many rows are read, checked and written. */
  readonly fifty: number[];
}

const GOALS = { p50: atMost(2), p99: atMost(3) } as const;
type Share = keyof typeof GOALS;

/** The ratio of many to few. */
export const ratioOf = ({ what, few, many }: Comparison, share: Share): Figure => ({
  what: `${what}, ${share} of many rows to few`,
  value: percentile(many, share) / percentile(few, share),
  unit: '×',
  goal: GOALS[share],
});

export const ratiosOf = (comparisons: readonly Comparison[]): readonly Figure[] =>
  comparisons.flatMap((comparison) => [ratioOf(comparison, 'p50'), ratioOf(comparison, 'p99')]);

const SHARES = ['p50', 'p99'] as const;

export const comparisonTable = (comparisons: readonly Comparison[]): string =>
  aligned([
    [
      '',
      ...['few', 'many', 'a page of 50'].flatMap((rows) => SHARES.map((share) => `${share} ${rows}`)),
      ...SHARES.map((share) => `${share} many/few ≤ ${GOALS[share].bound}`),
    ],
    ...comparisons.map((comparison) => [
      comparison.what,
      ...[comparison.few, comparison.many, comparison.fifty].flatMap((took) =>
        SHARES.map((share) => `${percentile(took, share).toFixed(2)} ms`),
      ),
      ...SHARES.map((share) => {
        const ratio = ratioOf(comparison, share);
        return `${ratio.value.toFixed(2)} ×${isMissed(ratio) ? ' MISSED' : ''}`;
      }),
    ]),
  ]);
