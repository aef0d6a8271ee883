import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { fakeClock, type FakeClock } from '../testing/clock.js';
import { MemoryLedger } from '../testing/memory-ledger.js';
import { accessTokenClaims } from '../testing/mint-access-token.js';
import { revocationEntry } from '../testing/revocation-entry.js';
import type { RevocationEntry } from './entry.js';
import type { RevocationWire } from './feed.js';
import { RevocationKnowledge } from './knowledge.js';
import { MemoryWire } from './memory-feed.js';
import { precedes, START } from './position.js';
import { RevocationPublisher, type PublisherEvent } from './publish-round.js';

let clock: FakeClock;
let memory: MemoryWire;
let ledger: MemoryLedger;
beforeEach(() => {
  clock = fakeClock();
  memory = new MemoryWire(clock);
  ledger = new MemoryLedger();
});

/** The same wire, but every call takes a turn of the loop before and after it, as a network does. */
const distant = (wire: RevocationWire): RevocationWire => {
  const far = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    await turn();
    const answer = await call();
    await turn();
    return answer;
  };
  return {
    inspect: () => far(() => wire.inspect()),
    beginEpoch: (epoch) => far(() => wire.beginEpoch(epoch)),
    append: (epoch, entries, receipt) => far(() => wire.append(epoch, entries, receipt)),
    watermark: (epoch, watermark) => far(() => wire.watermark(epoch, watermark)),
    announceKeys: (epoch, revision) => far(() => wire.announceKeys(epoch, revision)),
    announceRegistry: (epoch, revision) => far(() => wire.announceRegistry(epoch, revision)),
    acknowledgeGuard: (epoch, guard) => far(() => wire.acknowledgeGuard(epoch, guard)),
    allLeases: () => far(() => wire.allLeases()),
    leases: (leaseKeys) => far(() => wire.leases(leaseKeys)),
    close: () => wire.close(),
  };
};
const publisherOn = (wire: RevocationWire, events: PublisherEvent[] = []) =>
  new RevocationPublisher({ wire, ledger, batchSize: 3, onEvent: (event) => events.push(event) });
const guardOf = () => {
  const knowledge = new RevocationKnowledge({ clock });
  memory.feed().start(knowledge);
  return knowledge;
};
const knows = (knowledge: RevocationKnowledge, { value: jti }: RevocationEntry) =>
  knowledge.match(accessTokenClaims({ jti }), 'kid') === 'token';

