// Owns: which files of the house hold tests, and which hold the code that they test. Does not own: reading what they say.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SourceText {
  /** From the root of the workspace. */
  readonly path: string;
  readonly text: string;
}

const ROOMS = ['apps', 'libs', 'tools'];
const isTest = (path: string): boolean => /\.(?:spec|contract)\.ts$/.test(path);
/** What exists for tests is no product, and what was generated says what its source says. */
const isProduct = (path: string): boolean =>
  /^(?:apps|libs)\//.test(path) &&
  !/\/(?:test|testing)\/|\/testing\.ts$|^libs\/admin-client\/src\/operations\.ts$/.test(path);

export function readSources(root: string): {
  readonly tests: readonly SourceText[];
  readonly code: readonly SourceText[];
} {
  const sources = ROOMS.flatMap((room) => filesIn(root, room))
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
  return {
    tests: sources.filter(({ path }) => isTest(path)),
    code: sources.filter(({ path }) => !isTest(path) && isProduct(path)),
  };
}

function filesIn(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory())
      return ['node_modules', 'dist', 'coverage'].includes(entry.name) ? [] : filesIn(root, path);
    return [path];
  });
}
