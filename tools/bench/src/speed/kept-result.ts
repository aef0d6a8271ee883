/** Owns the file that a run is kept in: what this run was not asked stays in it as one before has found it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { BenchResult } from './result.js';

export function keep(file: string, result: BenchResult): void {
  // Written here before, from the same sources.
  const before = existsSync(file) ? (Object(JSON.parse(readFileSync(file, 'utf8'))) as Partial<BenchResult>) : {};
  writeFileSync(file, `${JSON.stringify(together(before, result), undefined, 2)}\n`);
}

/** Rows and how the product scales have conditions of their own: either may be of an earlier run. */
export function together(before: Partial<BenchResult>, now: BenchResult): BenchResult {
  const scale = now.scale ?? before.scale;
  const rows = now.rows.length === 0 ? { ...now, ...before } : now;
  return { ...rows, ...(scale === undefined ? {} : { scale }) };
}
