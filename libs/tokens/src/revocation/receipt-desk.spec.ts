import { randomUUID } from 'node:crypto';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fakeClock, type FakeClock } from '../testing/clock.js';
import { until } from '../testing/until.js';
import type { WireIdentity } from './feed.js';
import type { GuardRoll, RegisteredGuard, StandingLease } from './lease.js';
import { ReceiptDesk } from './receipt-desk.js';
import type { Receipt } from './receipt-wait.js';
import type { Publication } from './receipt.js';

const LEASE_MS = 5000;
const HERE: Publication = { epoch: 2, position: '50-0' };

/** A wire and a register that a spec moves by hand; only the clockwork of the desk is in question here. */
class Hand {
  guards: RegisteredGuard[] = [];
  epoch = 2;
  epochAgeMs = 60_000;
  /** Of the wire; undefined after a loss. */
  life: number | undefined = 2;
  readonly leases = new Map<string, StandingLease>();
  looks = 0;
  inspections = 0;
  rolls = 0;
  /** What every look waits for, or fails with. */
  hold: Promise<void> | undefined;
  broken = false;
  registerBroken = false;

  readonly register = {
    roll: async (): Promise<GuardRoll> => {
      this.rolls += 1;
      await turn();
      if (this.registerBroken) throw new Error('PostgreSQL does not answer');
      return { guards: [...this.guards], epoch: this.epoch, epochAgeMs: this.epochAgeMs };
    },
  };
  readonly wire = {
    leases: async (keys: readonly string[]): Promise<ReadonlyMap<string, StandingLease>> => {
      this.looks += 1;
      await this.#answer();
      return new Map([...this.leases].filter(([key]) => keys.includes(key)));
    },
    inspect: async (): Promise<WireIdentity> => {
      this.inspections += 1;
      await this.#answer();
      return { identity: 'hand', epoch: this.life, now: 0, newestWatermark: undefined, end: '0-0', length: 0 };
    },
  };

  guard(name: string, over: Partial<RegisteredGuard> = {}): RegisteredGuard {
    const guard: RegisteredGuard = {
      ...{ guardId: name, service: `${name} service`, onStale: 'refuse', leaseMs: LEASE_MS, leaseKey: `lease:${name}` },
      ...{ registration: randomUUID(), registeredAt: 1_800_000_000_000 },
      ...over,
    };
    this.guards.push(guard);
    this.report(guard, '0-0');
    return guard;
  }

  report(guard: RegisteredGuard, position: string, over: Partial<StandingLease> = {}): void {
    const report = { epoch: 2, position, ageMs: 40, fenced: false, entries: 1, ended: false };
    this.leases.set(guard.leaseKey, { ...guard, ...report, ...over });
  }

  async #answer(): Promise<void> {
    await (this.hold ?? turn());
    if (this.broken) throw new Error('Redis does not answer');
  }
}

let hand: Hand;
let clock: FakeClock;
let desk: ReceiptDesk;
let inLedger: Map<string, Publication>;
beforeEach(() => {
  hand = new Hand();
  clock = fakeClock();
  inLedger = new Map();
  desk = new ReceiptDesk({
    ...{ wire: hand.wire, register: hand.register, clock, pollMs: 1 },
    publicationOf: (id) => Promise.resolve(inLedger.get(id)),
  });
});
afterEach(() => desk.close());

const commit = (publication: Promise<Publication | 'deferred'> = Promise.resolve(HERE)): string => {
  const id = randomUUID();
  desk.published([{ id }], publication);
  return id;
};
const never = new Promise<never>(() => undefined);
const waited = async (receipt: Promise<Receipt | undefined>): Promise<Receipt> => {
  const got = await receipt;
  if (got === undefined) throw new Error('was not waited for');
  return got;
};