describe('revocation.md V6 a round', () => {
  it('never marks an entry before the wire has answered', async () => {
    const broken: RevocationWire = { ...distant(memory), append: () => Promise.reject(new Error('gone')) };
    ledger.commit(revocationEntry());
    await expect(publisherOn(broken).round()).rejects.toThrow('gone');
    expect((await ledger.unpublished(10)).entries).toHaveLength(1);
  });

  it('writes no watermark when something could not be published', async () => {
    const broken: RevocationWire = { ...distant(memory), append: () => Promise.reject(new Error('gone')) };
    ledger.commit(revocationEntry());
    await publisherOn(broken)
      .round()
      .catch(() => undefined);
    expect((await memory.inspect()).newestWatermark).toBeUndefined();
  });

  it('publishes what was left in batches, then the watermark that was the time before it looked', async () => {
    ledger.commit(...Array.from({ length: 10 }, () => revocationEntry()));
    const before = clock.now();
    const wire = distant(memory);
    const slow: RevocationWire = {
      ...wire,
      append: (...appended) => {
        clock.advance(50);
        return wire.append(...appended);
      },
    };
    await expect(publisherOn(slow).round()).resolves.toEqual({
      outcome: 'watermarked',
      epoch: 1,
      at: before,
      published: 10,
    });
    expect((await memory.inspect()).newestWatermark).toBe(before);
  });

  it('is not due while the newest watermark is young, and due when it is not, or lies in the future', async () => {
    const publisher = publisherOn(memory);
    await publisher.round();
    clock.advance(99);
    await expect(publisher.roundIfDue(100)).resolves.toEqual({ outcome: 'not-due' });
    clock.advance(1);
    await expect(publisher.roundIfDue(100)).resolves.toMatchObject({ outcome: 'watermarked' });
    clock.jumpWall(-5000);
    await expect(publisher.roundIfDue(100)).resolves.toMatchObject({ outcome: 'watermarked' });
  });

  it('an instance that just started does a round even if another wrote a watermark: it may know of an old life', async () => {
    await publisherOn(memory).round();
    await expect(publisherOn(memory).roundIfDue(100)).resolves.toMatchObject({ outcome: 'watermarked', epoch: 1 });
  });

  it('publishes at once what was committed, and tells of changed keys', async () => {
    const publisher = publisherOn(memory);
    const changes: (number | undefined)[] = [];
    const knowledge = new RevocationKnowledge({ clock, onKeysChanged: (revision) => changes.push(revision) });
    memory.feed().start(knowledge);
    changes.length = 0;
    const entry = revocationEntry();
    ledger.commit(entry);
    await expect(publisher.publishNow([entry])).resolves.toMatchObject({ epoch: 1 });
    expect(knows(knowledge, entry)).toBe(true);
    await expect(publisher.announceKeys(12)).resolves.toBe('published');
    expect(changes).toEqual([12]);
  });

  it('A9 says at once that what is registered has changed, and each watermark says how it stood after its instant', async () => {
    const publisher = publisherOn(memory);
    const heard: (number | undefined)[] = [];
    const knowledge = new RevocationKnowledge({ clock, onRegistryHeard: (revision) => heard.push(revision) });
    memory.feed().start(knowledge);
    await publisher.round();
    heard.length = 0;
    await expect(publisher.announceRegistry(12)).resolves.toBe('published');
    ledger.noteRegistry(13);
    await publisher.round();
    expect(heard).toEqual([12, 13]);
  });

  it('A9 says in a watermark what is registered as it stood after the watermark’s own instant, however slow the round is', async () => {
    const said: unknown[] = [];
    const wire: RevocationWire = {
      ...distant(memory),
      inspect: async () => {
        const life = await memory.inspect();
        // Committed after the instant that the watermark will name, and before the ledger is read.
        ledger.noteRegistry(life.now);
        return life;
      },
      watermark: (epoch, watermark) => {
        said.push([watermark.at, watermark.registryRevision]);
        return memory.watermark(epoch, watermark);
      },
    };
    await publisherOn(memory).round();
    await publisherOn(wire).round();
    expect(said).toEqual([[clock.now(), clock.now()]]);
  });

  it('defers when the wire is gone, says so, and the next round brings the entry', async () => {
    const events: PublisherEvent[] = [];
    let gone = true;
    const wire: RevocationWire = {
      ...distant(memory),
      inspect: () => (gone ? Promise.reject(new Error('gone')) : memory.inspect()),
    };
    const publisher = publisherOn(wire, events);
    const knowledge = guardOf();
    const entry = revocationEntry();
    ledger.commit(entry);
    await expect(publisher.publishNow([entry])).resolves.toBe('deferred');
    await expect(publisher.announceKeys(12)).resolves.toBe('deferred');
    await expect(publisher.announceRegistry(12)).resolves.toBe('deferred');
    expect(events.map(({ type }) => type)).toEqual(['publish-deferred', 'publish-deferred', 'publish-deferred']);
    gone = false;
    await publisher.round();
    expect(knows(knowledge, entry)).toBe(true);
  });
});

