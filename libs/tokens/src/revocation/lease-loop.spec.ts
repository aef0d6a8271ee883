import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '../testing/until.js';
import { LeaseLoop } from './lease-loop.js';

const NEVER_MS = 3_600_000;

let open: LeaseLoop | undefined;
const loopOf = (write: () => Promise<number>, retryMs = NEVER_MS): LeaseLoop => {
  open = new LeaseLoop({ write, retryMs });
  return open;
};
afterEach(() => open?.end());

describe('revocation.md V16 a guard reports at once, one writing at a time', () => {
  it('loses no reason, at whatever moment of a writing it comes', async () => {
    // The reason comes so many turns of the microtask queue after a writing was answered.
    for (let turns = 0; turns < 12; turns += 1) {
      let reason = 0;
      let written = -1;
      const loop = loopOf(() => {
        written = reason;
        return Promise.resolve(NEVER_MS);
      });
      loop.soon();
      await Promise.resolve();
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      reason = 1;
      loop.soon();
      await until(() => written === 1, `the reason is written that came after ${turns} turns`);
      await loop.end();
    }
  });

  it('makes one writing of 50 reasons that come while one is under way', async () => {
    let answer = (): void => undefined;
    let writings = 0;
    const loop = loopOf(async () => {
      writings += 1;
      await new Promise<void>((resolve) => (answer = resolve));
      return NEVER_MS;
    });
    loop.soon();
    await until(() => writings === 1, 'the first is under way');
    for (let index = 0; index < 50; index += 1) loop.soon();
    answer();
    await until(() => writings === 2, 'the second is under way');
    answer();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(writings).toBe(2);
  });

  it('tries again by itself after one that was not answered, and not at once, however many reasons there are', async () => {
    let writings = 0;
    const loop = loopOf(() => {
      writings += 1;
      if (writings === 3) return Promise.resolve(NEVER_MS);
      loop.soon();
      return Promise.reject(new Error('no wire'));
    }, 20);
    loop.soon();
    // Turns of the microtask queue: between two of them no timer goes off, however long this process stands still.
    for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
    expect(writings).toBe(1);
    await until(() => writings === 3, 'it has tried again');
  });

  it('begins nothing after its end, which waits for what is under way', async () => {
    let answer = (): void => undefined;
    let writings = 0;
    const loop = loopOf(async () => {
      writings += 1;
      await new Promise<void>((resolve) => (answer = resolve));
      return 0;
    });
    loop.soon();
    await until(() => writings === 1, 'one is under way');
    let over = false;
    const ending = loop.end().then(() => (over = true));
    loop.soon();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(over).toBe(false);
    answer();
    await ending;
    loop.soon();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(writings).toBe(1);
  });
});
