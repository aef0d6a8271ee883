/**
 * Owns what every wire must do, whatever it is made of (revocation.md V6 to V9). Runs whole on each of them.
 * Does not own what only one can suffer (a restart, a slow network): that stands in its own spec.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../testing/clock.js';
import { MemoryLedger } from '../testing/memory-ledger.js';
import { accessTokenClaims } from '../testing/mint-access-token.js';
import { leaseReport, revocationEntry, watermarkAt } from '../testing/revocation-entry.js';
import { until } from '../testing/until.js';
import type { FeedMessage, RevocationFeed, RevocationWire } from './feed.js';
import { RevocationKnowledge } from './knowledge.js';
import { precedes, START } from './position.js';
import { RevocationPublisher } from './publish-round.js';

export interface WireUnderTest {
  /** Another publisher's end of the same wire. */
  wire(): RevocationWire;
  feed(): RevocationFeed;
  /** Everything on the wire is lost. */
  lose(): Promise<void>;
  close(): Promise<void>;
}

/** What a reader heard, as one line for each. */
const recorder = () => {
  const heard: string[] = [];
  const line = (message: FeedMessage): string => {
    if (message.type === 'revocation') return `revocation ${message.epoch} ${message.entry.value}`;
    if (message.type === 'watermark') return `watermark ${message.epoch} ${message.at}`;
    if (message.type === 'keys' || message.type === 'registry') {
      return `${message.type} ${message.epoch} ${message.revision}`;
    }
    return `${message.type} ${message.epoch}`;
  };
  return {
    heard,
    message: (message: FeedMessage) => heard.push(line(message)),
    clock: () => undefined,
    restarted: () => heard.push('restarted'),
    incomprehensible: (detail: string) => heard.push(`incomprehensible ${detail}`),
  };
};

