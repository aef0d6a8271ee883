/** Owns what is said of a seed that cannot be used. Does not own what is wrong with it. No sentence repeats a value of the file. */
import type { Fault } from '../admin/http/problem.js';

/** Nobody reads more than these. */
const MOST_FAULTS = 100;

/** The service refuses to start, and nothing of the file was written. */
export class SeedRefused extends Error {
  override readonly name = 'SeedRefused';
  /** @param name of the variable that was given */
  constructor(
    readonly faults: readonly Fault[],
    name: string,
  ) {
    const shown = faults.slice(0, MOST_FAULTS).map(({ pointer, detail }) => `  * ${pointer} ${detail}`);
    const more = faults.length > MOST_FAULTS ? [`  … and ${faults.length - MOST_FAULTS} more`] : [];
    super([`The seed (${name}) cannot be used; nothing of it was written:`, ...shown, ...more].join('\n'));
  }
}
