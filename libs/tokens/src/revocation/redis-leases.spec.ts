import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startRedis, type RedisServer } from '@latchkey/testbed';
import { systemClock } from '../testing/clock.js';
import { leaseReport } from '../testing/revocation-entry.js';
import { until } from '../testing/until.js';
import { RedisConnection } from './redis-connection.js';
import { RedisFeed } from './redis-feed.js';
import { RedisLeases } from './redis-leases.js';
import { leaseKeyOf, REVOCATION_STREAM } from './stream.js';

/** How soon Redis answers is concluded nowhere here. */
const timeoutMs = 30_000;
const stream = REVOCATION_STREAM;

describe('revocation.md V16, leases in a Redis that others fill, too', () => {
  const closing: (() => unknown)[] = [];
  let redis: RedisServer;
  let feed: RedisFeed;
  let operator: RedisConnection;

  beforeEach(async () => {
    redis = await startRedis();
    closing.push(() => redis.stop());
    operator = new RedisConnection({ url: redis.url, timeoutMs });
    closing.push(() => {
      operator.destroy();
    });
    feed = new RedisFeed({ url: redis.url, clock: systemClock, timeoutMs });
    closing.push(() => feed.close());
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  const leasesFor = (url = redis.url): RedisLeases => {
    const leases = new RedisLeases({ url, stream, timeoutMs });
    closing.push(() => {
      leases.close();
    });
    return leases;
  };
  const idsOf = async (leases: RedisLeases): Promise<readonly string[]> =>
    [...(await leases.all()).values()].map(({ guardId }) => guardId).toSorted();
  const write = async (leaseMs = 60_000): Promise<string> => {
    const report = leaseReport({ leaseMs });
    await feed.writeLease(report, 'new');
    return report.guardId;
  };
  const writeMany = async (count: number): Promise<readonly string[]> =>
    (await Promise.all(Array.from({ length: count }, () => write()))).toSorted();
  const fill = (keys: number) =>
    operator.send(['EVAL', `for n = 1, ${keys} do redis.call('SET', 'other:' .. n, 'x') end`, '0']);
  const calls = async (name: string): Promise<number> => {
    const stats = String(await operator.send(['INFO', 'commandstats']));
    return Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  };
  const keysWalked = async (): Promise<number> => 1000 * (await calls('scan'));

  it('walks all keys once, and then as many at each look as it would of an empty Redis', async () => {
    await fill(30_000);
    const [before, leases] = [await write(), leasesFor()];
    expect(await idsOf(leases)).toEqual([before]);
    const first = await keysWalked();
    expect(first).toBeGreaterThanOrEqual(30_000);
    const later = await write();
    for (let n = 0; n < 20; n += 1) expect(await idsOf(leases)).toEqual([before, later].toSorted());
    expect((await keysWalked()) - first).toBe(20_000);
  });

  it('asks no more for leases that are gone', async () => {
    const leases = leasesFor();
    await writeMany(50);
    expect((await leases.all()).size).toBe(50);
    await operator.send(['FLUSHALL']);
    expect((await leases.all()).size).toBe(0);
    const before = await calls('type');
    await leases.all();
    expect(await calls('type')).toBe(before);
  });

  it('sees at the next look what 50 wrote at once, each time', async () => {
    const leases = leasesFor();
    expect(await idsOf(leases)).toEqual([]);
    const all: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      all.push(...(await writeMany(50)));
      expect(await idsOf(leases)).toEqual(all.toSorted());
    }
  });

  it('tells those who look at once the same, on a new connection and on one that is told', async () => {
    await fill(30_000);
    const leases = leasesFor();
    for (let n = 0; n < 2; n += 1) {
      await writeMany(50);
      const looks = await Promise.all(Array.from({ length: 50 }, () => leases.all()));
      expect(looks.map(({ size }) => size)).toEqual(Array.from({ length: 50 }, () => 50 * (n + 1)));
    }
  });

  it('reads few at once, so that Redis answers others between', async () => {
    const leases = leasesFor();
    await leases.all();
    const junk = `for n = 1, 5000 do redis.call('SET', '${leaseKeyOf(stream, 'default', 'junk')}' .. n, 'x') end`;
    await operator.send(['EVAL', junk, '0']);
    const before = await calls('eval');
    expect(await idsOf(leases)).toEqual([]);
    expect((await calls('eval')) - before).toBeGreaterThanOrEqual(5000 / 500);
  });

  it('V10: sees a guard behind more than it remembers of what a user has written, and asks for those once', async () => {
    const leases = leasesFor();
    await leases.all();
    const junk = `for n = 1, 15000 do redis.call('SET', '${leaseKeyOf(stream, 'default', 'junk')}' .. n, 'x', 'PX', ARGV[1]) end`;
    await operator.send(['EVAL', junk, '0', '60000']);
    const id = await write();
    const beforeWalk = await calls('scan');
    expect(await idsOf(leases)).toEqual([id]);
    expect((await calls('scan')) - beforeWalk).toBeGreaterThan(15);
    const [types, scans] = [await calls('type'), await calls('scan')];
    for (let n = 0; n < 5; n += 1) expect(await idsOf(leases)).toEqual([id]);
    // The page of each look, and the one lease where it does not stand on that page.
    expect((await calls('scan')) - scans).toBe(5);
    expect((await calls('type')) - types).toBeLessThan(5 * 1100);
  });

  it('forgets what has run out, and sees it when it is written anew', async () => {
    const leases = leasesFor();
    await leases.all();
    const report = leaseReport({ leaseMs: 20 });
    await feed.writeLease(report, 'new');
    await until(async () => (await leases.all()).size === 0, 'the lease has run out');
    await feed.writeLease({ ...report, leaseMs: 60_000 }, 'new');
    expect(await idsOf(leases)).toEqual([report.guardId]);
  });

  it('keeps what is written anew while it reads that it is gone', async () => {
    await fill(100_000);
    const leases = leasesFor();
    await leases.all();
    for (let n = 0; n < 300; n += 1) {
      const report = leaseReport({ leaseMs: 60_000 });
      await feed.writeLease(report, 'new');
      await operator.send(['DEL', leaseKeyOf(stream, 'default', report.guardId)]);
      const look = leases.all();
      for (let k = 0; k < n % 3; k += 1) await operator.send(['PING']);
      await Promise.all([look, feed.writeLease(report, 'new')]);
      expect(await idsOf(leases)).toContain(report.guardId);
      await operator.send(['DEL', leaseKeyOf(stream, 'default', report.guardId)]);
    }
  });

  it('walks all keys again when its connection was gone', async () => {
    await fill(30_000);
    const leases = leasesFor();
    await leases.all();
    await operator.send(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
    const ids = await writeMany(3);
    let found: readonly string[] | undefined;
    await until(async () => {
      found = await idsOf(leases).catch(() => undefined);
      return found !== undefined;
    }, 'it has another connection');
    expect(found).toEqual(ids);
  });

  it('sees what stands after everything was lost', async () => {
    const leases = leasesFor();
    await writeMany(3);
    expect((await leases.all()).size).toBe(3);
    await operator.send(['FLUSHALL']);
    expect((await leases.all()).size).toBe(0);
    const id = await write();
    expect(await idsOf(leases)).toEqual([id]);
  });

  it('finds by walking on what Redis has not told of', async () => {
    const leases = leasesFor();
    const id = await write();
    await operator.send(['MOVE', leaseKeyOf(stream, 'default', id), '1']);
    expect(await idsOf(leases)).toEqual([]);
    await operator.send(['SWAPDB', '0', '1']);
    await until(async () => (await idsOf(leases)).includes(id), 'a walk has come by');
  });

  it('V10: is told of a key that is nobody’s lease, and of none that is longer than any', async () => {
    const leases = leasesFor();
    await leases.all();
    const key = (name: string) => leaseKeyOf(stream, 'default', name);
    await operator.send(['SET', key(randomUUID()), 'x'.repeat(1024 * 1024)]);
    await operator.send(['SET', key('y'.repeat(12_000)), 'x']);
    await operator.send(['LPUSH', key(randomUUID()), 'x']);
    const id = await write();
    expect(await idsOf(leases)).toEqual([id]);
  });

  it.each(['client|tracking', 'client'])(
    'says so once where it may not ask for %s, and walks from then on',
    async (refused) => {
      await operator.send(['ACL', 'SETUSER', 'auth', 'on', '>secret', '~*', '+@all', `-${refused}`]);
      await fill(30_000);
      const leases = leasesFor(redis.url.replace('redis://', 'redis://auth:secret@'));
      await expect(leases.all()).rejects.toThrow(/is walked instead: NOPERM.*client/);
      const ids = await writeMany(3);
      expect(await idsOf(leases)).toEqual(ids);
      await write();
      expect((await leases.all()).size).toBe(4);
    },
  );

  it('takes nothing else that Redis refuses for that', async () => {
    await operator.send(['ACL', 'SETUSER', 'auth', 'on', '>secret', '~*', '+@all']);
    const leases = leasesFor(redis.url.replace('redis://', 'redis://auth:secret@'));
    await leases.all();
    await operator.send(['ACL', 'SETUSER', 'auth', '-eval']);
    await expect(leases.all()).rejects.toThrow(/NOPERM/);
    await operator.send(['ACL', 'SETUSER', 'auth', '+eval']);
    await fill(30_000);
    await leases.all();
    const before = await calls('scan');
    for (let n = 0; n < 5; n += 1) await leases.all();
    expect((await calls('scan')) - before).toBe(5);
  });

  it('is the user of its URL, also where that one needs no password', async () => {
    await operator.send(['ACL', 'SETUSER', 'auth', 'on', 'nopass', '~*', '+@all']);
    await operator.send(['ACL', 'SETUSER', 'operator', 'on', '>secret', '~*', '&*', '+@all']);
    await operator.send(['AUTH', 'operator', 'secret']);
    await operator.send(['ACL', 'SETUSER', 'default', 'off']);
    const leases = leasesFor(redis.url.replace('redis://', 'redis://auth@'));
    expect(await idsOf(leases)).toEqual([]);
  });

  it('leaves no connection behind, whenever it is closed', async () => {
    await fill(30_000);
    for (let n = 0; n < 60; n += 1) {
      const leases = leasesFor();
      const looks = [leases.all(), leases.all(), leases.read(['a'])].map((look) => look.catch(() => undefined));
      for (let k = 0; k < n % 20; k += 1) await operator.send(['PING']);
      leases.close();
      await Promise.all(looks);
      await expect(leases.all()).rejects.toThrow('The wire is closed.');
    }
    const others = async () =>
      String(await operator.send(['CLIENT', 'LIST']))
        .trim()
        .split('\n').length;
    await until(async () => (await others()) === 1, 'the operator is alone');
  });
});