describe('revocation.md V7 a new life of the wire', () => {
  it('is a new epoch, and everything is published again', async () => {
    const publisher = publisherOn(memory);
    const entries = [revocationEntry(), revocationEntry()];
    ledger.commit(...entries);
    await publisher.round();
    memory.forget();
    await expect(publisher.round()).resolves.toMatchObject({ epoch: 2, published: 2 });
    const late = guardOf();
    for (const entry of entries) expect(knows(late, entry)).toBe(true);
  });

  it('is seen by the instance that publishes at once, too', async () => {
    const publisher = publisherOn(memory);
    const [first, second] = [revocationEntry(), revocationEntry()];
    ledger.commit(first);
    await publisher.round();
    memory.forget();
    ledger.commit(second);
    await expect(publisher.publishNow([second])).resolves.toMatchObject({ epoch: 2 });
    const late = guardOf();
    expect(knows(late, first) && knows(late, second)).toBe(true);
  });

  it('is seen even where the wire is the same and only its content is gone (FLUSHALL)', async () => {
    const publisher = publisherOn(memory);
    const entry = revocationEntry();
    ledger.commit(entry);
    await publisher.round();
    memory.forget('same');
    await expect(publisher.round()).resolves.toMatchObject({ epoch: 2, published: 1 });
    expect(knows(guardOf(), entry)).toBe(true);
  });

  it('whoever loses the race for an epoch never marks the stream with it: the winner may have filled and lost it', async () => {
    const entry = revocationEntry();
    ledger.commit(entry);
    const winner = publisherOn(memory);
    const raise = ledger.raiseEpoch.bind(ledger);
    let first = true;
    const loser = new RevocationPublisher({
      wire: memory,
      ledger: {
        currentEpoch: () => ledger.currentEpoch(),
        unpublished: (limit) => ledger.unpublished(limit),
        markPublished: (placed, epoch, moved) => ledger.markPublished(placed, epoch, moved),
        standing: (epoch) => ledger.standing(epoch),
        oldestStanding: (epoch, before, limit) => ledger.oldestStanding(epoch, before, limit),
        raiseEpoch: async (from, identity) => {
          if (first) {
            first = false;
            await winner.round();
            memory.forget('same');
          }
          return raise(from, identity);
        },
      },
    });
    await expect(loser.round()).resolves.toMatchObject({ outcome: 'watermarked', epoch: 2, published: 1 });
    expect(knows(guardOf(), entry)).toBe(true);
  });

  it('a wire that counts further than the ledger (another one, a restored backup) is overtaken, and that is said', async () => {
    await memory.beginEpoch(3);
    ledger.commit(revocationEntry());
    const events: PublisherEvent[] = [];
    await expect(publisherOn(memory, events).round()).resolves.toMatchObject({ outcome: 'watermarked', published: 1 });
    const { epoch } = await memory.inspect();
    expect(epoch).toBeGreaterThan(3);
    expect(events).toEqual([{ type: 'epoch-raised', epoch, overtaken: 3 }]);
  });

  it('of a wire that has lost what it held nothing of the kind is said', async () => {
    const events: PublisherEvent[] = [];
    const publisher = publisherOn(memory, events);
    await publisher.round();
    memory.forget();
    await publisher.round();
    expect(events).toEqual([
      { type: 'epoch-raised', epoch: 1 },
      { type: 'epoch-raised', epoch: 2 },
    ]);
  });

  it('50 instances that start at once end in one epoch, each entry published', async () => {
    ledger.commit(...Array.from({ length: 10 }, () => revocationEntry()));
    const publishers = Array.from({ length: 50 }, () => publisherOn(distant(memory)));
    await Promise.all(publishers.map((publisher) => publisher.round()));
    await publishers[0]?.round();
    const { epoch, newestWatermark } = await memory.inspect();
    expect(epoch).toBe((await ledger.currentEpoch()).epoch);
    expect(newestWatermark).toBeDefined();
    const late = guardOf();
    for (const entry of ledger.entries) expect(knows(late, entry)).toBe(true);
  });
});

describe('revocation.md V7 two wires at once, after a failover that not every instance has followed', () => {
  it('no watermark is written for a round whose rows were marked for the other wire meanwhile', async () => {
    const other = new MemoryWire(clock);
    const here = publisherOn(memory);
    await here.round();
    const entry = revocationEntry();
    const unpublished = ledger.unpublished.bind(ledger);
    ledger.unpublished = async (...asked) => {
      // While our round is about to look, an instance on the other wire commits, publishes and marks.
      ledger.unpublished = unpublished;
      ledger.commit(entry);
      await publisherOn(other).round();
      return unpublished(...asked);
    };
    clock.advance(1000);
    await here.round();
    // Whatever guard of our wire is fresh as of later than the commit knows the entry.
    const guard = guardOf();
    expect(guard.judgeable(500)).toBe(true);
    expect(knows(guard, entry)).toBe(true);
  });

  it('and nothing is trimmed by what stands on the other wire', async () => {
    const other = new MemoryWire(clock);
    const here = publisherOn(memory);
    const entry = revocationEntry();
    ledger.commit(entry);
    await here.round();
    const standing = ledger.standing.bind(ledger);
    ledger.standing = async (epoch) => {
      ledger.standing = standing;
      await publisherOn(other).round();
      return standing(epoch);
    };
    await here.trimmingRound();
    expect(knows(guardOf(), entry)).toBe(true);
  });
});

