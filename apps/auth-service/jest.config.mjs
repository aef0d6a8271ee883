import preset from '../../jest.preset.mjs';

/** By far the most specs, many of which wait for a server: two at once, also where nx runs another project beside it. */
export default { ...preset, maxWorkers: 2 };
