/**
 * Owns sequences of deeds that chance alone would seldom find: each leads to the place where one rule of the argument is needed,
 * with everything drawn that may be otherwise. Does not own the deeds, nor what else happens around them.
 */
import fc from 'fast-check';
import * as deeds from './argument-model-deeds.js';
import type { Connections, Step, Who } from './argument-model-deeds.js';
import { redisFaults } from './argument-model-servers.js';

export type Story = fc.Arbitrary<readonly Step[]>;

/** Nothing of this process is under way any more: what it begins next is all that it does. */
const idle = (...whom: readonly Who[]): readonly Step[] => whom.map((one) => deeds.alone(one, 80));

const who = fc.nat(2);
const short = fc.constantFrom(1, 3, 6, 12, 20);
const connections = fc.constantFrom<Connections[]>([], ['redis'], ['leases'], ['redis', 'leases']);
const moves = (most: number, ms: number): fc.Arbitrary<Step> =>
  fc.tuple(fc.nat(30), fc.nat(3), fc.integer({ min: 1, max: most }), fc.nat(ms)).map((drawn) => deeds.go(...drawn));

/** One guard is cut off in three ways one after the other, its clocks err, somebody waits; Redis may forget at any moment. */
const cuts: Story = fc
  .record({
    ...{ guard: who, instance: who, cuts: fc.tuple(connections, connections, connections) },
    beats: fc.tuple(fc.constantFrom(3, 12, 60), short, short),
    registering: fc.boolean(),
    clock: fc.constantFrom('right', 'right', 'asleep', 'back'),
    fault: fc.option(fc.tuple(fc.nat(7), fc.constantFrom(...redisFaults))),
  })
  .map(({ guard, instance, cuts: [before, meanwhile, after], beats, registering, clock, fault }) => {
    const steps = [
      ...(clock === 'asleep' ? [deeds.sleep(guard, true)] : []),
      deeds.cut(['guard', guard], before),
      ...(clock === 'back' ? [deeds.jumpWall(guard, -5000)] : []),
      deeds.everyday(beats[0], registering),
      deeds.cut(['guard', guard], meanwhile),
      deeds.commit(instance, 120, 'wait'),
      deeds.everyday(beats[1], registering),
      deeds.cut(['guard', guard], after),
      deeds.everyday(beats[2], registering),
      ...(clock === 'asleep' ? [deeds.sleep(guard, false)] : []),
    ];
    return fault === null ? steps : steps.toSpliced(fault[0] + 1, 0, deeds.suffer(fault[1]));
  });

/** A guard is cut off while Redis forgets and is filled again; somebody waits in the new epoch. */
const loss: Story = fc
  .record({
    ...{
      guard: who,
      instance: who,
      from: fc.constantFrom<Connections[]>(['redis', 'leases'], ['redis', 'leases'], ['redis'], ['leases']),
    },
    ...{
      beats: fc.tuple(fc.constantFrom(6, 16, 20, 24), fc.constantFrom(6, 12, 20), short),
      fault: fc.constantFrom(...redisFaults),
    },
  })
  .map(({ guard, instance, from, beats, fault }) => [
    ...[deeds.cut(['guard', guard], from), deeds.suffer(fault), deeds.everyday(beats[0])],
    ...[deeds.commit(instance, 120, 'wait'), deeds.everyday(beats[1])],
    ...[deeds.cut(['guard', guard], []), deeds.everyday(beats[2])],
  ]);

/** A guard's lease has run out while it read on; then it reads nothing and somebody waits; then its lease is written again. */
const late: Story = fc
  .record({
    guard: who,
    instance: who,
    beats: fc.tuple(fc.constantFrom(20, 40, 60), short, fc.constantFrom(6, 12, 20)),
  })
  .map(({ guard, instance, beats }) => {
    const reader = ['guard', guard] as const;
    return [
      ...[deeds.cut(reader, ['leases']), deeds.everyday(beats[0]), deeds.cut(reader, ['redis', 'leases'])],
      ...[deeds.commit(instance, 120, 'wait'), deeds.everyday(beats[1])],
      ...[deeds.cut(reader, ['redis']), deeds.everyday(beats[2]), deeds.cut(reader, []), deeds.everyday(3)],
    ];
  });

/** Somebody waits while a guard starts; the append is answered when that guard was registered. */
const start: Story = fc
  .record({
    ...{ guard: who, instance: who, how: fc.constantFrom('kill', 'end', 'end') },
    beats: fc.tuple(fc.constantFrom(6, 20, 30), fc.constantFrom(6, 12, 20), short),
  })
  .map(({ guard, instance, beats, how }) => {
    const reader = ['guard', guard] as const;
    return [
      ...[deeds.restart(guard, how), deeds.everyday(1, false), deeds.cut(['instance', instance], ['redis'])],
      ...[deeds.commit(instance, 120, 'wait'), deeds.everyday(beats[0]), deeds.cut(reader, ['redis'])],
      ...[
        deeds.cut(['instance', instance], []),
        deeds.everyday(beats[1]),
        deeds.cut(reader, []),
        deeds.everyday(beats[2]),
      ],
    ];
  });

