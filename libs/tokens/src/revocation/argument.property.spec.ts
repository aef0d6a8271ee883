import { afterAll, beforeAll, describe, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { Invariants } from '../test/argument-model-invariants.js';
import type { RedisFault } from '../test/argument-model-servers.js';
import type { CallFault } from '../test/argument-model-traffic.js';
import { Model, type ModelOptions } from '../test/argument-model.js';

// Only the timers of the product's own loops are the model's: it says when they ring.
beforeAll(() => {
  jest.useFakeTimers({ doNotFake: ['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate'] });
});
afterAll(() => {
  jest.useRealTimers();
});

type Step =
  /** Calls go on, in some order, while time goes by. */
  | { readonly do: 'go'; readonly pick: number; readonly stride: number; readonly count: number; readonly ms: number }
  | { readonly do: 'pass'; readonly ms: number }
  | {
      readonly do: 'commit';
      readonly who: number;
      readonly seconds: number | null;
      readonly how: 'publish' | 'wait' | 'crash';
    }
  | {
      readonly do: 'round' | 'due' | 'trim' | 'register' | 'crash' | 'inquire';
      readonly who: number;
      readonly which: number;
    }
  | {
      readonly do: 'pause' | 'resume' | 'cut' | 'connect' | 'sleep' | 'wake';
      readonly who: number;
      readonly guard: boolean;
    }
  | { readonly do: 'restart-guard'; readonly who: number; readonly how: 'kill' | 'end' }
  | { readonly do: 'jump'; readonly who: number; readonly ms: number }
  | { readonly do: 'step-redis'; readonly ms: number }
  | { readonly do: 'suffer'; readonly fault: RedisFault }
  | { readonly do: 'snapshot' | 'sweep' }
  | { readonly do: 'fault'; readonly pick: number; readonly fault: CallFault };

const who = fc.nat(2);
const go: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('go' as const),
  pick: fc.nat(30),
  stride: fc.nat(3),
  count: fc.integer({ min: 1, max: 14 }),
  ms: fc.nat(6),
});
const work: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('commit' as const),
    who,
    seconds: fc.constantFrom(3, 40, 120, null),
    how: fc.constantFrom('publish', 'wait', 'wait', 'crash'),
  }),
  fc.record({ do: fc.constantFrom('round', 'due', 'trim', 'register', 'inquire'), who, which: fc.nat(20) }),
);
type RedisClock = 'steady' | 'back' | 'both';

const STEPS_MS: Readonly<Record<RedisClock, readonly number[]>> = {
  steady: [],
  back: [-60_000, -3000, -240, -20],
  both: [-60_000, -3000, -240, -20, 20, 240, 3000, 60_000],
};

const trouble = (clock: RedisClock): fc.Arbitrary<Step> =>
  fc.oneof(
    fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 30, 250, 1000, 2500, 6000, 70_000) }),
    fc.record({
      do: fc.constantFrom('pause', 'resume', 'resume', 'cut', 'connect', 'sleep', 'wake'),
      who,
      guard: fc.boolean(),
    }),
    fc.record({ do: fc.constant('restart-guard' as const), who, how: fc.constantFrom('kill', 'end') }),
    fc.record({
      do: fc.constant('jump' as const),
      who,
      ms: fc.constantFrom(-100_000, -5000, -200, 200, 5000, 100_000),
    }),
    fc.record({ do: fc.constant('crash' as const), who, which: fc.constant(0) }),
    fc.record({
      do: fc.constant('suffer' as const),
      fault: fc.constantFrom<RedisFault[]>(
        ...(['restart-empty', 'restart-whole', 'restart-without-tail', 'flush', 'lose-tail', 'lose-mark'] as const),
        ...(['lose-stream', 'failover', 'failover-same', 'failback'] as const),
      ),
    }),
    fc.record({ do: fc.constantFrom('snapshot', 'sweep') }),
    fc.record({
      do: fc.constant('fault' as const),
      pick: fc.nat(20),
      fault: fc.constantFrom('request', 'reply', 'patience'),
    }),
    ...(clock === 'steady'
      ? []
      : [fc.record({ do: fc.constant('step-redis' as const), ms: fc.constantFrom(...STEPS_MS[clock]) })]),
  );
