import { describe, expect, it } from '@jest/globals';
import { Busy, WorkSlots } from './work-slots.js';

function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('Bounded work: at most so many at once, a short queue, then 503', () => {
  it('runs 4 of 50, lets 10 wait and refuses 36, and in the end has run exactly 14', async () => {
    const slots = new WorkSlots({ concurrency: 4, queueLength: 10, queueWaitMs: 60_000 });
    const { opened, open } = gate();
    let running = 0;
    let most = 0;
    const attempts = Array.from({ length: 50 }, () =>
      slots.run(async () => {
        most = Math.max(most, (running += 1));
        await opened;
        running -= 1;
      }),
    );
    open();
    const outcomes = await Promise.allSettled(attempts);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(36);
    expect(refused.every(({ reason }) => reason instanceof Busy)).toBe(true);
    expect(most).toBe(4);
  });

  it('refuses who has waited too long, and keeps no place for him', async () => {
    const slots = new WorkSlots({ concurrency: 1, queueLength: 1, queueWaitMs: 5 });
    const { opened, open } = gate();
    const first = slots.run(() => opened);
    await expect(slots.run(() => Promise.resolve())).rejects.toThrow(Busy);
    open();
    await first;
    await expect(slots.run(() => Promise.resolve('in'))).resolves.toBe('in');
  });

  it('gives the slot back when the work fails', async () => {
    const slots = new WorkSlots({ concurrency: 1, queueLength: 0, queueWaitMs: 5 });
    await expect(slots.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(slots.run(() => Promise.resolve('in'))).resolves.toBe('in');
  });
});
