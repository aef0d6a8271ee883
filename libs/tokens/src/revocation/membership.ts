/**
 * Owns the life of one guard on the wire (revocation.md V16): it registers, holds its lease, reports what it has applied,
 * registers again when its lease was lost, and deregisters. All that it hears it hands on to the knowledge, and adds to
 * the question whether that may be judged by. Does not own when a lease is held (lease-term), what is known (knowledge),
 * nor what is answered when it cannot tell (resource-guard).
 */
import { randomUUID } from 'node:crypto';
import type { Clock, EpochMilliseconds, EpochSeconds } from '../time.js';
import type { RevocationKind } from './entry.js';
import type { FeedListener, FeedMessage, LeaseWriting, RevocationFeed } from './feed.js';
import type { Freshness, RevocationKnowledge } from './knowledge.js';
import {
  acknowledged,
  confirmed,
  isHeld,
  isUnanswered,
  leaseAgeMs,
  newTerm,
  restarted,
  unconfirmed,
  watermarked,
  type LeaseTerm,
} from './lease-term.js';
import type { GuardIdentity, LeaseReport } from './lease.js';
import type { RevocableClaims } from './list.js';
import { LeaseLoop } from './lease-loop.js';
import type { Position } from './position.js';
import { ReadingPlace } from './reading-place.js';
import type { Instant } from './wire-clock.js';

/** For the log. */
export type MembershipEvent =
  | { readonly type: 'registered' }
  /** The wire had let the lease go, or had lost it: it registers again, and admits nothing before that, unless `allow`. */
  | { readonly type: 'lease-lost' };

export interface GuardMembershipOptions extends Omit<GuardIdentity, 'guardId'> {
  /** Started and closed by the membership. */
  readonly feed: RevocationFeed;
  readonly knowledge: RevocationKnowledge;
  readonly clock: Clock;
  /** A UUID; drawn when left out. One process may never take it up again after another. */
  readonly guardId?: string;
  readonly onEvent?: (event: MembershipEvent) => void;
}

/** For operators. */
export interface MembershipStatus {
  readonly guardId: string;
  /** Its registration stands, and everything published before that has been applied. */
  readonly registered: boolean;
  readonly leaseHeld: boolean;
  /** Milliseconds since just before the last confirmed renewal was sent; infinite before the first. */
  readonly leaseAgeMs: number;
}

const MOST_BETWEEN_RENEWALS_MS = 1000;
/** Between two writings while the wire does not answer, and while an acknowledgement is waited for. */
const SHORT_MS = 200;
/** An acknowledgement that has not come by then is lost; twice that the next time, so that a slow register is waited for. */
const PATIENCE_MS = 1000;
const MOST_PATIENCE_MS = 16_000;

export class GuardMembership implements FeedListener {
  readonly guardId: string;
  readonly #options: GuardMembershipOptions;
  readonly #knowledge: RevocationKnowledge;
  readonly #leaseMs: number;
  readonly #renewEveryMs: number;
  readonly #place = new ReadingPlace();
  readonly #loop: LeaseLoop;
  #term: LeaseTerm = newTerm(randomUUID());
  #patienceMs = PATIENCE_MS;
  /** It was registered and completely loaded at one instant: from then on only age and lease are in question. */
  #begun = false;
  #ended: Promise<void> | undefined;

