// The canary of DESIGN §1: writes forbidden lines into a copy of the tree, and sees each refused by the law that is meant.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TreeCopy } from './tree-copy.js';

/** Each law, by the words with which it refuses. */
const LAWS = {
  'arrows between projects': /^A project tagged with "[^"]+" can(not| only) depend on/,
  'no relative way out of a project': /^Projects cannot be imported by a relative or absolute path/,
  bannedExternalImports: /^A project tagged with "[^"]+" is not allowed to import "[^"]+"/,
  'no undeclared package': /^Only packages defined in the "package.json" can be imported/,
  'private keys out of reach': /Private keys are out of reach/,
  'no test entries': /Product code may not import what exists for tests/,
  'no computed import': /^An import that is computed/,
  'no require': /^require\(\) passes the fences/,
  'pure rooms': /this room is pure/,
  'no cheap randomness': /Randomness is node:crypto/,
  'one reader of the environment': /Only apps\/\*\/src\/config\.ts reads the environment/,
  'nothing prints': /Nothing prints/,
  'no global object': /Everything global can be had from here/,
} as const;
type Canary = readonly [law: keyof typeof LAWS, folder: string, line: string];

/** Which law refuses, in which folder, which line of code. */
const FORBIDDEN: readonly Canary[] = [
  ['arrows between projects', 'libs/tokens/src', `import '@latchkey/auth-service/config';`],
  ['no relative way out of a project', 'libs/protocol/src', `import '../../../apps/auth-service/src/config.js';`],
  ['arrows between projects', 'libs/resource-guard/src', `export * from '@latchkey/resource-service/config';`],
  ['arrows between projects', 'libs/resource-guard/src', `export const app = import('@latchkey/auth-service');`],
  ['arrows between projects', 'apps/resource-service/src', `import '@latchkey/auth-service/config';`],
  [
    'no relative way out of a project',
    'apps/auth-service/src',
    `export * from '../../resource-service/src/config.js';`,
  ],
  ['arrows between projects', 'libs/tokens/src', `import '@latchkey/protocol';`],
  [
    'no relative way out of a project',
    'libs/tokens/src/keys',
    `export { OAuthError } from '../../../protocol/src/index.js';`,
  ],
  ['arrows between projects', 'libs/tokens/src', `export * from '@latchkey/protocol';`],
  ['arrows between projects', 'libs/tokens/src', `export const protocol = import('@latchkey/protocol');`],
  ['arrows between projects', 'libs/tokens/src', `import '@latchkey/resource-guard';`],
  ['arrows between projects', 'libs/resource-guard/src', `import '@latchkey/protocol';`],
  ['arrows between projects', 'apps/resource-service/src', `import '@latchkey/protocol';`],
  ['bannedExternalImports', 'libs/protocol/src', `import '@nestjs/common';`],
  ['bannedExternalImports', 'libs/protocol/src/grants', `export { Module } from '@nestjs/common';`],
  ['bannedExternalImports', 'libs/protocol/src', `import 'typeorm';`],
  ['bannedExternalImports', 'libs/protocol/src', `import 'redis';`],
  ['bannedExternalImports', 'libs/protocol/src', `export const redis = import('redis');`],
  ['bannedExternalImports', 'libs/protocol/src', `import 'fastify';`],
  ['bannedExternalImports', 'libs/tokens/src', `import '@nestjs/common';`],
  ['private keys out of reach', 'libs/resource-guard/src', `import '@latchkey/tokens/issuing';`],
  ['private keys out of reach', 'libs/resource-guard/src/nest', `import '../../../tokens/src/issuing.js';`],
  ['private keys out of reach', 'libs/resource-guard/src', `export { KeyRing } from '@latchkey/tokens/issuing';`],
  [
    'private keys out of reach',
    'libs/resource-guard/src',
    `import type { KeyRing } from '@latchkey/tokens/issuing';\nexport type Ring = KeyRing;`,
  ],
  ['private keys out of reach', 'libs/resource-guard/src', `export const keys = import('@latchkey/tokens/issuing');`],
  [
    'no computed import',
    'libs/resource-guard/src',
    `export const keys = import(['@latchkey/tokens', 'issuing'].join('/'));`,
  ],
  ['private keys out of reach', 'apps/resource-service/src', `import '@latchkey/tokens/issuing';`],
  ['private keys out of reach', 'apps/resource-service/src/notes', `export * from '@latchkey/tokens/issuing';`],
  ['private keys out of reach', 'apps/resource-service/src', `export const keys = import('@latchkey/tokens/issuing');`],
  [
    'no relative way out of a project',
    'apps/resource-service/src',
    `export const keys = import('../../../libs/tokens/src/keys/key-ring.js');`,
  ],
  [
    'no require',
    'apps/resource-service/src',
    `import { createRequire } from 'node:module';\nexport const load = createRequire(import.meta.url);`,
  ],
  ['no test entries', 'apps/auth-service/src', `import '@latchkey/tokens/testing';`],
  ['no test entries', 'libs/protocol/src', `export * from '@latchkey/tokens/testing';`],
  ['no test entries', 'libs/resource-guard/src', `export const testing = import('@latchkey/tokens/testing');`],
  ['no test entries', 'libs/tokens/src/keys', `export * from '../testing.js';`],
  ['no test entries', 'apps/resource-service/src', `import '@latchkey/testbed';`],
  ['no test entries', 'apps/auth-service/src', `export const bed = import('@latchkey/testbed');`],
  ['bannedExternalImports', 'libs/protocol/src', `import '@redis/client';`],
  ['bannedExternalImports', 'libs/protocol/src', `import 'pg';`],
  ['bannedExternalImports', 'libs/tokens/src', `import 'fastify';`],
  ['bannedExternalImports', 'libs/tokens/src', `import '@nestjs/platform-fastify';`],
  ['bannedExternalImports', 'libs/tokens/src', `import 'typeorm';`],
  ['bannedExternalImports', 'libs/tokens/src', `import 'pg';`],
  ['bannedExternalImports', 'libs/resource-guard/src', `import 'typeorm';`],
  ['bannedExternalImports', 'libs/resource-guard/src', `import 'pg';`],
  ['bannedExternalImports', 'libs/process/src', `import 'typeorm';`],
  ['bannedExternalImports', 'libs/process/src', `import 'pg';`],
  ['bannedExternalImports', 'libs/process/src', `import 'redis';`],
  ['arrows between projects', 'libs/admin-client/src', `import '@latchkey/tokens';`],
  ['arrows between projects', 'libs/admin-client/src', `export const core = import('@latchkey/protocol');`],
  ['arrows between projects', 'libs/admin-client/src', `import '@latchkey/auth-service/config';`],
  ['bannedExternalImports', 'libs/admin-client/src', `import 'fastify';`],
  ['no undeclared package', 'apps/resource-service/src', `import 'eta';`],
];

