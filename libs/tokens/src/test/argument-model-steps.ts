/**
 * Owns what may happen in the model of the argument, drawn by fast-check: calls that go on in any order, everyday work, every
 * trouble, and stories in which one guard is cut off in ways that change while a revocation is waited for.
 * Does not own what must hold meanwhile (argument-model-invariants).
 */
import fc from 'fast-check';
import type { RedisFault } from './argument-model-servers.js';
import type { CallFault } from './argument-model-traffic.js';
import type { Model, ModelOptions } from './argument-model.js';

/** One thing that happens. Whatever takes time checks the invariants in between. */
export interface Step {
  readonly [fc.toStringMethod]: () => string;
  take(model: Model, check: () => void): void | Promise<void>;
}

export type RedisClock = 'steady' | 'back' | 'both';
type Connections = readonly ('redis' | 'leases')[];

const GUARDS_AND_INSTANCES = 2;
const RESTARTS: readonly RedisFault[] = ['restart-empty', 'restart-whole', 'restart-without-tail'];
const LOSSES: readonly RedisFault[] = ['flush', 'lose-tail', 'lose-mark', 'lose-stream'];
const FAILOVERS: readonly RedisFault[] = ['failover', 'failover-same', 'failback'];
const STEPS_MS: Readonly<Record<Exclude<RedisClock, 'steady'>, readonly number[]>> = {
  back: [-60_000, -3000, -240, -20],
  both: [-60_000, -3000, -240, -20, 20, 240, 3000, 60_000],
};

/** Named by what is drawn, so that a counterexample reads as what happened. */
const step = (said: string, take: Step['take']): Step => ({ take, [fc.toStringMethod]: () => said });

const who = fc.nat(GUARDS_AND_INSTANCES);
const beats = fc.constantFrom(1, 3, 6, 12, 30, 60);
const seconds = fc.constantFrom(3, 40, 120, null);
const connections = fc.constantFrom<Connections[]>([], ['redis'], ['leases'], ['redis', 'leases']);
const redisFault = fc.constantFrom(...RESTARTS, ...LOSSES, ...FAILOVERS);

const partyOf = (model: Model, guard: boolean, index: number) =>
  (guard ? model.guard(index) : model.instance(index)).party;

/** Calls go on, in some order, while time goes by. */
const go = fc
  .tuple(fc.nat(30), fc.nat(3), fc.integer({ min: 1, max: 14 }), fc.nat(6))
  .map(([pick, stride, count, ms]) =>
    step(`${count} calls from ${pick} by ${stride}, ${ms} ms each`, async (model, check) => {
      for (let move = 0; move < count; move += 1) {
        await model.move(pick + move * stride);
        check();
        if (ms > 0) await model.pass(ms);
      }
    }),
  );

/** All that can go on does, one stage in each beat. */
const everyday = (count: number, registering: boolean): Step =>
  step(`${count} beats${registering ? '' : ', nobody is registered'}`, async (model, check) => {
    for (let beat = 0; beat < count; beat += 1) {
      await model.beat(beat, registering);
      check();
    }
  });
const live = fc
  .tuple(beats, fc.constantFrom(true, true, true, false))
  .map(([count, registering]) => everyday(count, registering));

const commit = (index: number, lives: number | null, how: 'publish' | 'wait' | 'crash'): Step =>
  step(`instance ${index} commits for ${lives ?? 'ever'}${lives === null ? '' : ' s'}: ${how}`, (model) => {
    model.commit(index, lives, how);
  });
const commits = fc
  .tuple(who, seconds, fc.constantFrom('publish', 'wait', 'wait', 'crash'))
  .map((drawn) => commit(...drawn));
const rounds = fc.tuple(who, fc.constantFrom('round', 'due', 'trim', 'trim')).map(([index, kind]) =>
  step(`instance ${index}: ${kind}`, (model) => {
    model.round(index, kind);
  }),
);
const registrations = who.map((index) =>
  step(`instance ${index} walks the leases`, (model) => {
    model.register(index);
  }),
);
const inquiries = fc.tuple(who, fc.nat(20)).map(([index, which]) =>
  step(`instance ${index} is asked for revocation ${which}`, (model) => {
    model.inquire(index, which);
  }),
);

const cut = (guard: boolean, index: number, from: Connections): Step =>
  step(`${guard ? 'guard' : 'instance'} ${index} is cut off from [${from.join()}]`, (model) => {
    partyOf(model, guard, index).cut = from;
  });
const suffer = (fault: RedisFault): Step =>
  step(`Redis: ${fault}`, (model) => {
    model.suffer(fault);
  });
const restart = (index: number, how: 'kill' | 'end'): Step =>
  step(`guard ${index} is restarted: ${how}`, (model) => {
    model.restartGuard(index, how);
  });
