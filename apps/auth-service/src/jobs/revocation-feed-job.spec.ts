import { setTimeout as pause } from 'node:timers/promises';
import { RevocationFeedJob } from './revocation-feed-job.js';

/** The ages that were asked about, and how often a round was tried. */
const tried = async (epoch: number | undefined, hears: boolean) => {
  const asked: unknown[] = [];
  let rounds = 0;
  const job = new RevocationFeedJob({
    intervalMs: 7,
    publisher: {
      epoch,
      roundIfDue: (intervalMs) => {
        rounds += 1;
        asked.push(intervalMs);
        return Promise.resolve({ outcome: 'not-due' });
      },
    },
    knowledge: {
      hasWatermark: (...question) => {
        asked.push(question);
        return hears;
      },
    },
  });
  job.start();
  await pause(40);
  await job.stop();
  return { rounds, asked: asked[0] };
};

describe('revocation.md V6 "any instance that sees the newest watermark older than WATERMARK_INTERVAL_MS" does a round', () => {
  it('and asks nobody while it hears young ones of the epoch that it publishes in', async () => {
    expect(await tried(3, true)).toEqual({ rounds: 0, asked: [3, 7] });
  });

  it('but asks the wire as soon as it hears none', async () => {
    const { rounds } = await tried(3, false);
    expect(rounds).toBeGreaterThan(1);
  });

  it('and when it has just started: it may know of an old life', async () => {
    const { rounds, asked } = await tried(undefined, true);
    expect(rounds).toBeGreaterThan(1);
    expect(asked).toBe(7);
  });
});
