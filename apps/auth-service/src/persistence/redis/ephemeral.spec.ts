import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '@latchkey/protocol';
import { ephemeralContract } from '@latchkey/protocol/testing';
import { testRedis, type RedisServer } from '@latchkey/testbed';
import { createClient } from 'redis';
import { RedisEphemeral, type RedisEphemeralEvent } from './ephemeral.js';

let redis: RedisServer;
beforeAll(async () => {
  redis = await testRedis();
});
afterAll(() => redis.stop());

ephemeralContract('Redis', () => {
  const ephemeral = new RedisEphemeral({ url: redis.url, timeoutMs: 30_000 });
  return Promise.resolve({ ephemeral, elapse: (ms) => sleep(ms + 50), close: () => ephemeral.close() });
});

describe('DESIGN §2 a Redis user that may do more than it needs is a warning', () => {
  it('is told of one that may administer, and of no other', async () => {
    const admin = new RedisEphemeral({ url: redis.url, timeoutMs: 30_000 });
    expect(await admin.mayAdminister()).toBe(true);
    await admin.close();
    const user = createClient({ url: redis.url });
    await user.connect();
    const less = ['~latchkey:*', '+@read', '+@write', '+eval', '-@admin', '-@dangerous'];
    await user.sendCommand(['ACL', 'SETUSER', 'less', 'on', '>word', ...less]);
    const url = new URL(redis.url);
    [url.username, url.password] = ['less', 'word'];
    const ephemeral = new RedisEphemeral({ url: url.href, timeoutMs: 30_000 });
    expect(await ephemeral.mayAdminister()).toBe(false);
    await ephemeral.put('name', 'value', 60);
    await ephemeral.close();
    await user.sendCommand(['ACL', 'DELUSER', 'less']);
    user.destroy();
    await expect(ephemeral.mayAdminister()).rejects.toThrow(Unavailable);
  });
});

describe('DESIGN §3 a broken world is 503: Redis', () => {
  let own: RedisServer;
  let ephemeral: RedisEphemeral;
  let events: RedisEphemeralEvent['type'][];
  beforeEach(async () => {
    own = await testRedis();
    events = [];
    ephemeral = new RedisEphemeral({ url: own.url, timeoutMs: 300, onEvent: ({ type }) => events.push(type) });
    await inTheEnd(() => ephemeral.put('key', 'value', 60));
  });
  afterEach(async () => {
    await ephemeral.close();
    await own.stop();
  });

  const everyVerb = (): Promise<PromiseSettledResult<unknown>[]> =>
    Promise.allSettled([
      ephemeral.put('key', 'value', 60),
      ephemeral.get('key'),
      ephemeral.take('key'),
      ephemeral.addOnce('other', 60),
      ephemeral.count('counter', 60),
      ephemeral.uncount('counter'),
    ]);

  const expectUnavailable = (results: readonly PromiseSettledResult<unknown>[]): void => {
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: expect.any(Unavailable) as Unavailable });
    }
  };

  /** Asks until Redis answers, which on a busy machine it may not do in time; the spec's own time limit ends what never comes. */
  const inTheEnd = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    for (;;) {
      const [result] = await Promise.allSettled([ask()]);
      if (result.status === 'fulfilled') return result.value;
      await sleep(20);
    }
  };

  it('rejects every verb with Unavailable when Redis is dead, and comes back by itself', async () => {
    expect(events.at(-1)).toBe('connected');
    events.length = 0;
    await own.kill();
    expectUnavailable(await everyVerb());
    expectUnavailable(await everyVerb());
    await own.restart();
    await inTheEnd(() => ephemeral.put('again', 'value', 60));
    expect(await inTheEnd(() => ephemeral.get('again'))).toBe('value');
    // On a busy machine a connection may break once more before the server is wholly there.
    expect(events.slice(0, 2)).toEqual(['disconnected', 'connected']);
    expect(events.at(-1)).toBe('connected');
  });

  it('rejects every verb with Unavailable when Redis is silent, and comes back by itself', async () => {
    process.kill(own.pid, 'SIGSTOP');
    try {
      expectUnavailable(await everyVerb());
    } finally {
      process.kill(own.pid, 'SIGCONT');
    }
    await inTheEnd(() => ephemeral.put('again', 'value', 60));
    expect(await inTheEnd(() => ephemeral.get('again'))).toBe('value');
  });

  it('rejects with Unavailable when Redis was never there', async () => {
    const nowhere = new RedisEphemeral({ url: 'redis://127.0.0.1:1', timeoutMs: 300 });
    await expect(nowhere.get('key')).rejects.toBeInstanceOf(Unavailable);
    await nowhere.close();
    await expect(nowhere.get('key')).rejects.toBeInstanceOf(Unavailable);
  });
});
