// Owns: docs/standards.md, made from the titles of the tests and the comments of the code. Does not own: any title or comment.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { citationsOf, itemsOf } from './standards/citations.js';
import { commentsIn } from './standards/comments.js';
import { LEFT_FOR_LATER } from './standards/left-for-later.js';
import { readSources } from './standards/sources.js';
import { titlesIn } from './standards/test-titles.js';
import { ROOT } from './workspace.js';

const HEAD = `# Standards

Made by \`npm run docs\` from the titles of the tests, and from the comments in the code that name a section; not written by hand. A test names the section that it holds, so what
is not here has no test of that name. Read it from a requirement to its tests, or from a section to its tests and its code.
`;

const REQUIREMENTS = 'docs/requirements';

interface Row {
  readonly title: string;
  readonly tests: number;
  readonly path: string;
}

interface Section {
  readonly rows: Row[];
  readonly code: Set<string>;
}

/** By specification, by section. */
type Specifications = Map<string, Map<string, Section>>;

export function standardsDocument(root = ROOT): string {
  const items = requirementsIn(root);
  const known = new Set([...items.values()].flat());
  const ofItem = new Map<string, Row[]>();
  const specifications: Specifications = new Map();
  const { tests, code } = readSources(root);
  for (const { path, text } of tests) {
    for (const titled of titlesIn(path, text)) {
      const row = { ...titled, path };
      for (const { specification, section } of citationsOf(titled.title)) {
        sectionOf(specifications, specification, section).rows.push(row);
      }
      for (const item of itemsOf(titled.title, known)) ofItem.set(item, [...(ofItem.get(item) ?? []), row]);
    }
  }
  for (const { path, text } of code) {
    for (const { specification, section } of commentsIn(path, text).flatMap(citationsOf)) {
      sectionOf(specifications, specification, section).code.add(path);
    }
  }
  const named = [...specifications].sort(([one], [other]) => inOrder(one, other));
  return [
    HEAD,
    '## Requirements\n',
    ...[...items].map(([document, numbers]) => requirements(document, numbers, ofItem)),
    '## Specifications\n',
    ...named.filter(hasTests).map(([name, sections]) => specification(name, sections)),
    folded('Named in the code alone', [
      ...named.filter((each) => !hasTests(each)).map(([name, sections]) => `- ${name}: ${inCode([...sections])}`),
      '',
    ]),
  ].join('\n');
}

function requirementsIn(root: string): ReadonlyMap<string, readonly string[]> {
  const documents = readdirSync(join(root, REQUIREMENTS)).sort();
  return new Map(
    documents.map((document) => {
      const text = readFileSync(join(root, REQUIREMENTS, document), 'utf8');
      return [document, [...text.matchAll(/^[-*] \*\*([A-Z][0-9]+)\b/gm)].map(([, item = '']) => item)];
    }),
  );
}

function sectionOf(specifications: Specifications, name: string, number: string): Section {
  const sections = specifications.get(name) ?? new Map<string, Section>();
  specifications.set(name, sections);
  const section = sections.get(number) ?? { rows: [], code: new Set<string>() };
  sections.set(number, section);
  return section;
}

/** Tables are left as they are written: one wide cell would otherwise change every line. */
const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [
    '<!-- prettier-ignore -->',
    ...[heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`),
    '',
  ].join('\n');

function requirements(
  document: string,
  numbers: readonly string[],
  ofItem: ReadonlyMap<string, readonly Row[]>,
): string {
  const rows = numbers.map((item) => {
    const named = ofItem.get(item) ?? [];
    const later = LEFT_FOR_LATER[item];
    const tests = named.map((row) => `${titleOf(row)} ${linkTo(row.path)}`).join('<br>');
    const note = later === undefined ? (named.length === 0 ? '**no test names it yet**' : '') : `_later: ${later}_`;
    return [item, [tests, note].filter((part) => part !== '').join('<br>')];
  });
  const without = numbers.filter((item) => !ofItem.has(item) && LEFT_FOR_LATER[item] === undefined).length;
  const count = without === 0 ? '' : `, ${without} without a test`;
  return folded(`${document}: ${numbers.length} items${count}`, [
    `[${document}](requirements/${document})\n`,
    table(['item', 'tests'], rows),
  ]);
}

function specification(name: string, sections: ReadonlyMap<string, Section>): string {
  const ordered = [...sections].sort(([one], [other]) => inOrder(one, other));
  const tested = ordered.filter(([, { rows }]) => rows.length > 0);
  const untested = ordered.filter(([, { rows }]) => rows.length === 0);
  const rows = tested.flatMap(([number, section]) =>
    section.rows.map((row, index) => [
      index === 0 ? called(number) : '',
      titleOf(row),
      linkTo(row.path),
      index === 0 ? [...section.code].map(linkTo).join('<br>') : '',
    ]),
  );
  const testCount = tested.reduce((sum, [, section]) => sum + section.rows.length, 0);
  return folded(`${name}: ${plural(tested.length, 'section')}, ${plural(testCount, 'title')}`, [
    ...(rows.length === 0 ? [] : [table(['section', 'test', 'spec', 'code'], rows)]),
    ...(untested.length === 0 ? [] : [`Named in the code, and by no title: ${inCode(untested)}.\n`]),
  ]);
}

const inCode = (sections: readonly (readonly [number: string, section: Section])[]): string =>
  sections.map(([number, { code }]) => `${called(number)} (${[...code].map(linkTo).join(', ')})`).join('; ');

const called = (number: string): string => (number === '' ? 'the whole' : `§${number}`);

const hasTests = ([, sections]: readonly [name: string, sections: ReadonlyMap<string, Section>]): boolean =>
  [...sections.values()].some(({ rows }) => rows.length > 0);

const folded = (summary: string, parts: readonly string[]): string =>
  ['<details>', `<summary>${summary}</summary>\n`, ...parts, '</details>\n'].join('\n');

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const titleOf = ({ title, tests }: Row): string =>
  `${title.replaceAll(/\s+/g, ' ').replaceAll(/[\\|<>*_`[\]~]/g, '\\$&')}${tests > 1 ? ` (${tests})` : ''}`;

const linkTo = (path: string): string => `[${path.split('/').at(-1) ?? path}](../${path})`;

/** "§4.1.2" before "§4.1.10", "RFC 6749" before "RFC 9700"; numbers by their value. */
const inOrder = (one: string, other: string): number => one.localeCompare(other, 'en', { numeric: true });
