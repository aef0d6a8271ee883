import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { GuardRoll, RegisteredGuard, StandingLease } from './lease.js';
import { judgeReceipt, type GuardStanding, type Publication } from './receipt.js';

const LEASE_MS = 5000;
const PUBLICATION: Publication = { epoch: 2, position: '1000-1' };

const guardNamed = (guardId: string, over: Partial<RegisteredGuard> = {}): RegisteredGuard => ({
  ...{ guardId, service: 'notes', onStale: 'refuse', leaseMs: LEASE_MS, leaseKey: `lease:${guardId}` },
  ...{ registration: `r-${guardId}`, registeredAt: 1_800_000_000_000 },
  ...over,
});
const leaseOf = (guard: RegisteredGuard, over: Partial<StandingLease> = {}): StandingLease => ({
  ...guard,
  ...{ epoch: 2, position: '1000-1', ageMs: 40, fenced: false, entries: 1, ended: false },
  ...over,
});
const rollOf = (guards: readonly RegisteredGuard[], over: Partial<GuardRoll> = {}): GuardRoll => ({
  ...{ guards, epoch: 2, epochAgeMs: 60_000 },
  ...over,
});
const byKey = (...leases: readonly StandingLease[]) => new Map(leases.map((lease) => [lease.leaseKey, lease]));
const one = guardNamed('one');
const allow = guardNamed('one', { onStale: 'allow' });

describe('revocation.md V17: applied is not said', () => {
  const cases: readonly [string, Publication | undefined, GuardRoll, readonly StandingLease[], GuardStanding][] = [
    ['of an entry that is on no wire', undefined, rollOf([one]), [leaseOf(one)], 'silent'],
    ['of a guard that has read less', PUBLICATION, rollOf([one]), [leaseOf(one, { position: '1000-0' })], 'silent'],
    ['of a guard in an epoch before', PUBLICATION, rollOf([one]), [leaseOf(one, { epoch: 1 })], 'silent'],
    [
      'of a guard that has read nothing yet',
      PUBLICATION,
      rollOf([one]),
      [leaseOf(one, { epoch: undefined })],
      'silent',
    ],
    ['of an `allow` guard that says nothing', PUBLICATION, rollOf([allow]), [], 'silent'],
    ['when a lease is missing in a young epoch', PUBLICATION, rollOf([one], { epochAgeMs: LEASE_MS }), [], 'silent'],
    ['when an entry stands in an epoch before', { ...PUBLICATION, epoch: 1 }, rollOf([one]), [leaseOf(one)], 'silent'],
    ['of an entry of an epoch before, whoever is fenced', { ...PUBLICATION, epoch: 1 }, rollOf([one]), [], 'fenced'],
    ['within the longest lease', PUBLICATION, rollOf([one], { epochAgeMs: 1 }), [leaseOf(one)], 'applied'],
    [
      'when the last words are of another registration',
      PUBLICATION,
      rollOf([one]),
      [leaseOf(one, { ended: true, registration: 'another', position: '0-0' })],
      'silent',
    ],
  ];

  it.each(cases)('%s', (_what, publication, roll, leases, standing) => {
    const judged = judgeReceipt(publication, roll, byKey(...leases));
    expect(judged.state).toBe('partial');
    expect(judged.guards.map((guard) => guard.standing)).toEqual([standing]);
  });

  it('when the wire says nothing: then of no guard anything', () => {
    const judged = judgeReceipt(PUBLICATION, rollOf([one, guardNamed('two')]), undefined);
    expect(judged).toMatchObject({ state: 'partial', guards: [{ standing: 'silent' }, { standing: 'silent' }] });
  });

  it('for one guard of three that is silent', () => {
    const guards = ['one', 'two', 'three'].map((name) => guardNamed(name));
    const leases = guards.map((guard, index) => leaseOf(guard, index === 1 ? { position: '999-9' } : {}));
    const judged = judgeReceipt(PUBLICATION, rollOf(guards), byKey(...leases));
    expect(judged.state).toBe('partial');
    expect(judged.guards.map((guard) => guard.standing)).toEqual(['applied', 'silent', 'applied']);
  });

  it('before the longest of all leases is over, whosever it is', () => {
    const slow = guardNamed('slow', { leaseMs: 60_001 });
    const judged = judgeReceipt(PUBLICATION, rollOf([one, slow]), byKey(leaseOf(one), leaseOf(slow)));
    expect(judged.state).toBe('partial');
  });
});