const steps = (clock: RedisClock) =>
  fc.array(
    fc.oneof({ arbitrary: go, weight: 8 }, { arbitrary: work, weight: 4 }, { arbitrary: trouble(clock), weight: 3 }),
    { minLength: 20, maxLength: 120, size: 'max' },
  );
const options: fc.Arbitrary<ModelOptions> = fc.record({
  cluttered: fc.boolean(),
  guards: fc.array(
    fc.record({
      allow: fc.constantFrom(false, false, true),
      rate: fc.constantFrom(1, 0.995, 1.005),
      leaseMs: fc.constantFrom(2000, 5000),
    }),
    { minLength: 3, maxLength: 3 },
  ),
});

/** How long it may take until everybody is well again: the longest that a guard waits before it registers once more. */
const RECOVERY_MS = 40_000;

async function take(model: Model, step: Step, invariants: Invariants): Promise<void> {
  const partyOf = ({ who: index, guard }: { who: number; guard: boolean }) =>
    (guard ? model.guard(index) : model.instance(index)).party;
  switch (step.do) {
    case 'go':
      for (let move = 0; move < step.count; move += 1) {
        await model.move(step.pick + move * step.stride);
        invariants.check();
        if (step.ms > 0) await model.pass(step.ms);
      }
      return;
    case 'pass':
      return model.pass(step.ms);
    case 'commit':
      model.commit(step.who, step.seconds, step.how);
      return;
    case 'round':
    case 'due':
    case 'trim':
      model.round(step.who, step.do);
      return;
    case 'register':
      model.register(step.who);
      return;
    case 'crash':
      model.crash(step.who);
      return;
    case 'inquire':
      model.inquire(step.who, step.which);
      return;
    case 'pause':
    case 'resume':
      partyOf(step).paused = step.do === 'pause';
      return;
    case 'cut':
    case 'connect':
      partyOf(step).cut = step.do === 'cut';
      return;
    case 'sleep':
      model.guard(step.who).sleep();
      return;
    case 'wake':
      model.guard(step.who).wake();
      return;
    case 'restart-guard':
      model.restartGuard(step.who, step.how);
      return;
    case 'jump':
      model.guard(step.who).jumpWall(step.ms);
      return;
    case 'step-redis':
      model.redis.stepClock(step.ms);
      return;
    case 'suffer':
      model.suffer(step.fault);
      return;
    case 'snapshot':
      model.redis.snapshot();
      return;
    case 'sweep':
      model.database.sweep();
      return;
    case 'fault':
      model.traffic.fault(step.pick, step.fault);
  }
}

/** One run: everybody is well; then the steps; then no more faults, and everybody is well again. */
async function run(model: Model, all: readonly Step[]): Promise<void> {
  const invariants = new Invariants(model);
  try {
    if ((await model.settle(RECOVERY_MS)) === undefined) throw new Error('V13: not well at the start');
    for (const step of all) {
      await take(model, step, invariants);
      invariants.check();
    }
    if ((await model.settle(RECOVERY_MS)) === undefined) throw new Error('V13: not well again');
    invariants.check();
    invariants.complete();
  } finally {
    model.end();
  }
}

/** Some 40 ms for each run on one idle core; the bound is for a machine that does ten other things. */
const BOUND_MS = 240_000;

describe('revocation.md V6 to V18, the whole argument on a model', () => {
  it.each<[RedisClock, number]>([
    ['steady', 300],
    ['back', 100],
    ['both', 80],
  ])(
    'no run admits what V11 forbids, forgets (V7), trims what lives (V8) or gives a false receipt (V17); Redis’s clock: %s',
    async (clock, numRuns) => {
      await fc.assert(
        fc.asyncProperty(options, steps(clock), (how, all) => run(new Model(how), all)),
        { numRuns },
      );
    },
    BOUND_MS,
  );
});
