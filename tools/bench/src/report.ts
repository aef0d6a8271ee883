/** Owns what is printed: the machine, tables, one line for each figure, and whether a goal is missed. */
import { cpus, loadavg, totalmem } from 'node:os';
import { isMissed, type Figure } from './measurement.js';

/** A figure with the highest value of the rounds of which it is the lowest. */
export type Reported = Figure & { readonly highest?: number };

export function machine(): string {
  const processors = cpus();
  return [
    `node ${process.version}`,
    `${processors.length} × ${processors[0]?.model ?? 'processor'}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `load ${loadavg()[0]?.toFixed(1) ?? '?'}`,
  ].join(' · ');
}

/** Of each figure the lowest of its rounds: what disturbs a round comes from outside, what is the list's own comes again. */
export function lowest(rounds: readonly (readonly Figure[])[]): Reported[] {
  const [first = []] = rounds;
  return first.map((figure) => {
    const values = rounds
      .flatMap((round) => round.filter(({ what }) => what === figure.what))
      .map(({ value }) => value);
    if (values.length < 2) return figure;
    return { ...figure, value: Math.min(...values), highest: Math.max(...values) };
  });
}

export function table(figures: readonly Reported[]): string {
  const rows = [
    ['', 'figure', 'goal', 'of the goal', ''],
    ...figures.map((figure) => {
      const { what, value, unit, goal, highest } = figure;
      return [
        what,
        `${shown(value)} ${unit}${highest === undefined ? '' : ` (up to ${shown(highest)})`}`,
        goal === undefined ? '' : `${goal.relation} ${goal.bound} ${unit}`,
        goal === undefined || goal.bound === 0 ? '' : `${(value / goal.bound).toFixed(2)} ×`,
        isMissed(figure) ? 'MISSED' : '',
      ];
    }),
  ];
  return aligned(rows);
}

/** Columns as wide as their widest cell. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

const shown = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(2));
