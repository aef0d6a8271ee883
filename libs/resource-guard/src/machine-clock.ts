/** Owns the one place where this package reads the clocks of the machine: the default of whoever passes none in. */
import type { Clock } from '@latchkey/tokens';

export const machineClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
