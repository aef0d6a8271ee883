import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const SOURCES = join(import.meta.dirname, '../..');
const document = readFileSync(join(SOURCES, '../../../docs/audit.md'), 'utf8');

const sources = (): readonly string[] =>
  readdirSync(SOURCES, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.spec.ts'))
    .filter(({ parentPath }) => !/\/test(ing)?$/.test(parentPath))
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'));

const documented = new Set([...document.matchAll(/`((?!auth\.)[a-z_]+\.[a-z_]+)`/g)].map(([, kind = '']) => kind));
const nouns = [...new Set([...documented].map((kind) => kind.split('.', 1)[0]))];

describe('A11 every kind of audit event stands in docs/audit.md', () => {
  const said = new RegExp(`(?:kind|audits): '([a-z_]+\\.[a-z_]+)'|'((?:${nouns.join('|')})\\.[a-z_]+)'`, 'g');
  const kinds = sources().flatMap((text) => [...text.matchAll(said)].map(([, one, other]) => one ?? other ?? ''));

  it('was looked for where there are some', () => {
    expect(kinds).toEqual(expect.arrayContaining(['client.created', 'user.disabled', 'key.killed', 'guard.removed']));
  });

  it.each([...new Set(kinds)].sort())('%s', (kind) => {
    expect(documented).toContain(kind);
  });
});
