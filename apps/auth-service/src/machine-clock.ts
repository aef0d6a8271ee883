/** Owns the one place where this service reads the clocks of the machine. */
import type { Clock } from '@latchkey/tokens';

export const machineClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
