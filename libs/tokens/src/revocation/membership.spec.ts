import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fakeClock, type FakeClock } from '../testing/clock.js';
import { MemoryGuardRegister } from '../testing/memory-guard-register.js';
import { accessTokenClaims } from '../testing/mint-access-token.js';
import { revocationEntry } from '../testing/revocation-entry.js';
import { until } from '../testing/until.js';
import type { FeedListener, LeaseWriting, RevocationFeed } from './feed.js';
import { GuardRegistry } from './guard-registry.js';
import { RevocationKnowledge } from './knowledge.js';
import type { LeaseReport, StandingLease } from './lease.js';
import { MemoryWire } from './memory-feed.js';
import { GuardMembership, type GuardMembershipOptions } from './membership.js';

const LEASE_MS = 5000;

interface Written {
  readonly report: LeaseReport;
  readonly writing: LeaseWriting;
}

/** The feed of a MemoryWire behind a line that a spec can cut, or make slow. */
class Line implements RevocationFeed {
  readonly written: Written[] = [];
  cut = false;
  /** Writings wait for it on their way back. */
  held: Promise<void> | undefined;
  closed = false;
  /** Carried out, and the answer is lost. */
  mute = false;
  readonly #feed: RevocationFeed;

  constructor(feed: RevocationFeed) {
    this.#feed = feed;
  }

  start(listener: FeedListener): void {
    this.#feed.start(listener);
  }

  async writeLease(report: LeaseReport, writing: LeaseWriting): Promise<'written' | 'lost'> {
    this.written.push({ report, writing });
    if (this.cut) throw new Error('cut');
    const answer = await this.#feed.writeLease(report, writing);
    if (this.mute) throw new Error('no answer');
    await this.held;
    return answer;
  }

  close(): Promise<void> {
    this.closed = true;
    return this.#feed.close();
  }
}

let clock: FakeClock;
let wire: MemoryWire;
let register: MemoryGuardRegister;
let registry: GuardRegistry;
let epoch: number;
const open: GuardMembership[] = [];

const watermark = () => wire.watermark(epoch, { at: clock.now(), longestLifetimeSeconds: 300 });
const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
const leaseOf = async (guard: GuardMembership): Promise<StandingLease | undefined> =>
  (await wire.allLeases()).find(({ guardId }) => guardId === guard.guardId);

const guardOn = (line: Line, options: Partial<GuardMembershipOptions> = {}): GuardMembership => {
  const knowledge = new RevocationKnowledge({ clock });
  const about = { service: 'notes', onStale: 'refuse', leaseMs: LEASE_MS } as const;
  const guard = new GuardMembership({ ...about, feed: line, knowledge, clock, ...options });
  open.push(guard);
  guard.start();
  return guard;
};
const started = async (options: Partial<GuardMembershipOptions> = {}) => {
  const line = new Line(wire.feed());
  const guard = guardOn(line, options);
  await turn();
  return { guard, line };
};
/** Registered, acknowledged, and a watermark read behind that. */
const registered = async (options: Partial<GuardMembershipOptions> = {}) => {
  const made = await started(options);
  await registry.run();
  await watermark();
  return made;
};

beforeEach(async () => {
  clock = fakeClock();
  wire = new MemoryWire(clock);
  register = new MemoryGuardRegister(clock);
  registry = new GuardRegistry({ wire, register });
  epoch = 1;
  await wire.beginEpoch(epoch);
  await watermark();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((guard) => guard.close()));
});

