import { beforeEach, describe, expect, it } from '@jest/globals';
import { fakeClock, type FakeClock } from '../testing/clock.js';
import { MemoryGuardRegister } from '../testing/memory-guard-register.js';
import type { FeedMessage, RevocationFeed } from './feed.js';
import { GuardRegistry } from './guard-registry.js';
import type { LeaseReport } from './lease.js';
import { MemoryWire } from './memory-feed.js';
import { START } from './position.js';

const EPOCH = 1;

let clock: FakeClock;
let wire: MemoryWire;
let register: MemoryGuardRegister;
let registry: GuardRegistry;
let feed: RevocationFeed;
/** What the stream has acknowledged, in order. */
let told: string[];

const lease = (overrides: Partial<LeaseReport> = {}): LeaseReport => ({
  ...{ guardId: 'g', service: 'notes', onStale: 'refuse', leaseMs: 5000, registration: 'first' },
  ...{ epoch: EPOCH, position: START, ageMs: 0, fenced: false, entries: 0, ended: false },
  ...overrides,
});
const rolled = async () =>
  (await register.roll()).guards.map(({ guardId, registration }) => `${guardId} ${registration}`);

beforeEach(async () => {
  clock = fakeClock();
  wire = new MemoryWire(clock);
  await wire.beginEpoch(EPOCH);
  register = new MemoryGuardRegister(clock);
  registry = new GuardRegistry({ wire, register });
  told = [];
  feed = wire.feed();
  feed.start({
    message: (message: FeedMessage) => {
      if (message.type === 'guard') told.push(`${message.guardId} ${message.registration}`);
    },
    clock: () => undefined,
    restarted: () => undefined,
    incomprehensible: () => undefined,
  });
});

describe('revocation.md V16 a guard is told that it is registered only when the register says so', () => {
  it('enters a lease that it does not know, then acknowledges it, once', async () => {
    await feed.writeLease(lease(), 'new');
    const { entered } = await registry.run();
    expect(entered).toMatchObject([{ guardId: 'g', registration: 'first' }]);
    expect([await rolled(), told]).toEqual([['g first'], ['g first']]);
    await registry.run();
    expect(told).toEqual(['g first']);
  });

  it('acknowledges nothing before the register has committed it', async () => {
    let committed = (): void => undefined;
    const commit = new Promise<void>((resolve) => (committed = resolve));
    const slow = new (class extends MemoryGuardRegister {
      override async enter(leases: Parameters<MemoryGuardRegister['enter']>[0]) {
        await commit;
        return super.enter(leases);
      }
    })(clock);
    await feed.writeLease(lease(), 'new');
    const running = new GuardRegistry({ wire, register: slow }).run();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(told).toEqual([]);
    committed();
    await running;
    expect(told).toEqual(['g first']);
  });

  it('acknowledges nothing when the register does not answer', async () => {
    register.enter = () => Promise.reject(new Error('no database'));
    await feed.writeLease(lease(), 'new');
    await expect(registry.run()).rejects.toThrow('no database');
    expect(told).toEqual([]);
  });

  it('does not acknowledge a lease that claims the id of another', async () => {
    await feed.writeLease(lease(), 'new');
    await registry.run();
    const claimed = { ...lease({ registration: 'claimed' }), leaseKey: 'other:g' };
    const claimant = new GuardRegistry({
      register,
      wire: {
        allLeases: async () => [...(await wire.allLeases()), claimed],
        acknowledgeGuard: (epoch, guard) => wire.acknowledgeGuard(epoch, guard),
      },
    });
    expect((await claimant.run()).entered).toEqual([]);
    expect([await rolled(), told]).toEqual([['g first'], ['g first']]);
  });

  it('enters and acknowledges another registration of the same guard', async () => {
    await feed.writeLease(lease(), 'new');
    await registry.run();
    await feed.writeLease(lease({ registration: 'second' }), 'new');
    await registry.run();
    expect([await rolled(), told]).toEqual([['g second'], ['g first', 'g second']]);
  });

  it('acknowledges with a later run what the wire refused while another epoch began', async () => {
    await wire.beginEpoch(2);
    await feed.writeLease(lease(), 'new');
    await registry.run();
    expect([await rolled(), told]).toEqual([['g first'], []]);
    register.epoch = 2;
    await registry.run();
    expect(told).toEqual(['g first']);
    await registry.run();
    expect(told).toEqual(['g first']);
  });

  it('owes nothing to a guard that has gone meanwhile', async () => {
    await wire.beginEpoch(2);
    await feed.writeLease(lease(), 'new');
    await registry.run();
    await feed.writeLease(lease({ ended: true }), 'over');
    register.epoch = 2;
    await registry.run();
    expect([await rolled(), told]).toEqual([[], []]);
  });

  it('two guards of one user stand beside each other', async () => {
    await feed.writeLease(lease(), 'new');
    await feed.writeLease(lease({ guardId: 'h' }), 'new');
    await registry.run();
    expect(await rolled()).toEqual(['g first', 'h first']);
    expect(told).toEqual(['g first', 'h first']);
  });

  it('two instances, 50 runs at once, enter each of 20 guards once and leave out none', async () => {
    const guards = Array.from({ length: 20 }, (_, index) => `g${index}`);
    await Promise.all(guards.map((guardId) => feed.writeLease(lease({ guardId }), 'new')));
    const other = new GuardRegistry({ wire, register });
    await Promise.all(Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? registry : other).run()));
    expect(await rolled()).toEqual(guards.map((guardId) => `${guardId} first`));
    expect(new Set(told)).toEqual(new Set(guards.map((guardId) => `${guardId} first`)));
    const before = told.length;
    await Promise.all([registry.run(), other.run()]);
    expect(told).toHaveLength(before);
  });
});

describe('revocation.md V16, V17 who is struck off', () => {
  beforeEach(async () => {
    await feed.writeLease(lease(), 'new');
    await feed.writeLease(lease({ guardId: 'allowing', onStale: 'allow' }), 'new');
    await registry.run();
  });

  it('nobody whose lease has only run out: a register outlives the wire', async () => {
    clock.advance(6000);
    expect(await wire.allLeases()).toEqual([]);
    expect((await registry.run()).struck).toEqual([]);
    expect(await rolled()).toEqual(['g first', 'allowing first']);
  });

  it('who says that it has ended, although the register knows it by a former registration; it is not entered again', async () => {
    await feed.writeLease(lease({ registration: 'second', ended: true }), 'over');
    expect((await registry.run()).struck).toMatchObject([{ guardId: 'g' }]);
    await registry.run();
    expect(await rolled()).toEqual(['allowing first']);
    expect(told).toEqual(['g first', 'allowing first']);
  });

  it('who was not seen for an hour, unless it admits what it cannot judge', async () => {
    clock.advance(3_600_001);
    await registry.run();
    expect(await rolled()).toEqual(['allowing first']);
  });

  it('nobody whose lease stands, for as long as it does', async () => {
    for (let minutes = 0; minutes < 120; minutes += 1) {
      await feed.writeLease(lease(), 'new');
      await registry.run();
      clock.advance(60_000);
    }
    expect(await rolled()).toContain('g first');
  });
});
