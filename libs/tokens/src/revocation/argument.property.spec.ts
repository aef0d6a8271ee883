import { afterAll, beforeAll, describe, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { Invariants } from '../test/argument-model-invariants.js';
import type { Step } from '../test/argument-model-deeds.js';
import { modelOptions, steps as stepsBy, type RedisClock } from '../test/argument-model-steps.js';
import { alone, stories } from '../test/argument-model-stories.js';
import { BEAT_MS, Model } from '../test/argument-model.js';

// Only the timers of the product's own loops are the model's: it says when they ring.
beforeAll(() => {
  jest.useFakeTimers({ doNotFake: ['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate'] });
});
afterAll(() => {
  jest.useRealTimers();
});

/** How long it may take until everybody is well again: the longest that a guard waits before it registers once more. */
const RECOVERY_MS = 40_000;
/** Everybody was well for longer than this before; beyond the longest lease a receipt may say `applied`. */
const YOUNG_MS = 600;
/** Some 45 ms for each run on one idle core; the bound is for a machine that does ten other things. */
const BOUND_MS = 240_000;
/** A counterexample is made smaller until then, and told: a test that jest gives up tells none, and goes on beside the next one. */
const TOLD_MS = 180_000;

/** Everybody is well; then the steps; then no more faults, and everybody is well again and knows all that lives. */
async function run(model: Model, all: readonly Step[]): Promise<void> {
  const invariants = new Invariants(model);
  const check = () => {
    invariants.check();
  };
  try {
    if (!(await model.settle(RECOVERY_MS))) throw new Error('V13: not well at the start');
    for (let count = 0; count * BEAT_MS < YOUNG_MS; count += 1) await model.beat(count);
    for (const step of all) {
      await step.take(model, check);
      check();
    }
    if (!(await model.settle(RECOVERY_MS))) throw new Error('V13: not well again');
    check();
    invariants.complete();
  } finally {
    model.end();
  }
}

const holds = (steps: fc.Arbitrary<readonly Step[]>, numRuns: number): Promise<void> =>
  fc.assert(
    fc.asyncProperty(modelOptions, steps, (options, all) => run(new Model(options), all)),
    { numRuns, interruptAfterTimeLimit: TOLD_MS, markInterruptAsFailure: true },
  );

describe('revocation.md V6 to V18, the whole argument on a model', () => {
  it.each<[RedisClock, number]>([
    ['steady', 160],
    ['back', 60],
    ['both', 50],
  ])(
    'no run admits what V11 forbids, forgets (V7), trims what lives (V8) or gives a false receipt (V17); Redis’s clock: %s',
    (clock, numRuns) => holds(stepsBy(clock), numRuns),
    BOUND_MS,
  );

  it.each(Object.entries(stories))(
    'nor does the story of %s, however it is told',
    (_name, story) => holds(alone(story), 80),
    BOUND_MS,
  );
});