describe('revocation.md V13 a wire that is back is not swamped', () => {
  it('50 instances of publishing at once find a new epoch with two rounds, and no entry stands more than thrice', async () => {
    const wire = distant(memory);
    let inspections = 0;
    const publisher = publisherOn({ ...wire, inspect: () => ((inspections += 1), wire.inspect()) });
    await publisher.round();
    const old = Array.from({ length: 100 }, () => revocationEntry());
    ledger.commit(...old);
    await publisher.round();
    memory.forget();
    inspections = 0;
    const entries = Array.from({ length: 50 }, () => revocationEntry());
    ledger.commit(...entries);
    const placed = await Promise.all(entries.map((entry) => publisher.publishNow([entry])));
    expect(placed.every((publication) => publication !== 'deferred')).toBe(true);
    expect(inspections).toBeLessThanOrEqual(6);
    expect((await memory.inspect()).length).toBeLessThan(3 * (old.length + entries.length));
  });
});

describe('revocation.md V17 where an entry stands', () => {
  it('is answered when it was published at once, with the place of the last', async () => {
    const publisher = publisherOn(memory);
    await publisher.round();
    const entries = [revocationEntry(), revocationEntry()];
    ledger.commit(...entries);
    const { end } = await memory.inspect();
    const publication = await publisher.publishNow(entries, true);
    if (publication === undefined || publication === 'deferred') throw new Error('not published');
    expect(publication.epoch).toBe(1);
    expect(precedes(end, publication.position)).toBe(true);
    expect(publication.position).toBe((await memory.inspect()).end);
    expect(await ledger.standing(1)).toMatchObject({ places: 2 });
  });

  it('is answered although PostgreSQL could not note it: a later round appends a copy', async () => {
    const events: PublisherEvent[] = [];
    const entry = revocationEntry();
    ledger.commit(entry);
    const publisher = publisherOn(memory, events);
    await publisher.round();
    const other = revocationEntry();
    ledger.commit(other);
    ledger.markPublished = () => Promise.reject(new Error('no database'));
    await expect(publisher.publishNow([other])).resolves.toMatchObject({ epoch: 1 });
    expect(events.map(({ type }) => type)).toContain('publish-deferred');
    expect((await ledger.unpublished(10)).entries).toEqual([other]);
  });

  it('what is committed while an append is under way goes with the next: 50 at once are two appends, each with its place', async () => {
    const appends: number[] = [];
    const wire = distant(memory);
    const publisher = publisherOn({
      ...wire,
      append: (epoch, entries, receipt) => {
        appends.push(entries.length);
        return wire.append(epoch, entries, receipt);
      },
    });
    await publisher.round();
    const entries = Array.from({ length: 50 }, () => revocationEntry());
    ledger.commit(...entries);
    const guard = guardOf();
    const publications = await Promise.all(entries.map((entry, index) => publisher.publishNow([entry], index === 7)));
    const places = publications.map((one) => (one === undefined || one === 'deferred' ? START : one.position));
    expect(new Set(places).size).toBe(50);
    for (const entry of entries) expect(knows(guard, entry)).toBe(true);
    // The batches of this spec hold three.
    expect(appends.length).toBeLessThanOrEqual(Math.ceil(49 / 3) + 1);
    expect((await ledger.unpublished(100)).entries).toEqual([]);
  });

  it('asks for a report only when somebody waits', async () => {
    const asked: boolean[] = [];
    const publisher = publisherOn(memory);
    await publisher.round();
    memory.feed().start({
      message: (message) => {
        if (message.type === 'revocation') asked.push(message.receipt);
      },
      clock: () => undefined,
      restarted: () => undefined,
      incomprehensible: () => undefined,
    });
    await publisher.publishNow([revocationEntry()]);
    await publisher.publishNow([revocationEntry()], true);
    expect(asked).toEqual([false, true]);
  });
});

