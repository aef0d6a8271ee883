import preset from '../../jest.preset.mjs';

/** By far the most specs, which wait more than they work: for leases, locks, servers. Three at once, also on two cores. */
export default { ...preset, maxWorkers: 3 };
