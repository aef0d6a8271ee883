/**
 * Owns the choice between Redis and memory: what may be lost, and the wire of the revocation feed.
 * Does not own either: both adapters of each port pass one contract suite.
 */
import type { Ephemeral } from '@latchkey/protocol';
import type { MemoryWire, RevocationFeed, RevocationWire } from '@latchkey/tokens';
import { RedisFeed, RedisWire } from '@latchkey/tokens/redis';
import type { Logger } from 'pino';
import { machineClock } from './machine-clock.js';
import { InProcessEphemeral } from './persistence/in-process/ephemeral.js';
import { RedisEphemeral } from './persistence/redis/ephemeral.js';

export interface Wires {
  readonly ephemeral: Ephemeral;
  readonly wire: RevocationWire;
  /** For the doors of this service itself. */
  readonly feed: RevocationFeed;
  /** True when what may be lost is out of reach by no fault of ours. */
  ephemeralAnswers(): Promise<boolean>;
  close(): Promise<void>;
}

/** Everything in this one process: `npm start`. */
export function wiresInMemory(wire: MemoryWire): Wires {
  const ephemeral = new InProcessEphemeral(machineClock);
  return {
    ephemeral,
    wire,
    feed: wire.feed(),
    ephemeralAnswers: () => Promise.resolve(true),
    close: async () => {
      await wire.close();
    },
  };
}

/** Never waits for Redis: the service is ready without it, and says 503 where it needs it. */
export function wiresThroughRedis(url: string, log: Logger): Wires {
  const warnOnce = (): void => {
    if (asked) return;
    asked = true;
    ephemeral.mayAdminister().then(
      (may) => {
        if (may)
          log.warn('the user of REDIS_URL may administer Redis: one that may do less is enough (docs/operating.md)');
      },
      () => undefined,
    );
  };
  let asked = false;
  const ephemeral = new RedisEphemeral({
    url,
    onEvent: (event) => {
      if (event.type === 'connected') {
        log.info('connected to Redis');
        warnOnce();
      } else log.warn({ cause: event.error instanceof Error ? event.error.message : 'unknown' }, 'lost Redis');
    },
  });
  const wire = new RedisWire({ url });
  return {
    ephemeral,
    wire,
    feed: new RedisFeed({ url, clock: machineClock }),
    ephemeralAnswers: () =>
      ephemeral.get('readiness').then(
        () => true,
        () => false,
      ),
    close: async () => {
      await wire.close();
      await ephemeral.close();
    },
  };
}
