import { giveBackMemory } from './give-back-memory.js';

/** Out of reach as soon as this has returned. */
const garbage = (): WeakRef<object> => new WeakRef(Array.from({ length: 100_000 }, (_, n) => ({ n })));

describe('what a start has used up', () => {
  it('is given back by a process at rest', async () => {
    const used = garbage();
    expect(await giveBackMemory({ watchedMs: 20, atRest: 1 })).toBe(true);
    expect(used.deref()).toBeUndefined();
  });

  it('is left to the engine by a process that is busy whenever it looks, and it does not look for ever', async () => {
    expect(await giveBackMemory({ watchedMs: 5, attempts: 3, atRest: -1 })).toBe(false);
  });

  it('is given back later by a process that is busy at first', async () => {
    const given = giveBackMemory({ watchedMs: 20, attempts: 10_000, atRest: 0.9 });
    let settled = false;
    void given.finally(() => (settled = true));
    // Works nearly all of the time, and lets the timer have its turn.
    const spin = (): Promise<void> =>
      new Promise((resolve) => {
        const until = performance.now() + 30;
        while (performance.now() < until);
        setImmediate(resolve);
      });
    for (let n = 0; n < 10; n += 1) await spin();
    expect(settled).toBe(false);
    expect(await given).toBe(true);
  });
});
