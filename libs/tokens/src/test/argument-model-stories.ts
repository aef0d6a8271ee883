/**
 * Owns sequences of deeds that chance alone would seldom find: each leads to the place where one rule of the argument is needed,
 * with everything drawn that may be otherwise. Does not own the deeds, nor what else happens around them.
 */
import fc from 'fast-check';
import * as deeds from './argument-model-deeds.js';
import type { Connections, Step } from './argument-model-deeds.js';
import { redisFaults } from './argument-model-servers.js';

type Story = fc.Arbitrary<readonly Step[]>;

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

/** Somebody waits while a guard starts, which is then registered; the living may be moved up before it reads on. */
const start: Story = fc
  .record({
    ...{ guard: who, instances: fc.tuple(who, who), beats: fc.tuple(short, short, short, short) },
    ...{ late: fc.boolean(), trimming: fc.boolean(), reading: fc.tuple(moves(14, 6), moves(14, 6)) },
  })
  .map(({ guard, instances: [first, second], beats, late, trimming, reading }) => [
    deeds.restart(guard, 'kill'),
    deeds.everyday(beats[0], false),
    deeds.cut(['guard', guard], ['redis']),
    // The answer to the append comes when the guard was registered, or before.
    ...(late ? [deeds.cut(['instance', first], ['redis'])] : []),
    deeds.commit(first, 120, 'wait'),
    deeds.everyday(beats[1], late),
    ...(late
      ? [deeds.cut(['guard', guard], []), deeds.everyday(beats[2]), deeds.cut(['guard', guard], ['redis'])]
      : []),
    ...(late ? [deeds.cut(['instance', first], [])] : [deeds.everyday(beats[2])]),
    ...(trimming ? [deeds.round(second, 'trim')] : []),
    deeds.everyday(beats[3]),
    deeds.cut(['guard', guard], []),
    ...reading,
  ]);

/** What is appended and not yet marked, while another instance trims. */
const trimming: Story = fc
  .record({ instances: fc.tuple(who, who), moves: fc.tuple(moves(8, 0), moves(5, 0), moves(8, 0), moves(8, 0)) })
  .map(({ instances: [first, second], moves: [a, b, c, d] }) => [
    deeds.round(first, 'trim'),
    ...[a, deeds.commit(second, 120, 'publish'), b, c, d],
  ]);

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

/** A round is stopped in its middle; a replica is promoted and filled; round and a guard have not followed. */
const twoWires: Story = fc
  .record({
    ...{ guard: who, round: who, others: who, before: moves(8, 0), beats: fc.tuple(short, short) },
    ...{ fault: fc.constantFrom('failover', 'failover-same'), kind: fc.constantFrom('round', 'due', 'trim') },
    fresh: fc.boolean(),
  })
  .map(({ guard, round, others, before, beats, fault, kind, fresh }) => [
    ...(fresh ? [deeds.snapshot] : []),
    deeds.commit(others, 120, others === round ? 'publish' : 'crash'),
    ...[deeds.round(round, kind), before, deeds.stop(['instance', round], true), deeds.suffer(fault)],
    ...[deeds.follow(['instance', round], true), deeds.follow(['guard', guard], true), deeds.everyday(beats[0])],
    ...[deeds.stop(['instance', round], false), deeds.everyday(beats[1])],
    ...[deeds.follow(['instance', round], false), deeds.follow(['guard', guard], false)],
  ]);

export const stories: Story = fc.oneof(cuts, cuts, start, start, trimming, lateClock, twoWires);