describe('revocation.md V17: applied is said', () => {
  it.each<[string, GuardRoll, readonly StandingLease[], GuardStanding]>([
    ['of a guard that stands at the entry', rollOf([one]), [leaseOf(one)], 'applied'],
    ['of a guard that has read further', rollOf([one]), [leaseOf(one, { position: '1001-0' })], 'applied'],
    ['of an `allow` guard that has applied it', rollOf([allow]), [leaseOf(allow)], 'applied'],
    ['of a guard whose lease is over (V18)', rollOf([one]), [], 'fenced'],
    ['of a guard that has ended', rollOf([one]), [leaseOf(one, { ended: true, position: '0-0' })], 'fenced'],
    ['of an `allow` guard that has ended', rollOf([allow]), [leaseOf(allow, { ended: true, epoch: 1 })], 'fenced'],
  ])('%s', (_what, roll, leases, standing) => {
    const judged = judgeReceipt(PUBLICATION, roll, byKey(...leases));
    expect(judged.state).toBe('applied');
    expect(judged.guards.map((guard) => guard.standing)).toEqual([standing]);
  });

  it('where nobody guards', () => {
    expect(judgeReceipt(PUBLICATION, rollOf([]), byKey())).toEqual({ state: 'applied', guards: [] });
  });
});

/**
 * The truth of one guard at the instant when the leases were read, by the rules of V16: what it knows, when its last
 * confirmed renewal was sent and taken, and what Redis holds of it.
 */
interface Truth {
  readonly guard: RegisteredGuard;
  readonly couldAdmit: boolean;
  readonly knows: boolean;
  readonly lease: StandingLease | undefined;
}

const NOW = 100_000;
const AT = 50;
const ms = (most: number) => fc.integer({ min: 0, max: most });

const epochs = fc.record({
  published: fc.constantFrom(undefined, 1, 2),
  /** Every lease written up to here is lost; then the present epoch was raised. */
  lostAgo: ms(20_000),
  raisedAfter: ms(500),
});

const truthOf = (name: string, world: { readonly published: number | undefined; readonly lostAgo: number }) =>
  fc
    .record({
      onStale: fc.constantFrom('refuse' as const, 'allow' as const),
      leaseMs: fc.constantFrom(400, 5000, 9000),
      sentAgo: ms(20_000),
      takenAfter: ms(300),
      /** A later renewal that Redis took and whose answer never came. */
      unconfirmedAfter: fc.option(ms(3000), { nil: undefined }),
      readEpoch: fc.constantFrom(undefined, 1, 2),
      read: fc.integer({ min: AT - 3, max: AT + 3 }),
      /** It has read on since it last reported. */
      readOn: fc.boolean(),
      stopped: fc.boolean(),
      /** Its last words reached Redis. */
      saidSo: fc.boolean(),
      registeredAnew: fc.boolean(),
    })
    .map((draw): Truth => {
      const sent = NOW - draw.sentAgo;
      const confirmed = Math.min(sent + draw.takenAfter, NOW);
      const taken = Math.min(confirmed + (draw.unconfirmedAfter ?? 0), NOW);
      const ended = draw.stopped && draw.saidSo;
      const stands = taken > NOW - world.lostAgo && NOW < taken + (ended ? 600_000 : draw.leaseMs);
      const guard = guardNamed(name, { onStale: draw.onStale, leaseMs: draw.leaseMs });
      const knows =
        world.published !== undefined && ((draw.readEpoch === world.published && draw.read >= AT) || draw.readOn);
      return {
        guard,
        knows,
        couldAdmit: !draw.stopped && !knows && (draw.onStale === 'allow' || NOW - sent < draw.leaseMs),
        lease: stands
          ? leaseOf(guard, {
              epoch: draw.readEpoch,
              position: `${draw.read}-0`,
              ended,
              ...(draw.registeredAnew ? { registration: 'anew' } : {}),
            })
          : undefined,
      };
    });

const worlds = epochs.chain((world) =>
  fc.tuple(
    fc.constant(world),
    fc
      .array(fc.integer({ min: 0, max: 99 }), { maxLength: 3 })
      .chain((drawn) => fc.tuple(...[...new Set(drawn)].map((name) => truthOf(`g${name}`, world)))),
  ),
);

describe('revocation.md V17: "applied is said only if it is true of every guard that could still admit the token"', () => {
  it('whatever the guards did, and whenever the wire was lost', () => {
    const said = { applied: 0, partial: 0 };
    fc.assert(
      fc.property(worlds, ([world, truths]) => {
        const publication = world.published === undefined ? undefined : { epoch: world.published, position: `${AT}-0` };
        const roll = rollOf(
          truths.map(({ guard }) => guard),
          { epochAgeMs: Math.max(0, world.lostAgo - world.raisedAfter) },
        );
        const leases = truths.flatMap(({ lease }) => (lease === undefined ? [] : [lease]));
        const judged = judgeReceipt(publication, roll, byKey(...leases));
        said[judged.state] += 1;
        for (const [index, { standing }] of judged.guards.entries()) {
          const truth = truths[index];
          if (standing === 'applied') expect(truth?.knows).toBe(true);
          if (standing === 'fenced') expect(truth?.couldAdmit).toBe(false);
        }
        if (judged.state === 'applied') expect(truths.filter(({ couldAdmit }) => couldAdmit)).toEqual([]);
      }),
      { numRuns: 3000 },
    );
    // Otherwise the law would hold by saying nothing.
    expect(said.applied).toBeGreaterThan(100);
    expect(said.partial).toBeGreaterThan(100);
  });
});
