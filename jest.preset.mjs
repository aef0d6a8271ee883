import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const swc = JSON.parse(readFileSync(new URL('./.swcrc', import.meta.url), 'utf8'));

// `npm test` adds up what every project's jest leaves in this folder.
const results = process.env.TESTBED_RESULTS;

/** The one jest configuration: ESM, SWC, workspace packages read from their sources. */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/src/**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testEnvironmentOptions: { customExportConditions: ['latchkey-source', 'node', 'node-addons'] },
  coverageProvider: 'v8',
  ...(results === undefined
    ? {}
    : {
        reporters: [
          'default',
          [fileURLToPath(new URL('./tools/testbed/jest-results.mjs', import.meta.url)), { folder: results }],
        ],
      }),
  // A bound for what hangs: what is only slow, on a machine that is busy, passes.
  testTimeout: 300_000,
  testSequencer: fileURLToPath(new URL('./tools/testbed/longest-first.mjs', import.meta.url)),
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swc, swcrc: false }] },
};
