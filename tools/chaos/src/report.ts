// Owns: the table at the end. Pure. Does not own: what stands in it.
import type { Row } from './campaign.js';

const HEADINGS = [
  'fault',
  'requests',
  'admitted',
  'keys',
  'too late',
  'revocations acknowledged',
  'failed',
  'known by every guard',
  'longest fence ms',
  'of others ms',
  'recovery ms',
];

const ms = (value: number | undefined, none: string): string => (value === undefined ? none : value.toFixed(0));

function cellsOf({ title, figures, tooLate, known, asked, ...row }: Row): string[] {
  const requests = Object.values(figures.answers).reduce((sum, count) => sum + count, 0);
  return [
    title,
    String(requests),
    String(figures.answers.admitted),
    String(figures.keys.size),
    String(tooLate.length),
    String(figures.acknowledged),
    String(figures.unacknowledged),
    `${known}/${asked}`,
    ms(row.longestFenceMs, '–'),
    ms(row.othersFenceMs, '–'),
    ms(row.recoveryMs, 'never'),
  ];
}

/** Lines of one width each; what contradicts V18 or V19 stands below. */
export function tableOf(rows: readonly Row[]): string {
  const table = [HEADINGS, ...rows.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)));
  const lines = table.map((cells) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join(' | '),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('-|-');
  const findings = rows.flatMap(({ title, findings: found }) => found.map((finding) => `✗ ${title}: ${finding}`));
  return [lines[0], rule, ...lines.slice(1), ...findings].join('\n');
}
