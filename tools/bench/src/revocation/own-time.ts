/**
 * Owns the time that something takes of this process's own: without the moments in which it could have run but another
 * process had the core. A pause that is ours remains; a busy machine does not look like one.
 */
import { readFileSync } from 'node:fs';

/** Milliseconds that the main thread has waited for a core: Linux tells it, elsewhere nothing is taken away. */
function waitedForCore(): number {
  try {
    const [, waited] = readFileSync('/proc/self/schedstat', 'latin1').split(' ');
    return Number(waited) / 1e6;
  } catch {
    return 0;
  }
}

/** Starts a stopwatch. @returns what it shows, in milliseconds. */
export function stopwatch(): () => number {
  const waited = waitedForCore();
  const started = performance.now();
  return () => {
    const passed = performance.now() - started;
    return Math.max(0, passed - (waitedForCore() - waited));
  };
}
