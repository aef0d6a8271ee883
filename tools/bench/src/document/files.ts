/** Owns the files that the page is made of, and the drawing of its pictures. Does not own what stands in them. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { PEERS } from '../speed/peers.js';
import type { BenchResult } from '../speed/result.js';
import { chartsOf, digestOf, type Chart } from './charts.js';
import { performanceDocument } from './performance-document.js';

const PERFORMANCE = fileURLToPath(new URL('../../../../docs/performance', import.meta.url));
const THEMES = ['light', 'dark'] as const;

const read = (name: string): string => readFileSync(join(PERFORMANCE, name), 'utf8');

/** The run that is published. @throws Error when there is none */
function publishedRun(): BenchResult {
  // Written by speed/main, from the same sources.
  return Object(JSON.parse(read('run.json'))) as BenchResult;
}

/** docs/performance.md as it must be. */
export const publishedDocument = (): string =>
  performanceDocument(publishedRun(), {
    whereTheTimeGoes: read('where-the-time-goes.md'),
    reasons: reasonsIn(read('missed-goals.md')),
  });

/** By heading of the second level, the text below it, as it is written. */
export function reasonsIn(markdown: string): Readonly<Record<string, string>> {
  const sections = markdown.split(/^## /m).slice(1);
  return Object.fromEntries(
    sections.map((section) => {
      const [heading = '', ...lines] = section.split('\n');
      return [heading.trim(), lines.join('\n').trim()];
    }),
  );
}

/** Writes the page and its pictures; the peers must be installed. */
export async function publish(): Promise<void> {
  drawPictures();
  const file = `${PERFORMANCE}.md`;
  writeFileSync(file, await format(publishedDocument(), { ...(await resolveConfig(file)), parser: 'markdown' }));
}

function drawPictures(): void {
  const input = chartsOf(publishedRun()).flatMap((chart) =>
    THEMES.map((theme) => ({ chart, theme, digest: digestOf(chart), file: join(PERFORMANCE, fileOf(chart, theme)) })),
  );
  execFileSync(process.execPath, [join(PEERS, 'charts', 'draw.mjs')], {
    input: JSON.stringify(input),
    stdio: ['pipe', 'inherit', 'inherit'],
  });
}

const fileOf = ({ name }: Chart, theme: string): string => `${name}-${theme}.svg`;

/** Pictures that are missing, or of another run. */
export const stalePictures = (): readonly string[] =>
  chartsOf(publishedRun()).flatMap((chart) =>
    THEMES.map((theme) => fileOf(chart, theme)).filter((file) => !readOrNothing(file).includes(digestOf(chart))),
  );

function readOrNothing(file: string): string {
  try {
    return read(file);
  } catch {
    return '';
  }
}
