import { randomUUID } from 'node:crypto';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startRedis, testRedis, type RedisServer } from '@latchkey/testbed';
import { fakeClock, systemClock } from '../testing/clock.js';
import { MemoryLedger } from '../testing/memory-ledger.js';
import { accessTokenClaims } from '../testing/mint-access-token.js';
import { leaseReport, revocationEntry, watermarkAt } from '../testing/revocation-entry.js';
import { until } from '../testing/until.js';
import { describeFeed } from './feed.contract.js';
import { RevocationKnowledge } from './knowledge.js';
import { RevocationPublisher } from './publish-round.js';
import { RedisConnection } from './redis-connection.js';
import { RedisFeed, type RedisFeedEvent } from './redis-feed.js';
import { RedisWire } from './redis-wire.js';
import { feedAclRules, leaseKeyOf, markKeyOf, REVOCATION_STREAM } from './stream.js';
import { encodeMessage } from './wire-format.js';

/** How soon Redis answers is concluded nowhere here: on a busy machine it may take seconds. */
const timeoutMs = 30_000;

let shared: RedisServer;
beforeAll(async () => {
  shared = await testRedis();
});
afterAll(async () => {
  await shared.stop();
});

const command = async (url: string, ...words: string[]): Promise<unknown> => {
  const connection = new RedisConnection({ url, timeoutMs });
  try {
    return await connection.send(words);
  } finally {
    connection.destroy();
  }
};

describeFeed('a Redis Stream', () => {
  const stream = `specs:${randomUUID()}`;
  return Promise.resolve({
    wire: () => new RedisWire({ url: shared.url, stream, timeoutMs }),
    feed: () => new RedisFeed({ url: shared.url, stream, clock: systemClock, timeoutMs }),
    // What FLUSHALL takes from this stream, without taking the neighbour's.
    lose: async () => {
      const keys = await command(shared.url, 'KEYS', `${stream}:lease:*`);
      await command(shared.url, 'DEL', stream, markKeyOf(stream), ...(Array.isArray(keys) ? keys.map(String) : []));
    },
    close: () => Promise.resolve(),
  });
});