const PURE_ROOMS = ['libs/tokens/src', 'libs/protocol/src', 'libs/resource-guard/src'];
const PRODUCT = [
  ...PURE_ROOMS,
  'libs/admin-client/src',
  'libs/process/src',
  'apps/auth-service/src',
  'apps/resource-service/src',
];
const AMBIENT: readonly Canary[] = [
  ...PURE_ROOMS.flatMap((folder): readonly Canary[] => [
    ['pure rooms', folder, `export const home = process.env['HOME'];`],
    ['pure rooms', folder, `export const exit = process.exitCode;`],
    ['pure rooms', folder, `export const now = Date.now();`],
    ['pure rooms', folder, `export const { now } = Date;`],
    ['pure rooms', folder, `export const now = new Date();`],
    ['pure rooms', folder, `export const now = Date();`],
    ['pure rooms', folder, `export const now = performance.now();`],
    ['pure rooms', folder, `export { performance } from 'node:perf_hooks';`],
    ['pure rooms', folder, `export const hooks = import('node:perf_hooks');`],
    ['no cheap randomness', folder, `export const jitter = Math.random();`],
    ['no global object', folder, `export const now = globalThis.performance.now();`],
  ]),
  ...PRODUCT.flatMap((folder): readonly Canary[] => [
    ['one reader of the environment', folder, `import { env } from 'node:process';\nexport const home = env['HOME'];`],
    ['one reader of the environment', folder, `export { env } from 'process';`],
    ['one reader of the environment', folder, `export const env = import('node:process');`],
    ['no global object', folder, `export const { env } = globalThis.process;`],
    ['no global object', folder, `export const { env } = global.process;`],
    ['nothing prints', folder, `console.log('a');`],
    ['nothing prints', folder, `export const { error } = console;`],
    ['nothing prints', folder, `import 'node:console';`],
  ]),
  ...PRODUCT.filter((folder) => !PURE_ROOMS.includes(folder)).flatMap((folder): readonly Canary[] => [
    ['one reader of the environment', folder, `export const home = process.env['HOME'];`],
    ['one reader of the environment', `${folder}/notes`, `export const { env } = process;`],
  ]),
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
  [
    'a pure room waits, and makes dates of a time that was passed in',
    'libs/tokens/src',
    `import { setTimeout as delay } from 'node:timers/promises';\nexport const day = new Date(0);\nawait delay(0);`,
  ],
  [
    'a process ends and writes its last words',
    'apps/auth-service/src',
    `process.exitCode = 1;\nprocess.stderr.write('a');`,
  ],
  [
    'a spec reads the clock and the environment',
    'libs/tokens/src/test',
    `Date.now();\nexport const { env } = process;`,
  ],
];

/** Files of the tree that may do what others may not. */
const EXEMPT = [
  'apps/auth-service/src/config.ts',
  'apps/resource-service/src/config.ts',
  'libs/resource-guard/src/machine-clock.ts',
];

const forbidden = [...FORBIDDEN, ...AMBIENT].map(([law, folder, line], at) => ({
  ...{ law, folder, line },
  file: `${folder}/canary-f${at}.ts`,
}));
const allowed = ALLOWED.map(([what, folder, line], at) => ({ what, line, file: `${folder}/canary-a${at}.ts` }));
const PACKAGES = ['@nestjs/common', '@nestjs/platform-fastify', '@redis/client', 'fastify', 'pg', 'redis', 'typeorm'];

let copy: TreeCopy;
let refusals: ReadonlyMap<string, readonly string[]> = new Map();

beforeAll(async () => {
  copy = await TreeCopy.make();
  for (const room of ['tokens', 'protocol', 'resource-guard', 'process']) copy.declare(`libs/${room}`, PACKAGES);
  const canaries = [...forbidden, ...allowed];
  for (const { file, line } of canaries) copy.write(file, `${line}\nexport {};\n`);
  refusals = await copy.lint([...canaries.map(({ file }) => file), ...EXEMPT]);
});
afterAll(() => {
  copy.remove();
});

describe('DESIGN §1 the fences', () => {
  it.each(forbidden)('refuse by the law "$law" in $folder: $line', ({ file, law }) => {
    expect(refusals.get(file)).toContainEqual(expect.stringMatching(LAWS[law]));
  });

  it.each(allowed)('let through that $what', ({ file }) => {
    expect(refusals.get(file)).toEqual([]);
  });

  it.each(EXEMPT)('let through what %s alone may do', (file) => {
    expect(refusals.get(file)).toEqual([]);
  });
});