describe('revocation.md V17, V18: a wait ends without `applied`', () => {
  it('when one guard stays silent until the time is over', async () => {
    hand.report(hand.guard('quick'), '50-0');
    hand.guard('silent');
    const receipt = await waited(desk.wait([commit()], 0.05));
    expect(receipt).toMatchObject({ state: 'partial', live: 2, confirmed: 1 });
    expect(receipt.guards.map(({ state }) => state)).toEqual(['applied', 'silent']);
    expect(receipt.guards.map(({ afterMs }) => afterMs)).toEqual([0, null]);
  });

  it('at once when the wire did not take the entry, and knows the guards all the same', async () => {
    hand.guard('one');
    const receipt = await waited(desk.wait([commit(Promise.resolve('deferred'))], 1000));
    expect(receipt).toEqual({
      ...{ state: 'partial', live: 1, confirmed: 0, slowestMs: null },
      guards: [{ guardId: 'one', service: 'one service', state: 'silent', afterMs: null }],
    });
    expect(hand.looks).toBe(0);
  });

  it('at once when publishing fails', async () => {
    const receipt = await waited(desk.wait([commit(Promise.reject(new Error('a bug')))], 1000));
    expect(receipt.state).toBe('partial');
  });

  it('at once when the register does not answer: the revocation is committed', async () => {
    hand.registerBroken = true;
    const receipt = await waited(desk.wait([commit()], 1000));
    expect(receipt).toEqual({ state: 'partial', live: 0, confirmed: 0, slowestMs: null, guards: [] });
  });

  it('at once when a new epoch has begun before the register was read', async () => {
    hand.report(hand.guard('one'), '50-0');
    hand.epoch = 3;
    expect((await waited(desk.wait([commit()], 1000))).state).toBe('partial');
  });

  it('when the wire was lost under the look, although nobody has raised the epoch yet', async () => {
    hand.guard('one');
    hand.leases.clear();
    hand.life = undefined;
    const receipt = await waited(desk.wait([commit()], 1000));
    expect(receipt).toMatchObject({ state: 'partial', confirmed: 0 });
  });

  it('when Redis does not answer until the time is over', async () => {
    hand.guard('one');
    hand.broken = true;
    expect(await waited(desk.wait([commit()], 0.05))).toMatchObject({ state: 'partial', live: 1, confirmed: 0 });
  });

  it('in time although nothing answers at all', async () => {
    hand.guard('one');
    let release: () => void = () => undefined;
    hand.hold = new Promise((resolve) => {
      release = resolve;
    });
    expect((await waited(desk.wait([commit()], 0.05))).state).toBe('partial');
    expect((await waited(desk.wait([commit(never)], 0.05))).state).toBe('partial');
    expect((await waited(desk.wait([randomUUID()], 0.05))).state).toBe('partial');
    release();
  });

  it('when one of several entries is on no wire', async () => {
    hand.report(hand.guard('one'), '50-0');
    const receipt = await waited(desk.wait([commit(), commit(Promise.resolve('deferred'))], 1000));
    expect(receipt.state).toBe('partial');
  });

  it('at once when the desk closes, and at once afterwards', async () => {
    hand.guard('one');
    const waiting = desk.wait([commit()], 1000);
    await until(() => hand.looks > 0, 'the desk looks');
    await desk.close();
    expect((await waited(waiting)).state).toBe('partial');
    expect((await waited(desk.wait([commit()], 1000))).state).toBe('partial');
    const looks = hand.looks;
    await pause(20);
    expect(hand.looks).toBe(looks);
  });
});

