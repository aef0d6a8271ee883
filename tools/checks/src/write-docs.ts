// Owns: writing the generated documents, or comparing them with what would be written. Does not own: their content.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { configurationDocument } from './configuration-document.js';
import { differenceOf } from './difference.js';
import { ROOT } from './workspace.js';

const documents = [{ path: 'docs/configuration.md', write: configurationDocument }];
const isCheck = process.argv.includes('--check');

let isCurrent = true;
for (const { path, write } of documents) {
  const file = join(ROOT, path);
  const wanted = await format(write(), { ...(await resolveConfig(file)), parser: 'markdown' });
  if (!isCheck) {
    writeFileSync(file, wanted);
    continue;
  }
  const difference = differenceOf(readOrNothing(file), wanted);
  if (difference === undefined) continue;
  isCurrent = false;
  process.stderr.write(`${path} is not current; "npm run docs" writes it:\n${difference}\n`);
}
process.exitCode = isCurrent ? 0 : 1;

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
