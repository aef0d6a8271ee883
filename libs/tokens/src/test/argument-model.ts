/**
 * Owns the model of the whole argument (revocation.md V6 to V18): instances that commit and publish, guards that read and hold
 * leases, a Redis that forgets, clocks that jump, and one true time that none of them knows. What is run is the product's
 * own. Does not own what must hold of it (argument-model-invariants), nor what happens when (the property test).
 */
import { setImmediate as turn } from 'node:timers/promises';
import { jest } from '@jest/globals';
import type { RevocationEntry } from '../revocation/entry.js';
import { lookAtLeases } from '../revocation/lease-watch.js';
import { believedLeases, ReceiptWait, type Receipt } from '../revocation/receipt-wait.js';
import { judgeReceipt, type Judged, type Publication } from '../revocation/receipt.js';
import { toSeconds, type EpochMilliseconds } from '../time.js';
import { ModelDatabase } from './argument-model-database.js';
import { ModelGuard, ModelInstance, type ModelGuardOptions, type ModelWorld } from './argument-model-processes.js';
import { ModelRedis } from './argument-model-redis.js';
import type { RedisFault } from './argument-model-servers.js';
import { type Party, Traffic } from './argument-model-traffic.js';
import { revocationEntry } from '../testing/revocation-entry.js';

const BEGINNING: EpochMilliseconds = 1_764_000_000_000;
const GUARDS = 3;
const INSTANCES = 3;
/** Rounds, waits and publications of one instance that may be under way together. */
const MOST_TASKS = 4;
/** Long enough that every guard has asked Redis for its time once more, and that what was under way has come to its end. */
const SETTLED_MS = 1500;
/** The time that a moment of everyday takes. */
export const BEAT_MS = 40;
/** How often a waiter looks at the leases before it gives up. */
const LOOKS = 12;

export interface ModelOptions {
  /** Whether the living are moved up by each trimming round, as after a flood. */
  readonly cluttered: boolean;
  readonly guards: readonly ModelGuardOptions[];
}

/** What an instance has said of an entry, to be held to it. */
export interface Said {
  readonly entry: RevocationEntry;
  readonly state: Receipt['state'];
  readonly judged: Judged | undefined;
}

