import preset from '../../jest.preset.mjs';

/** Whole installations of real processes, which are killed: one spec at a time, on what the images run. */
export default { ...preset, maxWorkers: 1, testTimeout: 600_000, globalSetup: '../stack/src/e2e/build.mjs' };