describe('revocation.md V8 the stream is trimmed only below the oldest entry that is still alive in PostgreSQL', () => {
  const length = async () => (await memory.inspect()).length;

  it('keeps everything while everything lives', async () => {
    const publisher = publisherOn(memory);
    const entries = Array.from({ length: 20 }, () => revocationEntry());
    ledger.commit(...entries);
    await publisher.trimmingRound();
    await publisher.trimmingRound();
    for (const entry of entries) expect(knows(guardOf(), entry)).toBe(true);
  });

  it('lets go of what stands below the oldest that lives, announcements included', async () => {
    const publisher = publisherOn(memory);
    const dead = Array.from({ length: 20 }, () => revocationEntry());
    const living = Array.from({ length: 5 }, () => revocationEntry());
    ledger.commit(...dead);
    await publisher.round();
    await publisher.announceKeys(12);
    ledger.commit(...living);
    await publisher.round();
    ledger.forget(...dead);
    await publisher.trimmingRound();
    expect(await length()).toBe(living.length + 1);
    for (const entry of living) expect(knows(guardOf(), entry)).toBe(true);
  });

  it('a stream without anything alive holds the watermark alone, and a guard that starts is loaded by it', async () => {
    const publisher = publisherOn(memory);
    const dead = Array.from({ length: 20 }, () => revocationEntry());
    ledger.commit(...dead);
    await publisher.round();
    ledger.forget(...dead);
    await publisher.trimmingRound();
    await publisher.trimmingRound();
    expect(await length()).toBe(1);
    expect(guardOf().judgeable()).toBe(true);
  });

  it('an ordinary round never trims', async () => {
    const publisher = publisherOn(memory);
    const dead = Array.from({ length: 20 }, () => revocationEntry());
    ledger.commit(...dead);
    await publisher.round();
    ledger.forget(...dead);
    await publisher.round();
    expect(await length()).toBeGreaterThan(20);
  });

  it('what is committed and appended while a round is trimming stays', async () => {
    const publisher = publisherOn(memory);
    await publisher.round();
    const meanwhile = revocationEntry();
    const standing = ledger.standing.bind(ledger);
    ledger.standing = async (epoch) => {
      const answer = await standing(epoch);
      // Another instance commits and appends; it has not come to mark the row.
      ledger.commit(meanwhile);
      await memory.append(epoch, [meanwhile], false);
      return answer;
    };
    await publisher.trimmingRound();
    expect(knows(guardOf(), meanwhile)).toBe(true);
  });

  it('an entry that never ends does not hold the dead behind it for ever: it is appended once more', async () => {
    const publisher = publisherOn(memory);
    const killed = revocationEntry({ kind: 'key', value: 'kid', expiresAt: null });
    ledger.commit(killed);
    await publisher.round();
    const dead = Array.from({ length: 1200 }, () => revocationEntry());
    ledger.commit(...dead);
    await publisher.round();
    ledger.forget(...dead);
    const before = guardOf();
    await publisher.trimmingRound();
    await publisher.trimmingRound();
    expect(await length()).toBeLessThan(10);
    for (const guard of [before, guardOf()]) expect(guard.match(accessTokenClaims(), 'kid')).toBe('key');
  });
});

describe('revocation.md V2 the longest lifetime', () => {
  it('stands in each watermark, as it was in PostgreSQL before the round looked', async () => {
    const heard: number[] = [];
    memory.feed().start({
      message: (message) => {
        if (message.type === 'watermark') heard.push(message.longestLifetimeSeconds);
      },
      clock: () => undefined,
      restarted: () => undefined,
      incomprehensible: () => undefined,
    });
    const publisher = publisherOn(memory);
    await publisher.round();
    ledger.noteTokenLifetime(900);
    await publisher.round();
    expect(heard).toEqual([300, 900]);
  });
});