const simple = fc.constantFrom(
  step('the replica falls behind', (model) => {
    model.redis.snapshot();
  }),
  step('expired rows are swept', (model) => {
    model.database.sweep();
  }),
);
const processes = fc
  .tuple(fc.constantFrom('stops', 'goes on', 'goes on', 'is behind', 'has followed'), fc.boolean(), who)
  .map(([what, guard, index]) =>
    step(`${guard ? 'guard' : 'instance'} ${index} ${what}`, (model) => {
      const party = partyOf(model, guard, index);
      if (what === 'stops' || what === 'goes on') party.paused = what === 'stops';
      else party.behind = what === 'is behind';
    }),
  );
const clocks = fc.oneof(
  fc.tuple(who, fc.constantFrom(-100_000, -5000, -200, 200, 5000, 100_000)).map(([index, ms]) =>
    step(`the wall clock of guard ${index} jumps by ${ms} ms`, (model) => {
      model.guard(index).jumpWall(ms);
    }),
  ),
  fc.tuple(who, fc.boolean()).map(([index, asleep]) =>
    step(`guard ${index} ${asleep ? 'sleeps' : 'wakes'}`, (model) => {
      if (asleep) model.guard(index).sleep();
      else model.guard(index).wake();
    }),
  ),
  fc.constantFrom(1, 30, 250, 1000, 2500, 6000, 70_000).map((ms) => step(`${ms} ms`, (model) => model.pass(ms))),
);
const crashes = who.map((index) =>
  step(`instance ${index} crashes`, (model) => {
    model.crash(index);
  }),
);
const callFaults = fc
  .tuple(fc.nat(20), fc.constantFrom<CallFault[]>('request', 'reply', 'patience'))
  .map(([pick, fault]) =>
    step(`call ${pick} loses its ${fault}`, (model) => {
      model.traffic.fault(pick, fault);
    }),
  );

const redisClockSteps = (clock: RedisClock): readonly fc.Arbitrary<Step>[] =>
  clock === 'steady'
    ? []
    : [
        fc.constantFrom(...STEPS_MS[clock]).map((ms) =>
          step(`Redis's clock steps by ${ms} ms`, (model) => {
            model.redis.stepClock(ms);
          }),
        ),
      ];

const trouble = (clock: RedisClock): fc.Arbitrary<Step> => {
  const cuts = fc.tuple(fc.constantFrom(true, true, false), who, connections).map((drawn) => cut(...drawn));
  const restarts = fc.tuple(who, fc.constantFrom('kill', 'end')).map((drawn) => restart(...drawn));
  const others = [cuts, restarts, simple, processes, clocks, crashes, callFaults, redisFault.map(suffer)];
  return fc.oneof(...others, ...redisClockSteps(clock));
};

/** One guard is cut off in three ways one after the other; somebody waits for a revocation; Redis may forget at any moment. */
const storyOfCuts: fc.Arbitrary<readonly Step[]> = fc
  .record({
    guard: who,
    instance: who,
    cuts: fc.tuple(connections, connections, connections),
    for: fc.tuple(
      fc.constantFrom(3, 12, 60),
      fc.constantFrom(1, 6, 12, 20),
      fc.constantFrom(1, 6, 12, 20),
      fc.boolean(),
    ),
    fault: fc.option(fc.tuple(fc.nat(5), redisFault)),
  })
  .map(({ guard, instance, cuts, for: [first, second, third, registering], fault }) => {
    const [before, meanwhile, after] = cuts;
    const steps = [
      ...[
        cut(true, guard, before),
        everyday(first, registering),
        cut(true, guard, meanwhile),
        commit(instance, 120, 'wait'),
      ],
      ...[everyday(second, registering), cut(true, guard, after), everyday(third, registering)],
    ];
    return fault === null ? steps : steps.toSpliced(fault[0] + 1, 0, suffer(fault[1]));
  });

/** A guard starts, and is registered while the living are moved up. */
const storyOfStart: fc.Arbitrary<readonly Step[]> = fc
  .record({ guard: who, instances: fc.tuple(who, who), moves: fc.tuple(go, go, go, go), meanwhile: fc.boolean() })
  .map(({ guard, instances: [first, second], moves: [a, b, c, d], meanwhile }) => [
    restart(guard, 'kill'),
    ...[a, commit(first, 120, 'wait'), everyday(meanwhile ? 6 : 1, false), b],
    step(`instance ${second} walks the leases`, (model) => {
      model.register(second);
    }),
    c,
    step(`instance ${first}: trim`, (model) => {
      model.round(first, 'trim');
    }),
    d,
  ]);

export const steps = (clock: RedisClock): fc.Arbitrary<readonly Step[]> => {
  const one = fc.oneof(
    ...[
      { arbitrary: go, weight: 5 },
      { arbitrary: live, weight: 3 },
      { arbitrary: fc.oneof(commits, commits, rounds, registrations, inquiries), weight: 4 },
      { arbitrary: trouble(clock), weight: 4 },
    ],
  );
  const some = fc.oneof(
    { arbitrary: one.map((single): readonly Step[] => [single]), weight: 12 },
    { arbitrary: storyOfCuts, weight: 2 },
    { arbitrary: storyOfStart, weight: 1 },
  );
  return fc.array(some, { minLength: 5, maxLength: 30, size: 'max' }).map((lists) => lists.flat());
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