describe('revocation.md V17: a wait ends with `applied`', () => {
  it('once the last of the live guards has reported, and says how long each took since the commit', async () => {
    const [one, two, dead] = ['one', 'two', 'dead'].map((name) => hand.guard(name)) as [
      RegisteredGuard,
      RegisteredGuard,
      RegisteredGuard,
    ];
    const waiting = desk.wait([commit()], 1000);
    await until(() => hand.looks > 0, 'the desk looks');
    clock.advance(3);
    hand.report(one, '50-0');
    await looksOn();
    clock.advance(4);
    hand.report(two, '51-0');
    await looksOn();
    clock.advance(5000);
    hand.leases.delete(dead.leaseKey);
    expect(await waited(waiting)).toEqual({
      ...{ state: 'applied', live: 3, confirmed: 3, slowestMs: 5007 },
      guards: [
        { guardId: 'one', service: 'one service', state: 'applied', afterMs: 3 },
        { guardId: 'two', service: 'two service', state: 'applied', afterMs: 7 },
        { guardId: 'dead', service: 'dead service', state: 'fenced', afterMs: 5007 },
      ],
    });
  });

  it('by the clock that cannot be set: a wall clock that jumps changes nothing', async () => {
    const one = hand.guard('one');
    const waiting = desk.wait([commit()], 1000);
    await looksOn();
    clock.jumpWall(-3_600_000);
    clock.advanceMonotonic(6);
    hand.report(one, '50-0');
    expect((await waited(waiting)).slowestMs).toBe(6);
  });

  it('when the epoch has grown older than the longest lease meanwhile', async () => {
    hand.report(hand.guard('one'), '50-0');
    hand.epochAgeMs = LEASE_MS - 10;
    const waiting = desk.wait([commit()], 1000);
    await looksOn();
    clock.advance(11);
    expect((await waited(waiting)).state).toBe('applied');
  });

  it('of an entry of another instance, as the ledger comes to know it, without times', async () => {
    hand.report(hand.guard('one'), '50-0');
    const id = randomUUID();
    const waiting = desk.wait([id], 1000);
    await until(() => hand.rolls === 0 && hand.looks === 0, 'nothing is known');
    inLedger.set(id, HERE);
    expect(await waited(waiting)).toMatchObject({ state: 'applied', slowestMs: null, guards: [{ afterMs: null }] });
  });

  it('of the furthest of several entries', async () => {
    const one = hand.guard('one');
    hand.report(one, '50-0');
    const further = commit(Promise.resolve({ epoch: 2, position: '51-0' }));
    const waiting = desk.wait([commit(), further], 1000);
    await looksOn();
    hand.report(one, '51-0');
    expect((await waited(waiting)).state).toBe('applied');
  });

  it('where nobody guards', async () => {
    expect(await waited(desk.wait([commit()], 1000))).toMatchObject({ state: 'applied', live: 0 });
    expect(hand.looks).toBe(0);
  });

  it('reads the register only when the entry stands on the wire', async () => {
    let place: (publication: Publication) => void = () => undefined;
    const waiting = desk.wait([commit(new Promise((resolve) => (place = resolve)))], 1000);
    await pause(10);
    expect(hand.rolls).toBe(0);
    hand.report(hand.guard('late'), '50-0');
    place(HERE);
    expect((await waited(waiting)).live).toBe(1);
  });
});

describe('revocation.md V17: "at most 64 waiters per instance, otherwise ignored and not confirmed"', () => {
  it('the 65th at once is not waited for; others who are not limited are', async () => {
    const one = hand.guard('one');
    const id = commit();
    const limited = Array.from({ length: 65 }, () => desk.wait([id], 1000, { limited: true }));
    expect(desk.full()).toBe(true);
    expect(await limited[64]).toBeUndefined();
    const free = desk.wait([id], 1000);
    await looksOn();
    hand.report(one, '50-0');
    const receipts = await Promise.all([...limited.slice(0, 64), free].map(waited));
    expect(receipts.map(({ state }) => state)).toEqual(Array.from({ length: 65 }, () => 'applied'));
    expect(desk.full()).toBe(false);
  });

  it('one loop looks for all of them, and none when nobody waits', async () => {
    const one = hand.guard('one');
    const waits = Array.from({ length: 50 }, () => desk.wait([commit()], 1000));
    await until(() => hand.rolls === 50, 'all have read the register');
    let together = 0;
    const { leases } = hand.wire;
    hand.wire.leases = async (keys) => {
      together += 1;
      expect(together).toBe(1);
      const answer = await leases(keys);
      together -= 1;
      return answer;
    };
    await looksOn();
    hand.report(one, '50-0');
    await Promise.all(waits);
    const looks = hand.looks;
    await pause(20);
    expect(hand.looks).toBe(looks);
  });
});

describe('revocation.md V17: "GET gives the same later"', () => {
  it('by one look, without times', async () => {
    hand.report(hand.guard('one'), '50-0');
    const gone = hand.guard('gone');
    hand.leases.delete(gone.leaseKey);
    expect(await desk.now(HERE)).toEqual({
      ...{ state: 'applied', live: 2, confirmed: 2, slowestMs: null },
      guards: [
        { guardId: 'one', service: 'one service', state: 'applied', afterMs: null },
        { guardId: 'gone', service: 'gone service', state: 'fenced', afterMs: null },
      ],
    });
    expect((await desk.now(undefined)).state).toBe('partial');
    const present = await desk.present();
    expect([...present.fenced]).toEqual([gone.leaseKey]);
    expect(present.leases?.size).toBe(1);
  });

  it('knows nothing of anybody while Redis does not answer', async () => {
    hand.report(hand.guard('one'), '50-0');
    hand.broken = true;
    expect(await desk.now(HERE)).toMatchObject({ state: 'partial', confirmed: 0 });
    expect((await desk.present()).leases).toBeUndefined();
  });

  it('fails when the register does: there is nothing to say', async () => {
    hand.registerBroken = true;
    await expect(desk.now(HERE)).rejects.toThrow('PostgreSQL');
  });
});

