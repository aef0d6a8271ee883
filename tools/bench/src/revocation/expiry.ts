/** Owns the measurement of what a process feels while a million entries expire (revocation.md V14: "without a pause over 5 ms"). */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { RevocationList } from '@latchkey/tokens';
import { fill, flood } from './flood.js';
import { atMost, type Measurement } from '../measurement.js';
import { stopwatch } from './own-time.js';

/** What RevocationKnowledge asks for with each watermark, ten times a second. */
const SLICE = 2000;
const CALLS_PER_SECOND = 10;
const END = 2_000_000_000;

/** @param living one of how many entries outlives the others; 0 for none */
export const expiry = (title: string, living: number, million = 1_000_000): Measurement => ({
  name: `expiry of a million, ${title}`,
  rounds: 3,
  seconds: 4,
  run: async () => {
    const list = new RevocationList();
    const lives = (index: number): boolean => living > 0 && index % living === 0;
    fill(
      list,
      flood(million, (index) => ({ kind: 'token', expiresAt: lives(index) ? END + 10_000 : END })),
    );
    const remaining = living === 0 ? 0 : Math.ceil(million / living);
    globalThis.gc?.();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    let [calls, total, longestCall, longestTurn] = [0, 0, 0, 0];
    for (let done = false; !done; calls += 1) {
      const turn = stopwatch();
      const call = stopwatch();
      done = list.expire(END + 1000, SLICE);
      const milliseconds = call();
      await setImmediate();
      total += milliseconds;
      longestCall = Math.max(longestCall, milliseconds);
      longestTurn = Math.max(longestTurn, turn());
    }
    delay.disable();
    if (list.size !== remaining) throw new Error(`${list.size} entries are left, not ${remaining}.`);
    return [
      { what: `${title}: the longest expire()`, value: longestCall, unit: 'ms', goal: atMost(5) },
      { what: `${title}: the longest turn of the event loop`, value: longestTurn, unit: 'ms', goal: atMost(5) },
      { what: `${title}: … as monitorEventLoopDelay saw it`, value: delay.max / 1e6, unit: 'ms' },
      { what: `${title}: all of its calls together`, value: total, unit: 'ms' },
      { what: `${title}: until they are gone, ten calls a second`, value: calls / CALLS_PER_SECOND, unit: 's' },
    ];
  },
});
