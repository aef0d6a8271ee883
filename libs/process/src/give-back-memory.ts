/**
 * Owns that what a start has used up goes back to the system once: of what V8 holds then, more than half is garbage of loading
 * modules, and V8 alone keeps it for hours in a process that has little to do. Does not own limits of memory, nor any
 * collection after that one.
 */
import { performance } from 'node:perf_hooks';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';

export interface GivingBack {
  /** How long the process is watched before each decision. Default 2000 ms. */
  readonly watchedMs?: number;
  /** How often at most; a process that is busy every time is left to V8. Default 30. */
  readonly attempts?: number;
  /** The most of its time that a process at rest spends working, 0 to 1. Default 0.2. */
  readonly atRest?: number;
}

/**
 * Waits until the process is at rest, then collects all garbage once (V8 calls it a low memory notification), which stops it for some
 * 0.1 s: whoever is asked much never pays that. Keeps no process alive.
 * @returns whether it collected
 */
export async function giveBackMemory(options: GivingBack = {}): Promise<boolean> {
  const { watchedMs = 2000, attempts = 30, atRest = 0.2 } = options;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = performance.eventLoopUtilization();
    await pause(watchedMs, undefined, { ref: false });
    if (performance.eventLoopUtilization(before).utilization > atRest) continue;
    await collectAll();
    return true;
  }
  return false;
}

/** The inspector opens no port here: the session is inside this process, and ends at once. @throws where Node was built without it */
async function collectAll(): Promise<void> {
  const { Session } = await import('node:inspector/promises');
  const session = new Session();
  session.connect();
  try {
    await session.post('HeapProfiler.collectGarbage');
    // Not from within the answer of V8.
    await turn();
  } finally {
    session.disconnect();
  }
}