describe('revocation.md V16 a guard registers before it first admits', () => {
  it.each(['refuse', 'allow'] as const)('tells nothing before it is acknowledged, onStale %s', async (onStale) => {
    const { guard } = await started({ onStale });
    expect(await leaseOf(guard)).toMatchObject({ service: 'notes', onStale, leaseMs: LEASE_MS, ended: false });
    await watermark();
    expect([guard.judgeable(1e9), guard.freshness().state, guard.status().registered]).toEqual([
      false,
      'loading',
      false,
    ]);
  });

  it('tells nothing by an acknowledgement before a watermark stands behind it', async () => {
    const { guard } = await started();
    await registry.run();
    expect([guard.judgeable(), guard.status().registered]).toEqual([false, false]);
    await watermark();
    expect([guard.judgeable(), guard.freshness().state, guard.status().registered]).toEqual([true, 'fresh', true]);
  });

  it('tells nothing by the acknowledgement of another guard, of another registration, or of another life', async () => {
    const { guard } = await started();
    const { registration = '' } = (await leaseOf(guard)) ?? {};
    await wire.acknowledgeGuard(epoch, { guardId: 'another', registration });
    await wire.acknowledgeGuard(epoch, { guardId: guard.guardId, registration: 'another' });
    await watermark();
    expect(guard.judgeable()).toBe(false);
    await wire.acknowledgeGuard(epoch, { guardId: guard.guardId, registration });
    await watermark();
    expect(guard.judgeable()).toBe(true);
  });

  it('tells nothing while its first writing is not confirmed, although it was acknowledged', async () => {
    let confirm = (): void => undefined;
    const line = new Line(wire.feed());
    line.held = new Promise((resolve) => (confirm = resolve));
    const guard = guardOn(line);
    await turn();
    await registry.run();
    await watermark();
    expect([guard.status().registered, guard.judgeable()]).toEqual([true, false]);
    confirm();
    await until(() => guard.judgeable(), 'the lease is held');
  });

  it('gives up a registration whose writing was not confirmed, although it was carried out and acknowledged', async () => {
    const line = new Line(wire.feed());
    line.mute = true;
    const guard = guardOn(line);
    await until(() => line.written.length > 0, 'the first writing');
    await registry.run();
    await watermark();
    // Whoever waits now may see this lease run out, and count the guard as fenced.
    clock.advance(LEASE_MS);
    line.mute = false;
    await until(() => line.written.length > 1 && line.written.at(-1)?.writing === 'held', 'a confirmed writing');
    const registrations = line.written.map(({ report }) => report.registration);
    expect(registrations.at(-1)).not.toBe(registrations[0]);
    await watermark();
    expect(guard.judgeable()).toBe(false);
    await registry.run();
    await watermark();
    expect(guard.judgeable()).toBe(true);
  });

  it('is not brought back to life by a writing of an older registration that is carried out late', async () => {
    const line = new Line(wire.feed());
    line.mute = true;
    const guard = guardOn(line, { leaseMs: 400 });
    await until(() => line.written.length > 0, 'the first writing');
    const [given] = line.written;
    if (given === undefined) throw new Error('nothing was written');
    line.mute = false;
    await until(() => line.written.at(-1)?.writing === 'held', 'a confirmed writing');
    await registry.run();
    await watermark();
    expect(guard.judgeable()).toBe(true);
    // Its lease runs out; then the command that was given up long ago arrives.
    line.cut = true;
    clock.advance(400);
    await watermark();
    await wire.feed().writeLease(given.report, 'new');
    line.cut = false;
    const before = line.written.length;
    await until(() => line.written.length > before + 1, 'it has written again');
    expect(guard.judgeable()).toBe(false);
    expect(line.written.at(-1)?.report.registration).not.toBe(given.report.registration);
  });

  it('draws another registration when no acknowledgement comes, and takes only that one', async () => {
    const { guard, line } = await started();
    const first = line.written[0]?.report.registration;
    clock.advance(1000);
    await watermark();
    await until(() => line.written.at(-1)?.report.registration !== first, 'another registration');
    expect(line.written.at(-1)?.writing).toBe('new');
    await wire.acknowledgeGuard(epoch, { guardId: guard.guardId, registration: first ?? '' });
    await watermark();
    expect(guard.judgeable()).toBe(false);
    await registry.run();
    await watermark();
    expect(guard.judgeable()).toBe(true);
  });

  it('says to whoever logs that it is registered, once', async () => {
    const said: string[] = [];
    const { guard } = await registered({ onEvent: ({ type }) => said.push(type) });
    await watermark();
    expect([guard.judgeable(), said]).toEqual([true, ['registered']]);
  });

  it('two guards of one user hold leases of their own', async () => {
    const [one, two] = [await started(), await started()];
    await registry.run();
    await watermark();
    expect([one.guard.judgeable(), two.guard.judgeable()]).toEqual([true, true]);
    await one.guard.close();
    expect([one.guard.judgeable(), two.guard.judgeable()]).toEqual([false, true]);
    await registry.run();
    expect(register.guards.map(({ guardId }) => guardId)).toEqual([two.guard.guardId]);
  });
});

