/**
 * Owns the processes of the model of the argument: an instance of the auth-service and a guard, each the product's own code
 * with ends that reach the model's servers. Does not own what they do when (argument-model).
 */
import { GuardRegistry } from '../revocation/guard-registry.js';
import { RevocationKnowledge } from '../revocation/knowledge.js';
import { GuardMembership } from '../revocation/membership.js';
import { RevocationPublisher } from '../revocation/publish-round.js';
import { ReceiptDesk } from '../revocation/receipt-desk.js';
import type { Clock, EpochMilliseconds } from '../time.js';
import type { ModelDatabase } from './argument-model-database.js';
import { ModelFeed, modelLedger, modelRegister, modelWire } from './argument-model-ends.js';
import type { ModelRedis } from './argument-model-redis.js';
import { Party, type Traffic } from './argument-model-traffic.js';

/** What all processes share. */
export interface ModelWorld {
  readonly traffic: Traffic;
  readonly redis: ModelRedis;
  readonly database: ModelDatabase;
  /** The true time, which no process knows. */
  now(): EpochMilliseconds;
}

export interface ModelGuardOptions {
  readonly allow: boolean;
  /** How fast its monotonic clock runs. */
  readonly rate: number;
  /** Its bound, and so its lease. */
  readonly leaseMs: number;
}

/** A guard, and the two clocks of its machine. */
export class ModelGuard {
  readonly party: Party;
  readonly knowledge: RevocationKnowledge;
  readonly membership: GuardMembership;
  readonly allow: boolean;
  readonly clock: Clock;
  readonly leaseMs: number;
  /** What its monotonic clock did not count while the machine slept. */
  sleptMs = 0;
  readonly #bornAt: EpochMilliseconds;
  readonly #feed: ModelFeed;
  #asleep = false;
  #wallErrorMs = 0;
  #wallWentBack = false;

  constructor(world: ModelWorld, name: string, { allow, rate, leaseMs }: ModelGuardOptions) {
    this.allow = allow;
    this.#bornAt = world.now();
    this.leaseMs = leaseMs;
    this.party = new Party(name);
    this.clock = {
      now: () => world.now() + this.#wallErrorMs,
      monotonic: () => (world.now() - this.#bornAt - this.sleptMs) * rate,
    };
    const { clock, party: from } = this;
    this.knowledge = new RevocationKnowledge({ clock, maxStalenessMs: leaseMs });
    const { traffic, redis } = world;
    this.#feed = new ModelFeed({ traffic, from, redis, clock, trueNow: () => world.now() });
    this.membership = new GuardMembership({
      feed: this.#feed,
      ...{ knowledge: this.knowledge, clock, service: name, leaseMs, onStale: allow ? 'allow' : 'refuse' },
    });
    this.membership.start();
  }

  get asleep(): boolean {
    return this.#asleep;
  }

  /** When the wire's time that it carries forward was true, in true time. */
  get toldAt(): EpochMilliseconds | undefined {
    return this.#feed.toldAt;
  }

  /** A machine that sleeps stops its monotonic clock, and its wall clock is right: that both lie is out of reach (V11). */
  sleep(): void {
    this.#asleep = !this.#wallWentBack;
  }

  wake(): void {
    this.#asleep = false;
  }

  jumpWall(milliseconds: number): void {
    if (milliseconds < 0 && (this.#asleep || this.sleptMs > 0)) return;
    this.#wallWentBack ||= milliseconds < 0;
    this.#wallErrorMs += milliseconds;
  }

  /** Whether it admits whatever no entry matches, as resource-guard asks it. */
  get admits(): boolean {
    if (!this.party.alive) return false;
    return this.allow ? this.membership.freshness().state !== 'loading' : this.membership.judgeable();
  }
}

/** An instance of the auth-service. */
export class ModelInstance {
  readonly party: Party;
  readonly publisher: RevocationPublisher;
  readonly registry: GuardRegistry;
  readonly desk: ReceiptDesk;
  readonly wire;
  readonly ledger;
  readonly register;
  tasks = 0;

  constructor(world: ModelWorld, name: string) {
    this.party = new Party(name);
    const { party, clock } = { party: this.party, clock: { monotonic: () => world.now() } };
    this.wire = modelWire(world.traffic, party, world.redis);
    this.ledger = modelLedger(world.traffic, party, world.database);
    this.register = modelRegister(world.traffic, party, world.database);
    const { wire, ledger, register } = this;
    this.publisher = new RevocationPublisher({ wire, ledger, batchSize: 3 });
    this.registry = new GuardRegistry({ wire, register });
    this.desk = new ReceiptDesk({ wire, register, clock, publicationOf: (id) => ledger.publicationOf(id) });
  }
}