export const describeFeed = (name: string, open: () => Promise<WireUnderTest>): void => {
  describe(`revocation.md V6 to V9, the feed on ${name}`, () => {
    let under: WireUnderTest;
    let wire: RevocationWire;
    const closing: { close(): Promise<void> }[] = [];

    const publisherWith = (ledger: MemoryLedger) => {
      const end = under.wire();
      closing.push(end);
      return new RevocationPublisher({ wire: end, ledger, batchSize: 7 });
    };
    const listen = () => {
      const record = recorder();
      const feed = under.feed();
      closing.push(feed);
      feed.start(record);
      return record.heard;
    };
    const guard = () => {
      const knowledge = new RevocationKnowledge({ clock: systemClock });
      const feed = under.feed();
      closing.push(feed);
      feed.start(knowledge);
      return knowledge;
    };
    const now = async () => (await wire.inspect()).now;
    /** Rounds go on meanwhile, as a service's do: on a busy machine the watermark of a single one may be too old by then. */
    const untilFresh = (publisher: RevocationPublisher | undefined, guards: readonly RevocationKnowledge[]) =>
      until(async () => {
        await publisher?.roundIfDue(100).catch(() => undefined);
        return guards.every((knowledge) => knowledge.judgeable());
      }, 'every guard is fresh');

    beforeEach(async () => {
      under = await open();
      wire = under.wire();
      closing.push(wire);
    });
    afterEach(async () => {
      await Promise.all(closing.splice(0).map((end) => end.close()));
      await under.close();
    });

    it('refuses entries and watermarks while no epoch has begun', async () => {
      expect((await wire.inspect()).epoch).toBeUndefined();
      await expect(wire.append(1, [revocationEntry()], false)).resolves.toBe('foreign-epoch');
      await expect(wire.watermark(1, watermarkAt(await now()))).resolves.toBe('foreign-epoch');
      await expect(wire.announceKeys(1, 7)).resolves.toBe('foreign-epoch');
      await expect(wire.announceRegistry(1, 7)).resolves.toBe('foreign-epoch');
    });

    it('refuses entries and watermarks of an epoch that is not the current one', async () => {
      await wire.beginEpoch(4);
      for (const foreign of [3, 5]) {
        await expect(wire.append(foreign, [revocationEntry()], false)).resolves.toBe('foreign-epoch');
        await expect(wire.watermark(foreign, watermarkAt(await now()))).resolves.toBe('foreign-epoch');
      }
      await expect(wire.append(4, [revocationEntry()], false)).resolves.toHaveLength(1);
    });

    it('does not go back to a lower epoch, nor begin the same one twice', async () => {
      await wire.beginEpoch(4);
      await wire.watermark(4, watermarkAt(1000));
      await wire.beginEpoch(3);
      await wire.beginEpoch(4);
      expect(await wire.inspect()).toMatchObject({ epoch: 4, newestWatermark: 1000 });
    });

    it('has no epoch any more when it has lost everything', async () => {
      await wire.beginEpoch(4);
      await wire.append(4, [revocationEntry()], false);
      await under.lose();
      expect((await wire.inspect()).epoch).toBeUndefined();
      await expect(wire.watermark(4, watermarkAt(await now()))).resolves.toBe('foreign-epoch');
    });

    it('delivers in order to a reader that was there before and to one that comes after', async () => {
      const before = listen();
      await wire.beginEpoch(1);
      await wire.append(1, [revocationEntry({ value: 'a' }), revocationEntry({ value: 'b' })], false);
      await wire.announceKeys(1, 0);
      await wire.announceKeys(1, Number.MAX_SAFE_INTEGER);
      await wire.announceRegistry(1, Number.MAX_SAFE_INTEGER);
      await wire.watermark(1, watermarkAt(2000));
      const expected = [
        ...['restarted', 'epoch 1', 'revocation 1 a', 'revocation 1 b'],
        ...['keys 1 0', `keys 1 ${Number.MAX_SAFE_INTEGER}`],
        ...[`registry 1 ${Number.MAX_SAFE_INTEGER}`, 'watermark 1 2000'],
      ];
      await until(() => before.length >= expected.length, 'the first reader has heard all');
      expect(before).toEqual(expected);
      const after = listen();
      await until(() => after.length >= expected.length, 'the second reader has heard all');
      expect(after).toEqual(expected);
    });

    it('keeps one watermark, and a slow round does not take the place of a quicker one', async () => {
      await wire.beginEpoch(1);
      for (const at of [1000, 3000, 2000]) await expect(wire.watermark(1, watermarkAt(at))).resolves.toBe('appended');
      expect((await wire.inspect()).newestWatermark).toBe(3000);
      await wire.announceKeys(1, 7);
      const heard = listen();
      await until(() => heard.includes('keys 1 7') && heard.length >= 4, 'the reader has heard all');
      expect(heard.filter((line) => line.startsWith('watermark'))).toEqual(['watermark 1 3000']);
    });

    it('A9 carries with a watermark how what is registered stands, or nothing of it', async () => {
      const got: FeedMessage[] = [];
      const feed = under.feed();
      closing.push(feed);
      feed.start({ ...recorder(), message: (message) => got.push(message) });
      await wire.beginEpoch(1);
      await wire.watermark(1, { ...watermarkAt(1000), registryRevision: Number.MAX_SAFE_INTEGER });
      // The next takes its place.
      await until(() => got.length === 2, 'the reader has heard the first');
      await wire.watermark(1, watermarkAt(2000));
      await until(() => got.length === 3, 'the reader has heard all');
      expect(got.slice(1)).toEqual([
        { type: 'watermark', epoch: 1, ...watermarkAt(1000), registryRevision: Number.MAX_SAFE_INTEGER },
        { type: 'watermark', epoch: 1, ...watermarkAt(2000) },
      ]);
    });

    it('lets a watermark go when it comes from the future of the wire itself', async () => {
      await wire.beginEpoch(1);
      const at = await now();
      await wire.watermark(1, watermarkAt(at + 3_600_000));
      await wire.watermark(1, watermarkAt(at));
      expect((await wire.inspect()).newestWatermark).toBe(at);
    });

    it('starts a reader again at the beginning when a new epoch begins, and drops the copies of the old one', async () => {
      const heard = listen();
      await wire.beginEpoch(1);
      await wire.append(1, [revocationEntry({ value: 'old' })], false);
      await wire.watermark(1, watermarkAt(1000));
      await until(() => heard.includes('watermark 1 1000'), 'the reader knows the old epoch');
      heard.length = 0;
      await wire.beginEpoch(2);
      await wire.append(2, [revocationEntry({ value: 'new' })], false);
      await wire.watermark(2, watermarkAt(2000));
      await until(() => heard.includes('watermark 2 2000'), 'the reader knows the new epoch');
      expect(heard.slice(0, 2)).toEqual(['epoch 2', 'restarted']);
      expect(heard).toContain('revocation 2 new');
      const late = listen();
      await until(() => late.includes('watermark 2 2000'), 'a late reader has heard all');
      expect(late).toEqual(['restarted', 'epoch 2', 'revocation 2 new', 'watermark 2 2000']);
    });

    it('carries every kind and every field', async () => {
      const entries = [
        revocationEntry({ kind: 'subject', value: 'söme|one', generation: 7 }),
        revocationEntry({ kind: 'issuer', value: '', generation: 1 }),
        revocationEntry({ kind: 'key', value: 'kid', expiresAt: null }),
      ];
      const got: unknown[] = [];
      const feed = under.feed();
      closing.push(feed);
      feed.start({
        ...recorder(),
        message: (message) => {
          if (message.type === 'revocation') got.push(message.entry);
        },
      });
      await wire.beginEpoch(1);
      await wire.append(1, entries, false);
      await until(() => got.length === entries.length, 'all entries arrived');
      expect(got).toEqual(entries);
    });

    it('V16 says where each message stands, in order, and the reader hears it from there', async () => {
      const heard: string[] = [];
      const feed = under.feed();
      closing.push(feed);
      feed.start({ ...recorder(), message: (message, position) => heard.push(`${message.type} ${position}`) });
      await wire.beginEpoch(1);
      const { end } = await wire.inspect();
      const positions = await wire.append(1, [revocationEntry(), revocationEntry()], true);
      if (positions === 'foreign-epoch') throw new Error('not appended');
      expect([end, ...positions]).toEqual([end, ...positions].sort((a, b) => (precedes(a, b) ? -1 : 1)));
      expect(precedes(end, positions[0] ?? START)).toBe(true);
      expect((await wire.inspect()).end).toBe(positions[1]);
      await until(() => heard.length === 3, 'the reader has heard all');
      expect(heard.slice(1)).toEqual(positions.map((position) => `revocation ${position}`));
    });

    it('V16 acknowledges a guard to whoever listens, in order', async () => {
      const got: FeedMessage[] = [];
      const feed = under.feed();
      closing.push(feed);
      feed.start({ ...recorder(), message: (message) => got.push(message) });
      const { guardId, registration } = leaseReport();
      await expect(wire.acknowledgeGuard(1, { guardId, registration })).resolves.toBe('foreign-epoch');
      await wire.beginEpoch(1);
      await expect(wire.acknowledgeGuard(1, { guardId, registration })).resolves.toBe('appended');
      await until(() => got.length === 2, 'the reader has heard it');
      expect(got[1]).toEqual({ type: 'guard', epoch: 1, guardId, registration });
    });

    it('V16 shows a lease while it stands, extends it only then, and lets it go when its time is over', async () => {
      const feed = under.feed();
      closing.push(feed);
      const report = leaseReport({ leaseMs: 60_000 });
      await expect(feed.writeLease(report, 'held')).resolves.toBe('lost');
      expect(await wire.allLeases()).toEqual([]);
      await expect(feed.writeLease(report, 'new')).resolves.toBe('written');
      const [standing] = await wire.allLeases();
      if (standing === undefined) throw new Error('no lease');
      expect(standing).toEqual({ leaseKey: standing.leaseKey, ...report });
      const later = { ...report, position: '9-9' };
      await expect(feed.writeLease(later, 'held')).resolves.toBe('written');
      // A lease of another registration is not this one's, whoever has written it.
      const another = leaseReport({ guardId: report.guardId, leaseMs: 60_000 });
      await expect(feed.writeLease(another, 'held')).resolves.toBe('lost');
      await expect(feed.writeLease(later, 'new')).resolves.toBe('written');
      const read = await wire.leases([standing.leaseKey, `${standing.leaseKey}x`]);
      expect([...read]).toEqual([[standing.leaseKey, { leaseKey: standing.leaseKey, ...later }]]);
      await expect(feed.writeLease({ ...later, leaseMs: 60 }, 'held')).resolves.toBe('written');
      await until(async () => (await wire.allLeases()).length === 0, 'the lease has run out');
      expect((await wire.leases([standing.leaseKey])).size).toBe(0);
      await expect(feed.writeLease(later, 'held')).resolves.toBe('lost');
    });

    it('V16 a lease that was ended can be seen after its time', async () => {
      const feed = under.feed();
      closing.push(feed);
      const report = leaseReport({ leaseMs: 20, ended: true });
      await feed.writeLease(report, 'over');
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(await wire.allLeases()).toMatchObject([{ guardId: report.guardId, ended: true }]);
    });

    it('V16 a wire that lost everything has lost the leases, and says so to whoever would extend one', async () => {
      const feed = under.feed();
      closing.push(feed);
      const report = leaseReport();
      await feed.writeLease(report, 'new');
      await under.lose();
      expect(await wire.allLeases()).toEqual([]);
      await expect(feed.writeLease(report, 'held')).resolves.toBe('lost');
    });

    it('V8 trims with a watermark, and never when that was not written', async () => {
      await wire.beginEpoch(1);
      const positions = await wire.append(1, [revocationEntry({ value: 'a' }), revocationEntry({ value: 'b' })], false);
      if (positions === 'foreign-epoch') throw new Error('not appended');
      const [, second] = positions;
      if (second === undefined) throw new Error('not appended');
      await wire.watermark(1, watermarkAt(3000));
      await wire.watermark(1, { ...watermarkAt(2000), trimTo: second });
      await expect(wire.watermark(7, { ...watermarkAt(4000), trimTo: second })).resolves.toBe('foreign-epoch');
      expect((await wire.inspect()).length).toBe(4);
      await wire.watermark(1, { ...watermarkAt(4000), trimTo: second });
      expect((await wire.inspect()).length).toBe(2);
      const heard = listen();
      await until(() => heard.includes('watermark 1 4000'), 'a late reader has heard all');
      expect(heard).toEqual(['restarted', 'revocation 1 b', 'watermark 1 4000']);
    });

    it('V7, V8 a new epoch is known to a reader that began where the mark of the old one was trimmed', async () => {
      await wire.beginEpoch(1);
      const { end } = await wire.inspect();
      await wire.append(1, [revocationEntry({ value: 'a' })], false);
      await wire.watermark(1, watermarkAt(1000));
      await wire.watermark(1, { ...watermarkAt(2000), trimTo: (await wire.inspect()).end });
      expect(end).not.toBe(START);
      const heard = listen();
      await until(() => heard.includes('watermark 1 2000'), 'the reader is loaded');
      expect(heard).not.toContain('epoch 1');
      heard.length = 0;
      await wire.beginEpoch(2);
      await wire.append(2, [revocationEntry({ value: 'b' })], false);
      await wire.watermark(2, watermarkAt(3000));
      await until(() => heard.includes('watermark 2 3000'), 'the reader knows the new epoch');
      expect(heard.slice(0, 2)).toEqual(['epoch 2', 'restarted']);
    });

    it('brings what 3 publishers publish, 50 at once, to each of 3 guards', async () => {
      const ledger = new MemoryLedger();
      const publishers = [publisherWith(ledger), publisherWith(ledger), publisherWith(ledger)];
      const guards = [guard(), guard(), guard()];
      await Promise.all(publishers.map((publisher) => publisher.round()));
      const entries = Array.from({ length: 50 }, () => revocationEntry());
      await Promise.all(
        entries.map(async (entry, index) => {
          ledger.commit(entry);
          await publishers[index % 3]?.publishNow([entry]);
        }),
      );
      await publishers[0]?.round();
      await until(() => guards.every((knowledge) => knowledge.size === 50), 'every guard knows all');
      await untilFresh(publishers[0], guards);
      for (const { value: jti } of entries) {
        for (const knowledge of guards) expect(knowledge.match(accessTokenClaims({ jti }), 'kid')).toBe('token');
      }
    });

    it('refills a wire that lost everything, and un-revokes nothing meanwhile (V7)', async () => {
      const ledger = new MemoryLedger();
      const publisher = publisherWith(ledger);
      const entries = Array.from({ length: 30 }, () => revocationEntry());
      ledger.commit(...entries);
      await publisher.round();
      const old = guard();
      await untilFresh(publisher, [old]);
      expect(old.size).toBe(30);
      await under.lose();
      expect(old.size).toBe(30);
      const missed = revocationEntry();
      ledger.commit(missed);
      await until(async () => {
        const { outcome } = await publisher.roundIfDue(100).catch(() => ({ outcome: 'broken' }));
        return outcome === 'watermarked';
      }, 'a round goes through again');
      const late = guard();
      await until(() => old.size === 31 && late.size === 31, 'both guards know all');
      await untilFresh(publisher, [old, late]);
      for (const { value: jti } of [...entries, missed]) {
        expect(late.match(accessTokenClaims({ jti }), 'kid')).toBe('token');
      }
    });

    it('says nothing more after it was closed, and closes twice', async () => {
      const record = recorder();
      const feed = under.feed();
      feed.start(record);
      await wire.beginEpoch(1);
      await until(() => record.heard.includes('epoch 1'), 'the reader listens');
      await feed.close();
      await feed.close();
      record.heard.length = 0;
      await wire.watermark(1, watermarkAt(1000));
      const other = listen();
      await until(() => other.includes('watermark 1 1000'), 'another reader has heard it');
      expect(record.heard).toEqual([]);
    });
  });
};