describe('revocation.md V16 it admits only while its last confirmed renewal is younger than the lease', () => {
  it('fences when no renewal is confirmed in time, although watermarks still come', async () => {
    const { guard, line } = await registered();
    line.cut = true;
    for (let passed = 0; passed < LEASE_MS; passed += 250) {
      clock.advance(250);
      await watermark();
    }
    expect(guard.freshness()).toMatchObject({ state: 'stale', ageMs: 0 });
    expect([guard.judgeable(), guard.status().leaseHeld]).toEqual([false, false]);
    line.cut = false;
    const anew = () => line.written.filter(({ writing }) => writing === 'new').length === 2;
    await until(anew, 'it registers again: the wire had let the lease go');
    await turn();
    await registry.run();
    expect(guard.judgeable()).toBe(false);
    await watermark();
    expect(guard.judgeable()).toBe(true);
  });

  it('an allow guard is gated by its registration alone', async () => {
    const { guard, line } = await registered({ onStale: 'allow' });
    line.cut = true;
    clock.advance(60_000);
    await watermark();
    expect([guard.judgeable(), guard.status().leaseHeld]).toEqual([true, false]);
  });

  it('counts from before the renewal was sent, however late it is confirmed', async () => {
    const { guard, line } = await registered();
    let confirm = (): void => undefined;
    await until(() => line.written.length > 1, 'the first renewals were written');
    line.held = new Promise((resolve) => (confirm = resolve));
    const before = line.written.length;
    await until(() => line.written.length > before, 'a renewal is under way');
    clock.advance(LEASE_MS);
    await watermark();
    confirm();
    await turn();
    expect(guard.status().leaseHeld).toBe(false);
  });

  describe('and what was confirmed in one life of the wire says nothing in the next', () => {
    /** A replica is promoted that knows of no lease, and everything is published there again. */
    const anotherLife = async (): Promise<void> => {
      wire.forget();
      epoch = 2;
      register.epoch = 2;
      await wire.beginEpoch(epoch);
      await watermark();
    };

    it('fences at once when it hears of the next, until its lease stands there', async () => {
      const { guard, line } = await registered();
      line.cut = true;
      await anotherLife();
      expect(guard.freshness()).toMatchObject({ state: 'stale', ageMs: 0 });
      expect([guard.judgeable(), guard.status().leaseHeld]).toEqual([false, false]);
      line.cut = false;
      await until(() => line.written.at(-1)?.writing === 'new', 'it registers again: there is no lease of it');
      await turn();
      await registry.run();
      await watermark();
      expect(guard.judgeable()).toBe(true);
    });

    it('nor does a renewal that was sent before it heard of the next, and is confirmed after that', async () => {
      const { guard, line } = await registered();
      let confirm = (): void => undefined;
      line.held = new Promise((resolve) => (confirm = resolve));
      const before = line.written.length;
      await until(() => line.written.length > before, 'a renewal is under way');
      await anotherLife();
      line.cut = true;
      confirm();
      await turn();
      expect([guard.freshness().ageMs, guard.judgeable(), guard.status().leaseHeld]).toEqual([0, false, false]);
    });

    it('and goes on with the first answer where its lease is still there, unacknowledged anew', async () => {
      const { guard, line } = await registered();
      epoch = 2;
      register.epoch = 2;
      await wire.beginEpoch(epoch);
      await watermark();
      await until(() => guard.judgeable(), 'it has renewed its lease');
      expect(line.written.map(({ writing }) => writing).filter((writing) => writing === 'new')).toHaveLength(1);
    });
  });

  it('renews by itself, as held, with what it has applied', async () => {
    const { guard, line } = await registered({ leaseMs: 80 });
    const entry = revocationEntry();
    await wire.append(epoch, [entry], false);
    await until(async () => (await leaseOf(guard))?.entries === 1, 'a renewal reports the entry');
    expect(line.written.slice(1).every(({ writing }) => writing === 'held')).toBe(true);
    expect(await leaseOf(guard)).toMatchObject({ epoch, fenced: false, ageMs: 0 });
  });

  it('tells its age in whole milliseconds, as the wire has it, and never a younger one', async () => {
    const { guard } = await registered({ leaseMs: 80 });
    clock.advance(12.3);
    await until(async () => ((await leaseOf(guard))?.ageMs ?? 0) > 0, 'a renewal reports its age');
    expect((await leaseOf(guard))?.ageMs).toBe(13);
  });

  it('SET XX lost: registers again, and admits again only after the new acknowledgement', async () => {
    const said: string[] = [];
    const { guard, line } = await registered({ leaseMs: 80, onEvent: ({ type }) => said.push(type) });
    const { registration } = (await leaseOf(guard)) ?? {};
    clock.advance(80);
    await until(() => said.includes('lease-lost'), 'the wire has let the lease go');
    await until(() => line.written.at(-1)?.writing !== 'new' && line.written.length > 2, 'it is written anew');
    await watermark();
    expect(guard.judgeable()).toBe(false);
    const renewed = await leaseOf(guard);
    expect(renewed?.registration).not.toBe(registration);
    await wire.acknowledgeGuard(epoch, { guardId: guard.guardId, registration: registration ?? '' });
    await watermark();
    expect(guard.judgeable()).toBe(false);
    await registry.run();
    await watermark();
    expect([guard.judgeable(), said]).toEqual([true, ['registered', 'lease-lost', 'registered']]);
  });
});

