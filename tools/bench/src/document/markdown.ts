/** Owns the pieces of Markdown that the page is made of. Pure. Does not own what stands in them. */

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line), ''].join('\n');
}

export const list = (items: readonly string[]): string => [...items.map((item) => `- ${item}`), ''].join('\n');

/** GitHub shows the one that fits the reader's theme. @param path without `-light.svg` */
export const picture = (path: string, words: string): string =>
  [
    '<picture>',
    `  <source media="(prefers-color-scheme: dark)" srcset="${path}-dark.svg">`,
    `  <img alt="${words.replaceAll('"', '&quot;')}" src="${path}-light.svg">`,
    '</picture>',
    '',
  ].join('\n');

/** Three digits where there are that many; whole numbers with separators. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return 'not measured';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
