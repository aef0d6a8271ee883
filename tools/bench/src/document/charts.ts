/** Owns which pictures a run gives, and what stands in them. Pure. Does not own how they are drawn (peers/charts). */
import { createHash } from 'node:crypto';
import { added } from '../speed/guards/guard-goals.js';
import { UNGUARDED } from '../speed/guards/guard-names.js';
import type { BenchResult, Respect, Row, Scaled } from '../speed/result.js';
import { FLOOR } from '../speed/workload.js';

interface Series {
  readonly name: string;
  /** In the order of the categories; null where it took no part. */
  readonly values: readonly (number | null)[];
}

interface Picture {
  /** Of its files, without -light.svg and -dark.svg. */
  readonly name: string;
  readonly title: string;
  readonly unit: string;
}

export interface Bars extends Picture {
  readonly kind: 'bars';
  readonly categories: readonly string[];
  readonly series: readonly Series[];
}

/** Cost over size. */
export interface Lines extends Picture {
  readonly kind: 'lines';
  /** What there are many of. */
  readonly over: string;
  readonly series: readonly {
    readonly name: string;
    readonly points: readonly (readonly [size: number, cost: number])[];
  }[];
}

export type Chart = Bars | Lines;

const GUARDED = 'guarded GET, ';

/** Those without a row are left out. */
export function chartsOf({ rows, scale }: BenchResult): readonly Chart[] {
  const guarded = rows.filter(({ workload }) => workload.startsWith(GUARDED));
  const issuer = rows.filter((row) => !guarded.includes(row));
  return [
    bars('issuer', 'CPU of the server for each request', issuer, ({ cpuMicros }) => cpuMicros),
    guardChart(guarded),
    ...scaleCharts(scale),
  ].filter(({ series }) => series.length > 0);
}

/** In what installations grow, in the order in which it is shown. */
const OVER: Readonly<Record<Respect, string>> = {
  clients: 'clients in the table',
  grants: 'grants in the table',
  revocations: 'entries of the revocation list',
  processes: 'auth-service processes',
};
export const RESPECTS: readonly Respect[] = ['clients', 'grants', 'revocations', 'processes'];

/**
 * One for each respect in which installations grow. Sizes are measured minutes apart, each in turn with the small one: what is drawn is
 * the least that the small one cost, times how many times as much each size took in the same rounds. All else is the machine's.
 */
export function scaleCharts(scale: Scaled | undefined): readonly Lines[] {
  if (scale === undefined) return [];
  return RESPECTS.map((respect) => {
    const rows = scale.rows.filter((row) => row.respect === respect);
    const asked = Object.keys(scale.workloads).filter((name) => rows.some(({ workload }) => workload === name));
    const series = asked.map((workload) => {
      const sizes = rows.filter((row) => row.workload === workload).toSorted((a, b) => a.size - b.size);
      const small = Math.min(...sizes.map(({ smallMicros }) => smallMicros));
      const points = sizes.map((row) => [row.size, tenths((small * row.cpuMicros) / row.smallMicros)] as const);
      return {
        name: workload.replace(/( in turn)?, ES256$/, ''),
        points: [[scale.few[respect], tenths(small)] as const, ...points],
      };
    });
    return {
      ...{ kind: 'lines', name: `scale-${respect}`, title: 'CPU for each request', unit: 'µs' },
      ...{ over: OVER[respect], series },
    };
  });
}

const tenths = (value: number): number => Math.round(value * 10) / 10;

function guardChart(rows: readonly Row[]): Bars {
  const baseOf = ({ workload }: Row): Row | undefined =>
    rows.find((row) => row.workload === workload && row.contender === UNGUARDED);
  const guards = rows.filter((row) => row.contender !== UNGUARDED && baseOf(row) !== undefined);
  const chart = bars('guards', 'CPU that a guard adds to each request', guards, (row) => {
    const base = baseOf(row);
    return base === undefined ? Number.NaN : added(row, base);
  });
  return { ...chart, categories: chart.categories.map((category) => category.replace(GUARDED, '')) };
}

function bars(name: string, title: string, rows: readonly Row[], of: (row: Row) => number): Bars {
  const categories = [...new Set(rows.map(({ workload }) => workload))];
  // The floor comes last, below those that it is the floor of.
  const named = [...new Set(rows.map(({ contender }) => contender))];
  const contenders = [...named.filter((each) => each !== FLOOR), ...named.filter((each) => each === FLOOR)];
  const series = contenders.map((contender) => ({
    name: contender,
    values: categories.map((category) => {
      const row = rows.find((each) => each.workload === category && each.contender === contender);
      return row === undefined ? null : tenths(of(row));
    }),
  }));
  return { kind: 'bars', name, title, unit: 'µs', categories, series };
}

/** Written into each picture, so that it is seen of which run it is. */
export const digestOf = (chart: Chart): string =>
  createHash('sha256').update(JSON.stringify(chart)).digest('hex').slice(0, 16);