describe('revocation.md V5: whether the wire has taken it, for those who do not wait', () => {
  it.each<[string, () => string, boolean]>([
    ['not what was deferred', () => commit(Promise.resolve('deferred')), false],
    ['not what nobody knows', () => randomUUID(), false],
    ['what stands there', () => commit(), true],
    ['not what nobody can say in time', () => commit(never), false],
  ])('%s', async (_what, id, expected) => {
    expect(await desk.onTheWire([id()], 10)).toBe(expected);
  });

  it('what is known a little later, although the process stood still for longer than that', async () => {
    const answer = desk.onTheWire([commit(pause(120).then(() => turn(HERE)))], 600);
    await pause(20);
    const end = performance.now() + 700;
    while (performance.now() < end);
    expect(await answer).toBe(true);
  });
});

describe('revocation.md V17: however looks, reports, losses and silences interleave', () => {
  type Event =
    | { readonly do: 'report' | 'expire' | 'renew'; readonly who: number }
    | { readonly do: 'lose' | 'raise' | 'silence' | 'speak' };
  const who = fc.integer({ min: 0, max: 2 });
  const event: fc.Arbitrary<Event> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constantFrom('report' as const, 'report' as const, 'expire' as const, 'renew' as const),
        who,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constantFrom('silence' as const, 'speak' as const) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('lose' as const, 'raise' as const) }) },
  );
  const steps = fc.array(fc.tuple(event, fc.integer({ min: 0, max: 3 })), { minLength: 3, maxLength: 40 });

  it('applied is said only when every guard has applied it or its own count is over', async () => {
    let said = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const world = new Hand();
        const guards = ['a', 'b', 'c'].map((name) => world.guard(name));
        /** By the guard's own count; a loss of the wire changes nothing of it. */
        const mayAdmit = new Set(guards);
        const own = new ReceiptDesk({
          ...{ wire: world.wire, register: world.register, clock, pollMs: 0 },
          publicationOf: () => Promise.resolve(HERE),
        });
        const outcome: { receipt?: Receipt | undefined; admitting?: number } = {};
        const waiting = own.wait([randomUUID()], 1000).then((receipt) => {
          outcome.receipt = receipt;
        });
        for (const [{ do: what, ...of }, turns] of script) {
          const guard = 'who' in of ? guards[of.who] : undefined;
          if (guard !== undefined && what === 'report') {
            mayAdmit.delete(guard);
            world.report(guard, '50-0', { epoch: world.life });
          } else if (guard !== undefined && what === 'expire') {
            mayAdmit.delete(guard);
            world.leases.delete(guard.leaseKey);
          } else if (guard !== undefined && what === 'renew' && world.life === 2 && mayAdmit.has(guard)) {
            world.report(guard, '49-0');
          } else if (what === 'lose') {
            world.life = undefined;
            world.leases.clear();
          } else if (what === 'raise') {
            world.epoch = 3;
            world.life = 3;
            world.epochAgeMs = 0;
            world.leases.clear();
          } else if (what === 'silence' || what === 'speak') world.broken = what === 'silence';
          for (let count = 0; count < turns; count += 1) await turn();
          if (outcome.receipt !== undefined && outcome.admitting === undefined) outcome.admitting = mayAdmit.size;
        }
        // Half of them come to their end, so that the law does not hold by saying nothing.
        if (world.life === 2 && script.length % 2 === 0) {
          world.broken = false;
          mayAdmit.clear();
          for (const guard of guards) world.report(guard, '50-0');
          await waiting;
        }
        await own.close();
        await waiting;
        if (outcome.receipt?.state !== 'applied') return;
        said += 1;
        expect(outcome.admitting ?? mayAdmit.size).toBe(0);
      }),
      // Whoever fails says by which events, also where making them fewer takes long: before jest ends the test.
      { numRuns: 400, interruptAfterTimeLimit: 240_000, markInterruptAsFailure: true },
    );
    expect(said).toBeGreaterThan(20);
  });
});

/** Two looks that began after this call have ended. */
async function looksOn(): Promise<void> {
  const looks = hand.looks;
  await until(() => hand.looks >= looks + 3, 'the desk looks on');
}
