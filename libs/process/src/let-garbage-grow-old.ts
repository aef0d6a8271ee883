/**
 * Owns how much may grow old before V8 looks for garbage among it. Does not own limits of memory: V8's own stay above this one, nor
 * what is given back at rest (give-back-memory).
 */
import { setFlagsFromString } from 'node:v8';

/** Of what lives. */
const PERCENT = 200;

/**
 * After a process has been at rest, V8 by itself looks again as soon as a tenth has been added to what lives, which under load is at
 * once: it marks on all processors for some 50 ms, and who asks meanwhile waits.
 */
export const letGarbageGrowOld = (): void => {
  setFlagsFromString(`--heap-growing-percent=${PERCENT}`);
};
