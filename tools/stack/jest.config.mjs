import preset from '../../jest.preset.mjs';

/** Whole installations of real processes: one spec at a time on a small machine, and time for a first start. */
export default { ...preset, maxWorkers: 1, testTimeout: 600_000, globalSetup: './src/e2e/build.mjs' };