  constructor(options: GuardMembershipOptions) {
    this.#options = options;
    this.#knowledge = options.knowledge;
    this.guardId = options.guardId ?? randomUUID();
    // The wire counts whole milliseconds.
    this.#leaseMs = Math.floor(options.leaseMs);
    this.#renewEveryMs = Math.min(this.#leaseMs / 4, MOST_BETWEEN_RENEWALS_MS);
    const retryMs = Math.min(this.#renewEveryMs, SHORT_MS);
    this.#loop = new LeaseLoop({ retryMs, write: () => this.#renew() });
  }

  /** Starts the feed with itself as listener, and registers. Returns at once, whether the wire answers or not. */
  start(): void {
    this.#options.feed.start(this);
    this.#loop.soon();
  }

  /**
   * Whether a token may be judged by what is known: complete, no older than the bound, and by a guard that is registered
   * and, under `refuse`, holds its lease. In memory and synchronous.
   */
  judgeable(maxStalenessMs: number = this.#leaseMs): boolean {
    return this.#mayAdmit() && this.#knowledge.judgeable(maxStalenessMs);
  }

  /**
   * `loading`: nothing may be admitted, whatever is done when knowledge is stale: it is not registered yet, not loaded
   * yet, or has ended. Then the age is infinite. `stale` is also said without a lease.
   */
  freshness(): Freshness {
    if (this.#ended !== undefined || !this.#hasBegun()) return { state: 'loading', ageMs: Number.POSITIVE_INFINITY };
    const { state, ageMs } = this.#knowledge.freshness();
    return { state: state === 'fresh' && this.#mayAdmit() ? 'fresh' : 'stale', ageMs };
  }

  status(): MembershipStatus {
    const now = this.#now();
    return {
      guardId: this.guardId,
      registered: this.#ended === undefined && this.#term.acknowledged === 'complete',
      leaseHeld: this.#ended === undefined && isHeld(this.#term, this.#leaseMs, now),
      leaseAgeMs: leaseAgeMs(this.#term, now),
    };
  }

  match(claims: RevocableClaims, kid: string): RevocationKind | undefined {
    return this.#knowledge.match(claims, kid);
  }

  get forgottenUpTo(): EpochSeconds {
    return this.#knowledge.forgottenUpTo;
  }

  get longestLifetimeSeconds(): number | undefined {
    return this.#knowledge.longestLifetimeSeconds;
  }

  get size(): number {
    return this.#knowledge.size;
  }

  /**
   * Admits nothing from this call on, says so on the wire, and closes the feed. A wire that does not answer is not waited
   * for beyond its own bound: then the lease runs out by itself.
   */
  close(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  message(message: FeedMessage, position: Position): void {
    if (this.#place.enter(message.epoch)) {
      // A wire that has lost its stream may have lost the lease with it.
      this.#term = unconfirmed(restarted(this.#term));
      this.#loop.soon();
    }
    this.#knowledge.message(message);
    if (!this.#place.gapless) return;
    this.#place.reach(position);
    // revocation.md V16: "reports the position that it has applied: at once when an entry asks for a receipt".
    if (message.type === 'revocation' && message.receipt) this.#loop.soon();
    if (message.type === 'guard' && message.guardId === this.guardId) {
      this.#term = acknowledged(this.#term, message.registration);
    }
    if (message.type === 'watermark' && message.epoch === this.#place.epoch) this.#watermarked();
  }

  clock(wireNow: EpochMilliseconds, askedAt: Instant): void {
    this.#knowledge.clock(wireNow, askedAt);
  }

  restarted(): void {
    this.#place.restart();
    this.#term = restarted(this.#term);
    this.#knowledge.restarted();
  }

  incomprehensible(detail: string): void {
    this.#place.stumble();
    this.#knowledge.incomprehensible(detail);
  }

  #watermarked(): void {
    const before = this.#term;
    this.#term = watermarked(before);
    if (this.#term === before) return;
    this.#patienceMs = PATIENCE_MS;
    this.#options.onEvent?.({ type: 'registered' });
  }

  #hasBegun(): boolean {
    this.#begun ||= this.#term.acknowledged === 'complete' && this.#knowledge.freshness().state !== 'loading';
    return this.#begun;
  }

  /** An `allow` guard never counts as fenced (V17): it is asked for its word for ever, and needs no lease to admit. */
  #mayAdmit(): boolean {
    if (this.#ended !== undefined || !this.#hasBegun()) return false;
    return this.#options.onStale === 'allow' || isHeld(this.#term, this.#leaseMs, this.#now());
  }

  /** @returns in how many milliseconds to do so again; 0 for at once */
  async #renew(): Promise<number> {
    this.#drawAgainIfUnanswered();
    const { registration, writtenAt } = this.#term;
    const { epoch } = this.#place;
    const sentAt = this.#now();
    const answer = writtenAt === undefined ? await this.#register() : await this.#write('held');
    if (answer === 'lost') {
      this.#term = newTerm(randomUUID());
      this.#options.onEvent?.({ type: 'lease-lost' });
      return 0;
    }
    this.#term = confirmed(this.#term, registration, sentAt);
    if (epoch !== undefined && epoch !== this.#place.epoch) this.#term = unconfirmed(this.#term);
    return this.#term.acknowledged === 'complete' ? this.#renewEveryMs : Math.min(this.#renewEveryMs, SHORT_MS);
  }

  /**
   * A writing that was not confirmed may still be carried out, at any time. So a registration is written as new once only:
   * an acknowledgement of one that was given up says nothing of the next.
   */
  async #register(): Promise<'written' | 'lost'> {
    const { registration } = this.#term;
    try {
      return await this.#write('new');
    } catch (error) {
      if (this.#term.registration === registration) this.#term = newTerm(randomUUID());
      throw error;
    }
  }

  /** Not while it is loading: then the acknowledgement may stand in what is still to be read. */
  #drawAgainIfUnanswered(): void {
    if (this.#knowledge.freshness().state === 'loading') return;
    if (!isUnanswered(this.#term, this.#patienceMs, this.#now())) return;
    this.#term = newTerm(randomUUID());
    this.#patienceMs = Math.min(this.#patienceMs * 2, MOST_PATIENCE_MS);
  }

  #write(writing: LeaseWriting): Promise<'written' | 'lost'> {
    const { ageMs } = this.#knowledge.freshness();
    const report: LeaseReport = {
      ...{ guardId: this.guardId, service: this.#options.service, onStale: this.#options.onStale },
      ...{ leaseMs: this.#leaseMs, registration: this.#term.registration },
      ...{ epoch: this.#place.epoch, position: this.#place.position },
      // Whole, as the wire has it, and never younger than it is.
      ageMs: Number.isFinite(ageMs) ? Math.ceil(ageMs) : undefined,
      fenced: !this.judgeable(),
      entries: this.#knowledge.size,
      ended: writing === 'over',
    };
    return this.#options.feed.writeLease(report, writing);
  }

  async #end(): Promise<void> {
    // One writing after the other: the last word is that it has ended.
    await this.#loop.end();
    await this.#write('over').catch(() => undefined);
    await this.#options.feed.close();
  }

  #now(): Instant {
    return { wall: this.#options.clock.now(), monotonic: this.#options.clock.monotonic() };
  }
}
