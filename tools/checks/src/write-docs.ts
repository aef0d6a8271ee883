// Owns: writing the generated documents, or comparing them with what would be written. Does not own: their content.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { adminDocument } from '@latchkey/auth-service/testing';
import { publishedDocument } from '@latchkey/bench/document';
import { clientSource } from './client-source.js';
import { configurationDocument } from './configuration-document.js';
import { differenceOf } from './difference.js';
import type { JsonObject } from './openapi-reader.js';
import { seedSchemaDocument } from './seed-schema-document.js';
import { standardsDocument } from './standards-document.js';
import { ROOT } from './workspace.js';

const openapi = (await adminDocument()) as JsonObject;
const documents = [
  { path: 'docs/configuration.md', parser: 'markdown', write: configurationDocument },
  { path: 'deploy/seed.schema.json', parser: 'json', write: seedSchemaDocument },
  { path: 'docs/standards.md', parser: 'markdown', write: () => standardsDocument() },
  { path: 'docs/performance.md', parser: 'markdown', write: publishedDocument },
  { path: 'docs/admin-openapi.json', parser: 'json', write: () => JSON.stringify(openapi) },
  { path: 'libs/admin-client/src/operations.ts', parser: 'typescript', write: () => clientSource(openapi) },
];
const isCheck = process.argv.includes('--check');

let isCurrent = true;
for (const { path, parser, write } of documents) {
  const file = join(ROOT, path);
  const wanted = await format(write(), { ...(await resolveConfig(file)), parser });
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