describe('revocation.md V7, a Redis of its own that suffers', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  const house = async (options: Parameters<typeof startRedis>[0] = {}) => {
    const redis = await startRedis(options);
    closing.push(() => redis.stop());
    const ledger = new MemoryLedger();
    const wire = new RedisWire({ url: redis.url, timeoutMs });
    closing.push(() => wire.close());
    const publisher = new RevocationPublisher({ wire, ledger });
    const guard = (url = redis.url) => {
      const events: RedisFeedEvent['type'][] = [];
      const knowledge = new RevocationKnowledge({ clock: systemClock });
      const feed = new RedisFeed({ url, clock: systemClock, timeoutMs: 400, onEvent: ({ type }) => events.push(type) });
      closing.push(() => feed.close());
      feed.start(knowledge);
      return { knowledge, events };
    };
    const entries = Array.from({ length: 20 }, () => revocationEntry());
    ledger.commit(...entries);
    const first = await publisher.round();
    if (first.outcome !== 'watermarked') throw new Error('the first round did not go through');
    const rounds = () =>
      until(async () => {
        const done = await publisher.roundIfDue(50).catch(() => undefined);
        return done?.outcome === 'watermarked';
      }, 'a round goes through');
    const knowsAll = ({ knowledge }: { knowledge: RevocationKnowledge }) =>
      ledger.entries.every(({ value: jti }) => knowledge.match(accessTokenClaims({ jti }), 'kid') === 'token');
    /** Rounds go on meanwhile, as a service's do: on a busy machine the watermark of a single one may be too old by then. */
    const loaded = (reader: { knowledge: RevocationKnowledge }) =>
      until(async () => {
        await publisher.roundIfDue(50).catch(() => undefined);
        return reader.knowledge.judgeable() && knowsAll(reader);
      }, 'the guard is fresh and complete');
    return { redis, ledger, wire, guard, rounds, loaded, epoch: first.epoch, publisher };
  };

  it('kill -9, back empty: a new epoch, refilled, and the reader is fresh again', async () => {
    const { redis, ledger, wire, guard, rounds, loaded, epoch } = await house();
    const old = guard();
    await loaded(old);
    await redis.kill();
    await until(() => old.events.includes('disconnected'), 'the guard has noticed');
    ledger.commit(revocationEntry());
    expect(old.knowledge.size).toBe(20);
    await redis.restart();
    await rounds();
    expect((await wire.inspect()).epoch).toBe(epoch + 1);
    await loaded(old);
  });

  it('kill -9, back with its data: a new epoch all the same, and no watermark of the old one is accepted', async () => {
    const { redis, ledger, wire, guard, rounds, loaded, epoch } = await house({ appendonly: true });
    const old = guard();
    await loaded(old);
    await redis.kill();
    await redis.restart();
    await until(
      () =>
        wire.inspect().then(
          () => true,
          () => false,
        ),
      'Redis answers',
    );
    expect(await wire.inspect()).toMatchObject({ epoch: undefined });
    await expect(wire.watermark(epoch, watermarkAt(Date.now()))).resolves.toBe('foreign-epoch');
    ledger.commit(revocationEntry());
    await rounds();
    await loaded(old);
  });

  it('FLUSHALL in a running Redis: a new epoch, refilled', async () => {
    const { redis, ledger, wire, guard, rounds, loaded, epoch } = await house();
    const old = guard();
    await loaded(old);
    await command(redis.url, 'FLUSHALL');
    ledger.commit(revocationEntry());
    await rounds();
    expect((await wire.inspect()).epoch).toBe(epoch + 1);
    await loaded(old);
    const late = guard();
    await loaded(late);
  });

  it('a stream that ends before what the reader has read is read again from its start', async () => {
    const { redis, wire } = await house();
    const heard: string[] = [];
    const feed = new RedisFeed({ url: redis.url, clock: systemClock, timeoutMs });
    closing.push(() => feed.close());
    feed.start({
      message: (message) => heard.push(`${message.type} ${message.epoch}`),
      clock: () => undefined,
      restarted: () => heard.push('restarted'),
      incomprehensible: () => undefined,
    });
    await until(() => heard.includes('watermark 1'), 'the reader has read all');
    heard.length = 0;
    await command(redis.url, 'DEL', REVOCATION_STREAM);
    await command(redis.url, 'XADD', REVOCATION_STREAM, '5-1', ...encodeMessage({ type: 'epoch', epoch: 1 }));
    await until(() => heard.includes('epoch 1'), 'the reader has found the shorter stream');
    expect(heard).toEqual(['restarted', 'epoch 1']);
    expect((await wire.inspect()).epoch).toBeUndefined();
  });

  it('a lost tail is a new epoch: the mark says where the stream must end', async () => {
    const { redis, wire, epoch } = await house();
    await command(redis.url, 'XADD', REVOCATION_STREAM, '*', 'type', 'stranger', 'critical', '0', 'epoch', '1');
    expect((await wire.inspect()).epoch).toBeUndefined();
    await expect(wire.append(epoch, [revocationEntry()], false)).resolves.toBe('foreign-epoch');
  });

  it('V9: skips an unknown entry that is not critical, and fences at an unknown one that is', async () => {
    const { redis, guard, loaded } = await house();
    const add = (...fields: string[]) => command(redis.url, 'XADD', REVOCATION_STREAM, '*', ...fields);
    const reader = guard();
    const { knowledge } = reader;
    await loaded(reader);
    await add('type', 'gossip', 'critical', '0', 'epoch', '1');
    await add(...encodeMessage({ type: 'revocation', epoch: 1, entry: revocationEntry(), receipt: false }));
    await until(() => knowledge.size === 21, 'the entry after the unknown one arrived');
    expect(knowledge.judgeable(60_000)).toBe(true);
    await add('type', 'revocation', 'critical', '1', 'epoch', '1', 'kind', 'planet', 'value', 'mars');
    await until(() => !knowledge.judgeable(60_000), 'the guard has fenced');
  });

  it('V19: a connection that is held open and passes nothing makes the knowledge old, and close() does not hang', async () => {
    const { redis, guard, loaded } = await house();
    let holding = false;
    const sockets = new Set<Socket>();
    const proxy = createServer((inner) => {
      const outer = connect(redis.port, '127.0.0.1');
      for (const [from, to] of [
        [inner, outer],
        [outer, inner],
      ] as const) {
        sockets.add(from);
        from.on('data', (chunk) => holding || to.write(chunk));
        from.on('error', () => undefined);
        from.on('close', () => to.destroy());
      }
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) =>
        proxy.close(() => {
          resolve();
        }),
      );
    });
    const address = proxy.address() as AddressInfo;
    const reader = guard(`redis://127.0.0.1:${address.port}`);
    const { knowledge, events } = reader;
    await loaded(reader);
    // It may have given up another one before, on a busy machine.
    events.length = 0;
    holding = true;
    const old = () => events.includes('disconnected') && !knowledge.judgeable(100);
    await until(old, 'the guard gave the connection up, and its knowledge is old');
    holding = false;
    await loaded(reader);
    holding = true;
  });

  it('V10: a user with feedAclRules reads the feed, writes the leases of its own guards, and can do nothing else', async () => {
    const { redis, guard, loaded, wire } = await house();
    await command(redis.url, 'ACL', 'SETUSER', 'feed', 'on', '>secret', ...feedAclRules('feed'));
    const url = redis.url.replace('redis://', 'redis://feed:secret@');
    const reader = guard(url);
    await loaded(reader);
    const own = new RedisFeed({ url, clock: systemClock, timeoutMs });
    closing.push(() => own.close());
    const report = leaseReport();
    await expect(own.writeLease(report, 'new')).resolves.toBe('written');
    await expect(own.writeLease(report, 'held')).resolves.toBe('written');
    const ownKey = leaseKeyOf(REVOCATION_STREAM, 'feed', report.guardId);
    expect(await wire.allLeases()).toEqual([{ leaseKey: ownKey, ...report }]);
    const foreignKey = leaseKeyOf(REVOCATION_STREAM, 'feed:other', report.guardId);
    const forbidden = [
      ['SET', foreignKey, 'x'],
      ['SET', leaseKeyOf(REVOCATION_STREAM, 'default', report.guardId), 'x'],
      ['SET', `${REVOCATION_STREAM}:lease:`, 'x'],
      ['SET', leaseKeyOf(REVOCATION_STREAM, 'feed', 'no-uuid'), 'x'],
      ['SET', `${ownKey}0`, 'x'],
      ['SET', REVOCATION_STREAM, 'x'],
      ['SET', markKeyOf(REVOCATION_STREAM), 'x'],
      ['SET', foreignKey, 'x', 'XX', 'GET'],
      ['GET', ownKey],
      ['DEL', ownKey],
      ['GETSET', ownKey, 'x'],
      ['PERSIST', ownKey],
      ['XADD', REVOCATION_STREAM, '*', 'type', 'watermark'],
      ['XDEL', REVOCATION_STREAM, '1-1'],
      ['XTRIM', REVOCATION_STREAM, 'MAXLEN', '0'],
      ['XRANGE', REVOCATION_STREAM, '-', '+'],
      ['XREAD', 'STREAMS', 'other', '0-0'],
      ['XINFO', 'GROUPS', REVOCATION_STREAM],
      ['DEL', REVOCATION_STREAM],
      ['HGETALL', markKeyOf(REVOCATION_STREAM)],
      ['GET', 'anything'],
      ['SET', 'anything', 'x'],
      ['KEYS', '*'],
      ['SCAN', '0'],
      ['EVAL', 'return 1', '0'],
      ['FLUSHALL'],
      ['CONFIG', 'GET', '*'],
      ['ACL', 'LIST'],
      ['CLIENT', 'LIST'],
      ['INFO'],
      ['PUBLISH', 'channel', 'x'],
      ['SUBSCRIBE', 'channel'],
      ['MONITOR'],
      ['SHUTDOWN'],
      ['DEBUG', 'SLEEP', '0'],
    ];
    for (const words of forbidden)
      await expect(command(url, ...words)).rejects.toThrow(/NOPERM|DEBUG command not allowed/);
    expect((await wire.inspect()).epoch).toBe(1);
  });

  it('V9, V13: what could not be read fences, and no longer than it stands there', async () => {
    const { redis, guard, loaded } = await house();
    const reader = guard();
    const { knowledge } = reader;
    await loaded(reader);
    const bad = ['type', 'planet', 'critical', '1', 'epoch', '1'];
    const id = String(await command(redis.url, 'XADD', REVOCATION_STREAM, '*', ...bad));
    await until(() => !knowledge.judgeable(60_000), 'the guard has fenced');
    await command(redis.url, 'XDEL', REVOCATION_STREAM, id);
    await until(() => knowledge.judgeable(60_000), 'it has read the stream again');
  });

  it('V10: what a user writes under its own leases, however long or of whatever kind, hides no other lease', async () => {
    const { redis, wire } = await house();
    const feed = new RedisFeed({ url: redis.url, clock: systemClock, timeoutMs });
    closing.push(() => feed.close());
    const report = leaseReport();
    await feed.writeLease(report, 'new');
    const key = (guardId: string) => leaseKeyOf(REVOCATION_STREAM, 'default', guardId);
    await command(redis.url, 'SET', key(randomUUID()), 'x'.repeat(24 * 1024 * 1024));
    await command(redis.url, 'SET', leaseKeyOf(REVOCATION_STREAM, 'default', 'y'.repeat(12_000)), 'x');
    await command(redis.url, 'LPUSH', key(randomUUID()), 'x');
    await command(redis.url, 'SET', key(randomUUID()), 'not JSON');
    expect((await wire.allLeases()).map(({ guardId }) => guardId)).toEqual([report.guardId]);
  });

  it('a wrong password keeps asking and never becomes fresh', async () => {
    const { redis, guard } = await house();
    const { knowledge, events } = guard(redis.url.replace('redis://', 'redis://nobody:wrong@'));
    await until(() => events.filter((type) => type === 'disconnected').length > 2, 'it has tried again');
    expect(knowledge.freshness().state).toBe('loading');
  });

  it('a wire whose Redis is gone rejects, and answers again when Redis is back', async () => {
    const { redis, wire, ledger, publisher, rounds } = await house();
    await redis.kill();
    await expect(wire.inspect()).rejects.toThrow();
    const entry = revocationEntry();
    ledger.commit(entry);
    await expect(publisher.publishNow([entry])).resolves.toBe('deferred');
    await redis.restart();
    await rounds();
    expect((await ledger.unpublished(10)).entries).toEqual([]);
  });
});

describe('revocation.md V11, a feed that never connects', () => {
  it('starts at once, and closes', async () => {
    const feed = new RedisFeed({ url: 'redis://127.0.0.1:1', clock: fakeClock() });
    const knowledge = new RevocationKnowledge({ clock: fakeClock() });
    feed.start(knowledge);
    expect(knowledge.freshness()).toEqual({ state: 'loading', ageMs: Number.POSITIVE_INFINITY });
    await feed.close();
  });
});