export class Model implements ModelWorld {
  readonly traffic = new Traffic();
  readonly redis: ModelRedis;
  readonly database: ModelDatabase;
  readonly guards: ModelGuard[];
  readonly instances: ModelInstance[];
  readonly committed: RevocationEntry[] = [];
  readonly said: Said[] = [];
  /** Those that are gone as well, by their ids. */
  readonly everyGuard = new Map<string, ModelGuard>();
  readonly #options: ModelOptions;
  readonly #waits = new Set<ReceiptWait>();
  #now: EpochMilliseconds = BEGINNING;
  #named = 0;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.redis = new ModelRedis(() => this.#now, options.cluttered ? 5000 : 0);
    this.database = new ModelDatabase(() => this.#now);
    this.instances = Array.from({ length: INSTANCES }, () => new ModelInstance(this, this.#name('instance')));
    this.guards = Array.from({ length: GUARDS }, (_, index) => this.#guard(index));
  }

  /** The true time. */
  now(): EpochMilliseconds {
    return this.#now;
  }

  instance(who: number): ModelInstance {
    const instance = this.instances[who % INSTANCES];
    if (instance === undefined) throw new Error('There is no such instance.');
    return instance;
  }

  guard(who: number): ModelGuard {
    const guard = this.guards[who % GUARDS];
    if (guard === undefined) throw new Error('There is no such guard.');
    return guard;
  }

  // What goes well.

  /** Time goes by; timers run. */
  async pass(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    for (const guard of this.guards) if (guard.asleep) guard.sleptMs += milliseconds;
    jest.advanceTimersByTime(milliseconds);
    await turn();
  }

  /** One call goes one stage further, of anybody or of one process alone. */
  async move(pick: number, from?: Party): Promise<boolean> {
    const moved = this.traffic.move(pick, from);
    if (moved) await turn();
    return moved;
  }

  /** @param how `crash`: the instance commits and is killed before it can publish */
  commit(who: number, seconds: number | null, how: 'publish' | 'wait' | 'crash'): void {
    const instance = this.instance(who);
    const entry = revocationEntry({
      // Looks like a name that is packed, and is no UUID: those have a table of their own, which takes its time.
      value: String(this.committed.length).padStart(36, '0'),
      expiresAt: seconds === null ? null : toSeconds(this.#now) + seconds,
      ...(seconds === null ? { kind: 'key' as const } : {}),
    });
    this.committed.push(entry);
    this.database.commit(entry);
    if (how === 'crash') {
      this.crash(who);
      return;
    }
    const publication = instance.publisher.publishNow([entry], how === 'wait');
    if (how === 'wait') this.#task(instance, () => this.#wait(instance, entry, publication));
    else this.#task(instance, () => publication);
  }

  round(who: number, kind: 'round' | 'due' | 'trim'): void {
    const { publisher } = this.instance(who);
    const rounds = {
      round: () => publisher.round(),
      due: () => publisher.roundIfDue(100),
      trim: () => publisher.trimmingRound(),
    };
    this.#task(this.instance(who), rounds[kind]);
  }

  register(who: number): void {
    const instance = this.instance(who);
    this.#task(instance, () => instance.registry.run());
  }

  /** An operator asks later how a revocation stands. */
  inquire(who: number, which: number): void {
    const entry = this.committed[which % this.committed.length];
    if (entry === undefined) return;
    const { desk, ledger } = this.instance(who);
    this.#task(this.instance(who), async () => {
      const { state } = await desk.now(await ledger.publicationOf(entry.id));
      this.said.push({ entry, state, judged: undefined });
    });
  }

  // What goes wrong.

  crash(who: number): void {
    const { party } = this.instance(who);
    this.traffic.kill(party);
    this.instances[who % INSTANCES] = new ModelInstance(this, this.#name('instance'));
  }

  /** @param how `end`: it deregisters, as at SIGTERM */
  restartGuard(who: number, how: 'kill' | 'end'): void {
    const guard = this.guard(who);
    if (how === 'end') void guard.membership.close();
    else this.traffic.kill(guard.party);
    this.guards[who % GUARDS] = this.#guard(who % GUARDS);
  }

  suffer(fault: RedisFault): void {
    if (this.redis.suffer(fault)) this.traffic.disconnect(['redis', 'leases']);
  }

  heal(): void {
    for (const { party } of [...this.guards, ...this.instances]) {
      party.paused = false;
      party.cut = [];
      party.behind = false;
    }
    for (const guard of this.guards) guard.wake();
  }

  /** A moment of everyday: the jobs of each instance run as they do, and whatever can go on does. */
  async beat(count: number, registering = true): Promise<void> {
    for (const who of this.instances.keys()) if (count % 3 === who) this.round(who, 'due');
    if (registering && count % 5 === 0) this.register(count);
    for (let left = this.traffic.movable; left > 0; left -= 1) await this.move(left - 1);
    await this.pass(BEAT_MS);
  }

  /**
   * No more faults, until all guards are complete, fresh and registered.
   * @returns whether they were within this time
   */
  async settle(withinMs: number): Promise<boolean> {
    this.heal();
    for (let count = 0; count * BEAT_MS < withinMs; count += 1) {
      if (count * BEAT_MS >= SETTLED_MS && this.guards.every((guard) => this.#isWell(guard))) return true;
      await this.beat(count);
    }
    return false;
  }

  /** Nothing is under way any more. */
  end(): void {
    for (const { party } of [...this.guards, ...this.instances]) this.traffic.kill(party);
    for (const wait of this.#waits) wait.end();
    jest.clearAllTimers();
  }

  #isWell({ knowledge, membership, admits }: ModelGuard): boolean {
    const { registered, leaseHeld } = membership.status();
    return admits && registered && leaseHeld && knowledge.freshness().ageMs < SETTLED_MS / 2;
  }

  #guard(index: number): ModelGuard {
    const options = this.#options.guards[index];
    if (options === undefined) throw new Error('There is no such guard.');
    const guard = new ModelGuard(this, this.#name('guard'), options);
    this.everyGuard.set(guard.membership.guardId, guard);
    return guard;
  }

  #name(kind: string): string {
    this.#named += 1;
    return `${kind} ${this.#named}`;
  }

  #task(instance: ModelInstance, work: () => Promise<unknown>): void {
    if (instance.tasks >= MOST_TASKS) return;
    instance.tasks += 1;
    work()
      .catch(() => undefined)
      .finally(() => (instance.tasks -= 1));
  }

  /** What the receipt desk does, but each look in a step of its own. */
  async #wait(
    { wire, register }: ModelInstance,
    entry: RevocationEntry,
    publishing: Promise<Publication | 'deferred' | undefined>,
  ): Promise<void> {
    const outcome = await publishing;
    const publication = outcome === 'deferred' ? undefined : outcome;
    const roll = await register.roll();
    const readAt = this.#now;
    const wait = new ReceiptWait({ monotonic: () => this.#now }, undefined, 1e9);
    this.#waits.add(wait);
    wait.awaits(publication, roll);
    const isOver = () => wait.over;
    for (let looks = 0; looks < LOOKS && !isOver(); looks += 1) {
      const look = await lookAtLeases(
        wire,
        roll.guards.map(({ leaseKey }) => leaseKey),
      );
      const aged = { ...roll, epochAgeMs: roll.epochAgeMs + this.#now - readAt };
      const judged = judgeReceipt(publication, aged, believedLeases(look, aged));
      wait.see(look);
      if (publication !== undefined) this.said.push({ entry, state: isOver() ? judged.state : 'partial', judged });
    }
    wait.end();
    this.#waits.delete(wait);
    this.said.push({ entry, state: (await wait.receipt).state, judged: undefined });
  }
}