describe('revocation.md V16 it reports the position that it has applied', () => {
  it('at once when an entry asks for a receipt, coalesced', async () => {
    const { guard, line } = await registered();
    await until(() => line.written.length > 1, 'it was renewed');
    let confirm = (): void => undefined;
    line.held = new Promise((resolve) => (confirm = resolve));
    const before = line.written.length;
    const [first = ''] = (await wire.append(epoch, [revocationEntry()], true)) as readonly string[];
    await until(async () => (await leaseOf(guard))?.position === first, 'the first is reported');
    expect(line.written).toHaveLength(before + 1);
    // While that is under way 50 more come: one writing tells of all.
    const more = Array.from({ length: 50 }, () => revocationEntry());
    const positions = (await wire.append(epoch, more, true)) as readonly string[];
    await turn();
    expect(line.written).toHaveLength(before + 1);
    line.held = undefined;
    confirm();
    await until(async () => (await leaseOf(guard))?.position === positions.at(-1), 'the last is reported');
    expect(line.written).toHaveLength(before + 2);
  });

  it('not at once when nobody waits', async () => {
    const { line } = await registered();
    await until(() => line.written.length > 1, 'it was renewed');
    const before = line.written.length;
    await wire.append(epoch, [revocationEntry()], false);
    await turn();
    expect(line.written).toHaveLength(before);
  });

  it('nothing of an epoch that it has not read from its start, and of the new one what it has read', async () => {
    const { guard, line } = await registered();
    wire.forget('same');
    epoch = 2;
    register.epoch = 2;
    await wire.beginEpoch(epoch);
    await watermark();
    await until(() => line.written.at(-1)?.report.epoch === 2, 'the new epoch is reported');
    expect(guard.judgeable()).toBe(false);
    await turn();
    await registry.run();
    await watermark();
    await until(() => guard.judgeable(), 'it is registered in the new epoch');
  });

  it('nothing behind an entry that it could not understand', async () => {
    const { guard } = await registered();
    const [understood = ''] = (await wire.append(epoch, [revocationEntry()], true)) as readonly string[];
    await until(async () => (await leaseOf(guard))?.position === understood, 'it reports');
    guard.incomprehensible('kind planet');
    await wire.append(epoch, [revocationEntry()], true);
    await turn();
    expect((await leaseOf(guard))?.position).toBe(understood);
    expect(guard.judgeable()).toBe(false);
  });
});

describe('revocation.md V16 it deregisters after it stops', () => {
  it.each(['refuse', 'allow'] as const)(
    'admits nothing from the call on, then says so, then closes, %s',
    async (onStale) => {
      const { guard, line } = await registered({ onStale });
      const closing = guard.close();
      expect([guard.judgeable(1e9), guard.freshness().state]).toEqual([false, 'loading']);
      expect((await leaseOf(guard))?.ended).toBe(false);
      await closing;
      expect([(await leaseOf(guard))?.ended, line.written.at(-1)?.writing, line.closed]).toEqual([true, 'over', true]);
      await guard.close();
      await registry.run();
      expect([register.guards, guard.judgeable(1e9)]).toEqual([[], false]);
    },
  );

  it('says so last: a renewal under way is waited for', async () => {
    const { guard, line } = await registered();
    await until(() => line.written.length > 1, 'it was renewed');
    let confirm = (): void => undefined;
    line.held = new Promise((resolve) => (confirm = resolve));
    await wire.append(epoch, [revocationEntry()], true);
    await turn();
    const closing = guard.close();
    await turn();
    expect(line.written.at(-1)?.writing).toBe('held');
    line.held = undefined;
    confirm();
    await closing;
    expect((await leaseOf(guard))?.ended).toBe(true);
  });

  it('closes all the same when the wire does not answer', async () => {
    const { guard, line } = await registered();
    line.cut = true;
    await guard.close();
    expect([line.closed, guard.judgeable(1e9)]).toEqual([true, false]);
  });
});

describe('revocation.md V13, V18 it resumes by itself', () => {
  it('a wire that lost everything: it keeps what it knows, and admits again when it is refilled and registered', async () => {
    const { guard, line } = await registered();
    await wire.append(epoch, [revocationEntry({ value: 'known' })], false);
    wire.forget();
    clock.advance(LEASE_MS + 1);
    expect(guard.judgeable()).toBe(false);
    epoch = 2;
    register.epoch = 2;
    await wire.beginEpoch(epoch);
    await until(() => line.written.at(-1)?.report.epoch === 2, 'it has written to the new wire');
    await turn();
    await registry.run();
    expect(guard.judgeable()).toBe(false);
    await watermark();
    expect(guard.judgeable()).toBe(true);
    expect(guard.match(accessTokenClaims({ jti: 'known' }), 'kid')).toBe('token');
  });

  it('a process that was stopped for longer than its lease tells nothing with its first breath', async () => {
    const { guard } = await registered();
    clock.advance(LEASE_MS);
    expect([guard.judgeable(), guard.judgeable(1e9)]).toEqual([false, false]);
    // Neither when what was sent to it meanwhile is heard before its lease is.
    await watermark();
    expect(guard.judgeable()).toBe(false);
  });
});
