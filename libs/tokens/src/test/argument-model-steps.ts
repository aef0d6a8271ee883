/**
 * Owns what fast-check draws for the model of the argument: how it is made up, and what happens in it, single deeds and stories.
 * Does not own what must hold meanwhile (argument-model-invariants).
 */
import fc from 'fast-check';
import * as deeds from './argument-model-deeds.js';
import type { Connections, Step, Who } from './argument-model-deeds.js';
import { redisFaults } from './argument-model-servers.js';
import { anyStory } from './argument-model-stories.js';
import type { CallFault } from './argument-model-traffic.js';
import type { ModelOptions } from './argument-model.js';

export type RedisClock = 'steady' | 'back' | 'both';

const STEPS_MS: Readonly<Record<RedisClock, readonly number[]>> = {
  steady: [0],
  back: [-60_000, -3000, -240, -20],
  both: [-60_000, -3000, -240, -20, 20, 240, 3000, 60_000],
};

const who = fc.nat(2);
const anybody: fc.Arbitrary<Who> = fc.tuple(fc.constantFrom('guard', 'guard', 'instance'), who);

const calls = fc
  .tuple(fc.nat(30), fc.nat(3), fc.integer({ min: 1, max: 14 }), fc.nat(6))
  .map((drawn) => deeds.go(...drawn));
const everyday = fc
  .tuple(fc.constantFrom(1, 3, 6, 12, 30, 60), fc.constantFrom(true, true, true, false))
  .map((drawn) => deeds.everyday(...drawn));
const commits = fc
  .tuple(who, fc.constantFrom(3, 40, 120, null), fc.constantFrom('publish', 'wait', 'wait', 'crash'))
  .map((drawn) => deeds.commit(...drawn));
const work = fc.oneof(
  ...[commits, commits, fc.tuple(who, fc.constantFrom('round', 'due', 'trim')).map((drawn) => deeds.round(...drawn))],
  ...[who.map(deeds.register), fc.tuple(who, fc.nat(20)).map((drawn) => deeds.inquire(...drawn))],
);

const connections = fc.constantFrom<Connections[]>([], ['redis'], ['leases'], ['redis', 'leases']);
const processes = fc.oneof(
  fc.tuple(anybody, connections).map((drawn) => deeds.cut(...drawn)),
  fc.tuple(anybody, fc.constantFrom(true, false, false)).map((drawn) => deeds.stop(...drawn)),
  fc.tuple(anybody, fc.boolean()).map((drawn) => deeds.follow(...drawn)),
  who.map(deeds.crash),
  fc.tuple(who, fc.constantFrom('kill', 'end')).map((drawn) => deeds.restart(...drawn)),
);
const clocks = fc.oneof(
  fc.tuple(who, fc.constantFrom(-100_000, -5000, -200, 200, 5000, 100_000)).map((drawn) => deeds.jumpWall(...drawn)),
  fc.tuple(who, fc.boolean()).map((drawn) => deeds.sleep(...drawn)),
  fc.constantFrom(1, 30, 250, 1000, 2500, 6000, 70_000).map(deeds.pass),
);
const servers = (clock: RedisClock) =>
  fc.oneof(
    fc.constantFrom(...redisFaults).map(deeds.suffer),
    fc.constantFrom(deeds.snapshot, deeds.sweep),
    fc
      .tuple(fc.nat(20), fc.constantFrom<CallFault[]>('request', 'reply', 'patience'))
      .map((drawn) => deeds.loseCall(...drawn)),
    fc.constantFrom(...STEPS_MS[clock]).map(deeds.stepRedisClock),
  );

export const steps = (clock: RedisClock): fc.Arbitrary<readonly Step[]> => {
  const single = fc.oneof(
    { arbitrary: calls, weight: 5 },
    { arbitrary: everyday, weight: 3 },
    { arbitrary: work, weight: 4 },
    { arbitrary: fc.oneof(processes, clocks, servers(clock)), weight: 4 },
  );
  const some = fc.oneof(
    { arbitrary: single.map((one): readonly Step[] => [one]), weight: 4 },
    { arbitrary: anyStory, weight: 1 },
  );
  return fc.array(some, { minLength: 5, maxLength: 24, size: 'max' }).map((lists) => lists.flat());
};

export const modelOptions: fc.Arbitrary<ModelOptions> = fc.record({
  cluttered: fc.boolean(),
  guards: fc.array(
    fc.record({
      allow: fc.constantFrom(false, false, false, false, true),
      rate: fc.constantFrom(1, 0.995, 1.005),
      leaseMs: fc.constantFrom(1000, 2000),
    }),
    { minLength: 3, maxLength: 3 },
  ),
});
