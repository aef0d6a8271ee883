/**
 * K1 along any schedule: instances that ask whenever they like, with any spans, tokens of any lifetime, operators who rotate
 * whenever they like. Kills are left out here: they break the span on purpose (key-rotation.spec).
 */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MemoryKeyStore } from '../testing/memory-key-store.js';
import { KeyEncryption } from './key-encryption.js';
import { KeyRotation } from './key-rotation.js';
import type { StoredKey } from './key-store.js';
import { ringName, type Ring } from './ring.js';
import { ROTATION_SKEW_MS, type RotationSpans } from './rotation-schedule.js';

const RINGS: readonly Ring[] = [{ algorithm: 'ES256' }, { algorithm: 'refresh' }];
const SECOND = 1000;
const encryption = new KeyEncryption(randomBytes(32));

const spans = fc
  .record({
    announce: fc.integer({ min: 1, max: 100 }),
    use: fc.integer({ min: 2, max: 400 }),
    keep: fc.constantFrom(0, 500),
  })
  .filter(({ announce, use }) => announce < use)
  .map(({ announce, use, keep }): RotationSpans => ({
    ...{ announceMs: announce * SECOND, useMs: use * SECOND, keepMs: keep * SECOND },
  }));

/** What happens, and how many milliseconds after what happened before. */
const event = fc.record({
  after: fc.oneof(
    fc.integer({ min: 0, max: 3 * SECOND }),
    fc.integer({ min: 0, max: 120 * SECOND }),
    fc.integer({ min: 0, max: 1000 * SECOND }),
  ),
  what: fc.oneof(
    { weight: 6, arbitrary: fc.constant({ type: 'run' as const, paused: 0 }) },
    // Between reading and committing.
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant('run' as const), paused: fc.integer({ min: 1, max: 300 }) }),
    },
    { weight: 6, arbitrary: fc.constant({ type: 'sign' as const }) },
    { weight: 1, arbitrary: fc.constant({ type: 'rotate' as const }) },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant('lengthen' as const), seconds: fc.integer({ min: 1, max: 900 }) }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const), spans }) },
  ),
});

interface Signed {
  readonly kid: string;
  readonly until: number;
}

describe('K1 along any schedule, with any delays of the job', () => {
  it('one key signs, none before its span is over, none is dropped while a token that it signed lives', async () => {
    await fc.assert(
      fc.asyncProperty(spans, fc.array(event, { minLength: 1, maxLength: 80 }), async (first, events) => {
        let now = 1_764_000_000_000;
        let used = first;
        const store = new MemoryKeyStore(() => now);
        store.longest = { tokenSeconds: 300, refreshSeconds: 600 };
        const rotation = () => new KeyRotation({ store, encryption, spans: used, rings: RINGS });
        const signed: Signed[] = [];
        await rotation().run();
        const visible = new Map<string, number>();
        const founders = new Set(store.keys.map(({ kid }) => kid));
        for (const { after, what } of events) {
          now += after;
          if (what.type === 'restart') used = what.spans;
          if (what.type === 'lengthen') {
            const { tokenSeconds, refreshSeconds } = store.longest;
            store.longest = {
              tokenSeconds: Math.max(tokenSeconds, what.seconds),
              refreshSeconds: Math.max(refreshSeconds, what.seconds),
            };
          }
          const before = store.keys;
          if (what.type === 'run') {
            const commit = store.commit.bind(store);
            store.commit = (...words) => {
              now += what.paused * SECOND;
              return commit(...words);
            };
            await rotation().run();
            Reflect.deleteProperty(store, 'commit');
          }
          if (what.type === 'rotate') await rotation().rotate({ actor: 'operator', receipt: false });
          assertHolds(store.keys, before, { now, used, founders, signed, visible });
          for (const { kid } of store.keys) if (!visible.has(kid)) visible.set(kid, now);
          if (what.type !== 'sign') continue;
          for (const { kid, ring } of store.keys.filter((key) => signsSomewhere(key, now))) {
            const { tokenSeconds, refreshSeconds } = store.longest;
            signed.push({ kid, until: now + SECOND * (ring.algorithm === 'refresh' ? refreshSeconds : tokenSeconds) });
          }
        }
      }),
      // Whoever fails says by which events, also where making them fewer takes long: before jest ends the test.
      { numRuns: 1500, interruptAfterTimeLimit: 240_000, markInterruptAsFailure: true },
    );
  });
});

/** The active one; and for a while the one before it, on an instance that has not heard yet. */
const signsSomewhere = ({ state, retiredAt }: StoredKey, now: number): boolean =>
  state === 'active' || (state === 'retired' && retiredAt !== null && now - retiredAt <= ROTATION_SKEW_MS);

function assertHolds(
  keys: readonly StoredKey[],
  before: readonly StoredKey[],
  world: {
    readonly now: number;
    readonly used: RotationSpans;
    readonly founders: ReadonlySet<string>;
    readonly signed: readonly Signed[];
    /** Since when anybody could see it. */
    readonly visible: ReadonlyMap<string, number>;
  },
): void {
  const active = keys.filter(({ state }) => state === 'active').map(({ ring }) => ringName(ring));
  expect([...active].sort()).toEqual(RINGS.map(ringName).sort());
  for (const key of keys) {
    const was = before.find(({ kid }) => kid === key.kid)?.state;
    if (key.state === 'active' && was !== 'active' && !world.founders.has(key.kid)) {
      expect(world.now - (world.visible.get(key.kid) ?? world.now)).toBeGreaterThanOrEqual(world.used.announceMs);
    }
    if (key.state === 'dropped' && was !== 'dropped') {
      const alive = world.signed.filter(({ kid, until }) => kid === key.kid && until > world.now);
      expect(alive).toEqual([]);
    }
  }
}
