// The canary of DESIGN §1: writes the five forbidden imports where they would do harm, and sees the fences refuse each.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT, runInWorkspace } from './workspace.js';

const FENCES = ['@nx/enforce-module-boundaries', 'no-restricted-imports', 'no-restricted-syntax'];

/** Which fence, in which project, by which line of code. */
const FORBIDDEN: readonly (readonly [law: string, folder: string, line: string])[] = [
  ['a library imports an app', 'libs/tokens/src', `import '@latchkey/auth-service/config';`],
  ['a library imports an app', 'libs/protocol/src', `import '../../../apps/auth-service/src/config.js';`],
  ['a library imports an app', 'libs/resource-guard/src', `export * from '@latchkey/resource-service/config';`],
  ['a library imports an app', 'libs/resource-guard/src', `export const app = import('@latchkey/auth-service');`],
  ['an app imports an app', 'apps/resource-service/src', `import '@latchkey/auth-service/config';`],
  ['an app imports an app', 'apps/auth-service/src', `export * from '../../resource-service/src/config.js';`],
  ['tokens imports protocol', 'libs/tokens/src', `import '@latchkey/protocol';`],
  ['tokens imports protocol', 'libs/tokens/src/keys', `export { OAuthError } from '../../../protocol/src/index.js';`],
  ['tokens imports protocol', 'libs/tokens/src', `export * from '@latchkey/protocol';`],
  ['tokens imports protocol', 'libs/tokens/src', `export const protocol = import('@latchkey/protocol');`],
  ['tokens imports the guard', 'libs/tokens/src', `import '@latchkey/resource-guard';`],
  ['the guard imports protocol', 'libs/resource-guard/src', `import '@latchkey/protocol';`],
  ['resource-service imports protocol', 'apps/resource-service/src', `import '@latchkey/protocol';`],
  ['protocol imports Nest', 'libs/protocol/src', `import '@nestjs/common';`],
  ['protocol imports Nest', 'libs/protocol/src/grants', `export { Module } from '@nestjs/common';`],
  ['protocol imports TypeORM', 'libs/protocol/src', `import 'typeorm';`],
  ['protocol imports Redis', 'libs/protocol/src', `import 'redis';`],
  ['protocol imports Redis', 'libs/protocol/src', `export const redis = import('redis');`],
  ['protocol imports Fastify', 'libs/protocol/src', `import 'fastify';`],
  ['tokens imports Nest', 'libs/tokens/src', `import '@nestjs/common';`],
  ['the guard imports issuing', 'libs/resource-guard/src', `import '@latchkey/tokens/issuing';`],
  ['the guard imports issuing', 'libs/resource-guard/src/nest', `import '../../../tokens/src/issuing.js';`],
  ['the guard imports issuing', 'libs/resource-guard/src', `export { KeyRing } from '@latchkey/tokens/issuing';`],
  [
    'the guard imports issuing',
    'libs/resource-guard/src',
    `import type { KeyRing } from '@latchkey/tokens/issuing';\nexport type Ring = KeyRing;`,
  ],
  ['the guard imports issuing', 'libs/resource-guard/src', `export const keys = import('@latchkey/tokens/issuing');`],
  [
    'the guard imports issuing',
    'libs/resource-guard/src',
    `export const keys = import(['@latchkey/tokens', 'issuing'].join('/'));`,
  ],
  ['resource-service imports issuing', 'apps/resource-service/src', `import '@latchkey/tokens/issuing';`],
  ['resource-service imports issuing', 'apps/resource-service/src/notes', `export * from '@latchkey/tokens/issuing';`],
  [
    'resource-service imports issuing',
    'apps/resource-service/src',
    `export const keys = import('@latchkey/tokens/issuing');`,
  ],
  [
    'resource-service imports issuing',
    'apps/resource-service/src',
    `export const keys = import('../../../libs/tokens/src/keys/key-ring.js');`,
  ],
  [
    'resource-service goes back to require',
    'apps/resource-service/src',
    `import { createRequire } from 'node:module';\nexport const load = createRequire(import.meta.url);`,
  ],
  ['product code imports /testing', 'apps/auth-service/src', `import '@latchkey/tokens/testing';`],
  ['product code imports /testing', 'libs/protocol/src', `export * from '@latchkey/tokens/testing';`],
  [
    'product code imports /testing',
    'libs/resource-guard/src',
    `export const testing = import('@latchkey/tokens/testing');`,
  ],
  ['product code imports /testing', 'libs/tokens/src/keys', `export * from '../testing.js';`],
  ['product code imports the testbed', 'apps/resource-service/src', `import '@latchkey/testbed';`],
  ['product code imports the testbed', 'apps/auth-service/src', `export const bed = import('@latchkey/testbed');`],
];

const ALLOWED: readonly (readonly [what: string, folder: string, line: string])[] = [
  [
    'auth-service imports protocol, tokens and the guard',
    'apps/auth-service/src',
    `import '@latchkey/protocol';\nimport '@latchkey/tokens/issuing';\nimport '@latchkey/resource-guard';`,
  ],
  ['resource-service imports the guard', 'apps/resource-service/src', `import '@latchkey/resource-guard/nest';`],
  ['protocol imports tokens', 'libs/protocol/src', `import '@latchkey/tokens/issuing';`],
  ['the guard imports tokens', 'libs/resource-guard/src', `export const feed = import('@latchkey/tokens/redis');`],
];

const fileOf = (folder: string, name: string): string => join(ROOT, folder, `canary-${process.pid}-${name}.ts`);
const forbidden = FORBIDDEN.map(([law, folder, line], at) => ({ law, line, file: fileOf(folder, `f${at}`), folder }));
const allowed = ALLOWED.map(([law, folder, line], at) => ({ law, line, file: fileOf(folder, `a${at}`), folder }));
const canaries = [...forbidden, ...allowed];

const removeAll = (): void => {
  for (const { file } of canaries) rmSync(file, { force: true });
};

interface Linted {
  readonly filePath: string;
  readonly messages: readonly { readonly ruleId: string | null; readonly message: string }[];
}

let linted: readonly Linted[] = [];
const refusalsOf = (file: string): readonly string[] =>
  (linted.find(({ filePath }) => filePath === file)?.messages ?? [])
    .filter(({ ruleId }) => ruleId !== null && FENCES.includes(ruleId))
    .map(({ message }) => message);

beforeAll(async () => {
  process.once('exit', removeAll);
  for (const { file, line } of canaries) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${line}\nexport {};\n`);
  }
  try {
    // Without nx's project graph the rule is skipped and everything passes.
    const graph = await runInWorkspace('node_modules/.bin/nx', ['show', 'projects']);
    if (graph.code !== 0) throw new Error(`no project graph: ${graph.stdout}${graph.stderr}`);
    const { stdout, stderr } = await runInWorkspace('node_modules/.bin/eslint', [
      ...['--format', 'json', '--no-warn-ignored'],
      ...canaries.map(({ file }) => file),
    ]);
    expect(`${stdout}${stderr}`).not.toContain('No cached ProjectGraph');
    linted = JSON.parse(stdout) as readonly Linted[];
  } finally {
    removeAll();
  }
}, 300_000);
afterAll(removeAll);

describe('DESIGN §1 the fences refuse', () => {
  it.each(forbidden)('$law: $folder: $line', ({ file }) => {
    expect(refusalsOf(file)).not.toEqual([]);
  });
});

describe('DESIGN §1 the fences let through', () => {
  it.each(allowed)('$law', ({ file }) => {
    expect(linted.some(({ filePath }) => filePath === file)).toBe(true);
    expect(refusalsOf(file)).toEqual([]);
  });
});
