import { Session } from 'node:inspector/promises';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { letGarbageGrowOld } from './let-garbage-grow-old.js';

/** As at rest: it leaves V8 the least room. */
async function collectAll(): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.collectGarbage');
  session.disconnect();
  // Until it has been told to whoever watches.
  await pause(50);
}

const isMajor = (entry: object): boolean =>
  'detail' in entry &&
  typeof entry.detail === 'object' &&
  entry.detail !== null &&
  'kind' in entry.detail &&
  entry.detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR;

it('half as much again grows old before anybody looks for garbage among it', async () => {
  letGarbageGrowOld();
  await collectAll();
  let looked = 0;
  const watch = new PerformanceObserver((list) => {
    looked += list.getEntries().filter(isMajor).length;
  });
  watch.observe({ entryTypes: ['gc'] });
  const kept: number[][] = [];
  for (const enough = process.memoryUsage().heapUsed * 1.5; process.memoryUsage().heapUsed < enough;) {
    for (let n = 0; n < 1000; n += 1) kept.push([n, n, n, n]);
    await pause(0);
  }
  await pause(50);
  watch.disconnect();
  expect(kept.length).toBeGreaterThan(0);
  expect(looked).toBe(0);
});
