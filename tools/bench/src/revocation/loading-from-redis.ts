/** Owns the measurement of a guard that starts while a million revocations stand on the wire: real Redis, real feed. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { RevocationKnowledge, type RevocationEntry } from '@latchkey/tokens';
import { RedisFeed, RedisWire } from '@latchkey/tokens/redis';
import { startRedis } from '@latchkey/testbed';
import { under, type Measurement } from '../measurement.js';

const EPOCH = 1;
const BATCH = 500;
const GOAL_SECONDS = 5;
const clock = { now: () => Date.now(), monotonic: () => performance.now() };

export const loadingFromRedis = (million = 1_000_000): Measurement => ({
  name: 'loading from Redis',
  rounds: 2,
  seconds: 4,
  run: async () => {
    const redis = await startRedis();
    const wire = new RedisWire({ url: redis.url, timeoutMs: 30_000 });
    await wire.beginEpoch(EPOCH);
    for (let appended = 0; appended < million; appended += BATCH) {
      await wire.append(EPOCH, Array.from({ length: Math.min(BATCH, million - appended) }, anEntry), false);
    }
    await wire.watermark(EPOCH, { at: Date.now(), longestLifetimeSeconds: 300 });

    const knowledge = new RevocationKnowledge({ clock });
    const feed = new RedisFeed({ url: redis.url, clock });
    const from = performance.now();
    feed.start(knowledge);
    while (!knowledge.judgeable(Number.MAX_SAFE_INTEGER)) await pause(2);
    const seconds = (performance.now() - from) / 1000;
    await feed.close();
    await wire.close();
    await redis.stop();
    if (knowledge.size !== million) throw new Error('Entries were lost.');
    return [{ what: 'loading 1,000,000 entries from Redis', value: seconds, unit: 's', goal: under(GOAL_SECONDS) }];
  },
});

const anEntry = (): RevocationEntry => ({
  id: randomUUID(),
  kind: 'token',
  value: randomUUID(),
  expiresAt: 4_000_000_000,
});
