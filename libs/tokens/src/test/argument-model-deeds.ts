/**
 * Owns what can be done in the model of the argument, each deed with its name, so that a counterexample reads as what happened.
 * Does not own which deeds follow one another (argument-model-steps, argument-model-stories).
 */
import fc from 'fast-check';
import type { RedisFault } from './argument-model-servers.js';
import type { CallFault } from './argument-model-traffic.js';
import type { Model } from './argument-model.js';

/** One thing that happens. Whatever takes time checks the invariants in between. */
export interface Step {
  readonly [fc.toStringMethod]: () => string;
  take(model: Model, check: () => void): void | Promise<void>;
}

export type Connections = readonly ('redis' | 'leases')[];
/** A guard or an instance, by its number. */
export type Who = readonly ['guard' | 'instance', number];

export const step = (said: string, take: Step['take']): Step => ({ take, [fc.toStringMethod]: () => said });

const partyOf = (model: Model, [kind, index]: Who) =>
  (kind === 'guard' ? model.guard(index) : model.instance(index)).party;

/** Calls go on, in some order, while time goes by. */
export const go = (pick: number, stride: number, count: number, ms: number): Step =>
  step(`${count} calls from ${pick} by ${stride}, ${ms} ms each`, async (model, check) => {
    for (let move = 0; move < count; move += 1) {
      await model.move(pick + move * stride);
      check();
      if (ms > 0) await model.pass(ms);
    }
  });

/** The oldest call of one process goes on, and the next; all others wait. */
export const alone = (whom: Who, stages: number): Step =>
  step(`${whom.join(' ')} alone, ${stages} stages`, async (model, check) => {
    for (let left = stages; left > 0; left -= 1) {
      await model.move(0, partyOf(model, whom));
      check();
    }
  });

/** All that can go on does, one stage in each beat. */
export const everyday = (beats: number, registering = true): Step =>
  step(`${beats} beats${registering ? '' : ', nobody is registered'}`, async (model, check) => {
    for (let beat = 0; beat < beats; beat += 1) {
      await model.beat(beat, registering);
      check();
    }
  });

export const pass = (ms: number): Step => step(`${ms} ms`, (model) => model.pass(ms));

/** @param seconds null for an entry that never ends */
export const commit = (instance: number, seconds: number | null, how: 'publish' | 'wait' | 'crash'): Step =>
  step(`instance ${instance} commits for ${seconds === null ? 'ever' : `${seconds} s`}: ${how}`, (model) => {
    model.commit(instance, seconds, how);
  });

export const round = (instance: number, kind: 'round' | 'due' | 'trim'): Step =>
  step(`instance ${instance}: ${kind}`, (model) => {
    model.round(instance, kind);
  });

export const register = (instance: number): Step =>
  step(`instance ${instance} walks the leases`, (model) => {
    model.register(instance);
  });

export const inquire = (instance: number, which: number): Step =>
  step(`instance ${instance} is asked for revocation ${which}`, (model) => {
    model.inquire(instance, which);
  });

export const cut = (whom: Who, from: Connections): Step =>
  step(`${whom.join(' ')} is cut off from [${from.join()}]`, (model) => {
    partyOf(model, whom).cut = from;
  });

/** SIGSTOP and SIGCONT. */
export const stop = (whom: Who, stopped: boolean): Step =>
  step(`${whom.join(' ')} ${stopped ? 'stops' : 'goes on'}`, (model) => {
    partyOf(model, whom).paused = stopped;
  });

export const follow = (whom: Who, behind: boolean): Step =>
  step(`${whom.join(' ')} ${behind ? 'is behind' : 'has followed'}`, (model) => {
    partyOf(model, whom).behind = behind;
  });

export const crash = (instance: number): Step =>
  step(`instance ${instance} crashes`, (model) => {
    model.crash(instance);
  });

export const restart = (guard: number, how: 'kill' | 'end'): Step =>
  step(`guard ${guard} is restarted: ${how}`, (model) => {
    model.restartGuard(guard, how);
  });

export const jumpWall = (guard: number, ms: number): Step =>
  step(`the wall clock of guard ${guard} jumps by ${ms} ms`, (model) => {
    model.guard(guard).jumpWall(ms);
  });

export const sleep = (guard: number, asleep: boolean): Step =>
  step(`guard ${guard} ${asleep ? 'sleeps' : 'wakes'}`, (model) => {
    if (asleep) model.guard(guard).sleep();
    else model.guard(guard).wake();
  });

export const suffer = (fault: RedisFault): Step =>
  step(`Redis: ${fault}`, (model) => {
    model.suffer(fault);
  });

export const stepRedisClock = (ms: number): Step =>
  step(`the clock of Redis steps by ${ms} ms`, (model) => {
    model.redis.stepClock(ms);
  });

export const snapshot = step('the replica falls behind', (model) => {
  model.redis.snapshot();
});

export const sweep = step('expired rows are swept', (model) => {
  model.database.sweep();
});

export const loseCall = (pick: number, fault: CallFault): Step =>
  step(`call ${pick} loses its ${fault}`, (model) => {
    model.traffic.fault(pick, fault);
  });