/** A guard that starts is acknowledged while the living are moved up, and reads on only then. */
const moved: Story = fc
  .record({
    ...{ guard: who, index: who, beats: fc.tuple(fc.constantFrom(8, 10, 12, 14), fc.constantFrom(6, 8, 10, 12)) },
    stages: fc.tuple(fc.integer({ min: 4, max: 7 }), fc.integer({ min: 1, max: 10 }), fc.integer({ min: 2, max: 20 })),
  })
  .map(({ guard, index, beats, stages }) => {
    const [trims, registers] = [['instance', index] as const, ['instance', (index + 1) % 3] as const];
    const reader = ['guard', guard] as const;
    return [
      ...[...idle(trims), deeds.round(index, 'trim'), ...idle(trims)],
      ...[deeds.restart(guard, 'end'), deeds.everyday(beats[0], false), deeds.cut(reader, ['redis'])],
      ...[deeds.commit(registers[1], 120, 'wait'), deeds.everyday(beats[1], false), ...idle(trims, registers)],
      ...[deeds.register(registers[1]), deeds.alone(registers, stages[0])],
      ...[deeds.round(index, 'trim'), deeds.alone(trims, stages[1]), deeds.alone(registers, 2), ...idle(trims)],
      ...[deeds.cut(reader, []), deeds.alone(reader, stages[2]), deeds.everyday(1)],
    ];
  });

/** What is appended and not yet marked, while another instance trims. */
const trimming: Story = fc
  .record({ trimming: who, stages: fc.tuple(fc.nat(14), fc.nat(3), fc.nat(6)) })
  .map(({ trimming: index, stages }) => {
    const [trims, publishes] = [['instance', index] as const, ['instance', (index + 1) % 3] as const];
    return [
      ...idle(trims, publishes),
      ...[deeds.round(index, 'trim'), deeds.alone(trims, stages[0]), deeds.commit(publishes[1], 120, 'publish')],
      ...[deeds.alone(publishes, stages[1]), ...idle(trims), deeds.alone(publishes, stages[2])],
    ];
  });

/** Redis's answer to "what time is it?" is late, and nobody publishes meanwhile. */
const lateClock: Story = fc
  .record({
    ...{ instance: who, asks: fc.tuple(moves(6, 0), moves(6, 0)), beats: short },
    pauses: fc.tuple(fc.constantFrom(1000, 1500), fc.constantFrom(30, 250, 700)),
    stopped: fc.boolean(),
  })
  .map(({ instance, asks: [ask, hear], beats, pauses: [first, second], stopped }) => [
    deeds.everyday(beats),
    ...[0, 1, 2].map((index) => deeds.stop(['instance', index], stopped)),
    ...[deeds.pass(first), ask, deeds.commit(instance, 120, 'crash'), deeds.pass(second), hear, hear],
    ...[0, 1, 2].map((index) => deeds.stop(['instance', index], false)),
  ]);

/** A round is stopped in its middle; a replica is promoted and filled; that round and a guard have not followed. */
const twoWires: Story = fc
  .record({
    ...{ guard: who, index: who, stages: fc.nat(6), beats: fc.tuple(fc.constantFrom(12, 20, 30), short) },
    ...{ fault: fc.constantFrom('failover', 'failover-same'), kind: fc.constantFrom('round', 'due', 'trim') },
    ...{ fresh: fc.boolean(), pause: fc.constantFrom(1, 250) },
  })
  .map(({ guard, index, stages, beats, fault, kind, fresh, pause }) => {
    const round = ['instance', index] as const;
    const reader = ['guard', guard] as const;
    return [
      ...idle(round),
      ...(fresh ? [deeds.snapshot] : []),
      ...[
        deeds.commit((index + 1) % 3, 120, 'crash'),
        deeds.pass(pause),
        deeds.round(index, kind),
        deeds.alone(round, stages),
      ],
      ...[deeds.stop(round, true), deeds.suffer(fault), deeds.follow(round, true), deeds.follow(reader, true)],
      ...[deeds.everyday(beats[0]), deeds.stop(round, false), deeds.everyday(beats[1])],
      ...[deeds.follow(round, false), deeds.follow(reader, false)],
    ];
  });

/** A Redis that comes back empty counts its places by a clock that is behind. */
const clockBack: Story = fc
  .record({
    ms: fc.constantFrom(-3000, -60_000),
    fault: fc.constantFrom(...redisFaults),
    beats: fc.tuple(short, short),
  })
  .map(({ ms, fault, beats }) => [
    ...[deeds.everyday(beats[0]), deeds.stepRedisClock(ms), deeds.suffer(fault), deeds.everyday(beats[1])],
  ]);

const steadily = { cuts, late, loss, start, moved, trimming, lateClock, twoWires } satisfies Record<string, Story>;

/** None in which the clock of Redis steps. */
export const anyStory: Story = fc.oneof(...Object.values(steadily));

export const stories = { ...steadily, clockBack };

/** After some everyday work, so that there is something to lose. */
export const alone = (story: Story): Story =>
  story.map((told) => [
    ...[deeds.commit(0, 120, 'publish'), deeds.commit(1, null, 'publish'), deeds.commit(2, 120, 'publish')],
    ...[deeds.everyday(6), deeds.commit(0, null, 'publish'), deeds.commit(1, 120, 'publish'), deeds.everyday(6)],
    ...told,
    deeds.everyday(3),
  ]);
