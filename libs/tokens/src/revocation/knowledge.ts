/**
 * Owns what a guard knows of revocations and how old that knowledge is (revocation.md V6, V7, V11). Pure: it hears a feed
 * and reads a clock. Does not own the wire, nor what is answered when the knowledge is too old (resource-guard).
 */
import { toSeconds, type Clock, type EpochMilliseconds, type EpochSeconds } from '../time.js';
import type { RevocationKind } from './entry.js';
import type { Epoch, FeedListener, FeedMessage } from './feed.js';
import { EXPIRY_MARGIN_SECONDS, RevocationList, type RevocableClaims } from './list.js';
import { WireClock, type Instant } from './wire-clock.js';

export interface Freshness {
  /** `loading`: never complete in this epoch yet. `stale`: older than the bound, or fenced. */
  readonly state: 'fresh' | 'stale' | 'loading';
  /** Milliseconds from the newest watermark to the wire's present; infinite while nothing can be said. */
  readonly ageMs: number;
}

export interface RevocationKnowledgeOptions {
  readonly clock: Clock;
  /** The bound by which freshness() says fresh or stale; default 5000. */
  readonly maxStalenessMs?: number;
  /**
   * The feed said that the issuer's keys have changed, or begins again at its start: then it may have said so unheard.
   * @param revision of the keys that stand since; undefined: whichever stand now, even of a lower revision than before
   */
  readonly onKeysChanged?: (revision: number | undefined) => void;
  /**
   * For whoever remembers what is registered with the issuer: which revision of it stands by what was heard last; undefined: nothing may
   * be concluded until it is said again. Not checked: that one follows the other. Who speaks out of turn is followed by a watermark.
   */
  readonly onRegistryHeard?: (revision: number | undefined) => void;
  /** The feed holds something critical that this version cannot read; the knowledge is fenced. */
  readonly onIncomprehensible?: (detail: string) => void;
}

/** Two clocks run apart by less than this between two answers; a watermark further ahead comes from the future. */
const DRIFT_MS = 10;
/**
 * An entry leaves the wire a minute after the last token that it can match has ended, by PostgreSQL's clock, which may be
 * ahead of the wire's by the other half of that minute.
 */
const OFF_THE_WIRE_SECONDS = EXPIRY_MARGIN_SECONDS / 2;
/** Entries looked at for expiry with each watermark. */
const EXPIRY_SLICE = 2000;

export class RevocationKnowledge implements FeedListener {
  readonly list = new RevocationList();
  readonly #options: RevocationKnowledgeOptions;
  readonly #wireClock: WireClock;
  #epoch: Epoch | undefined;
  /** The read in progress began at the start of the stream, in this epoch. */
  #fromStart = false;
  #newest: EpochMilliseconds | undefined;
  /** The clocks contradict each other: nothing is believed until another watermark comes. */
  #fenced = false;
  #incomprehensible = false;
  #longestLifetimeSeconds: number | undefined;

  constructor(options: RevocationKnowledgeOptions) {
    this.#options = options;
    this.#wireClock = new WireClock(options.clock);
  }

  freshness(): Freshness {
    const now = this.#wireClock.now();
    if (this.#newest === undefined || now === undefined) return { state: 'loading', ageMs: Number.POSITIVE_INFINITY };
    if (this.#fenced || this.#incomprehensible || this.#newest > now + DRIFT_MS) {
      return { state: 'stale', ageMs: Number.POSITIVE_INFINITY };
    }
    const ageMs = Math.max(0, now - this.#newest);
    return { state: ageMs <= (this.#options.maxStalenessMs ?? 5000) ? 'fresh' : 'stale', ageMs };
  }

  /** Whether a token may be judged by this knowledge: it is complete, and no older than the bound. */
  judgeable(maxStalenessMs: number = this.#options.maxStalenessMs ?? 5000): boolean {
    return this.freshness().ageMs <= maxStalenessMs;
  }

  /** Whether the newest watermark that was heard is of this epoch and younger than this: then the wire wants no other one. */
  hasWatermark(epoch: Epoch, youngerThanMs: number): boolean {
    return epoch === this.#epoch && this.freshness().ageMs < youngerThanMs;
  }

  /** In memory and synchronous. "No match" means something only while judgeable. */
  match(claims: RevocableClaims, kid: string): RevocationKind | undefined {
    return this.list.match(claims, kid);
  }

  /**
   * Tokens that end no later are refused whatever the host's clock says: see RevocationList; and what had ended well before
   * the newest watermark may have left the wire before this guard began to read it.
   */
  get forgottenUpTo(): EpochSeconds {
    const leftTheWire = this.#newest === undefined ? 0 : toSeconds(this.#newest) - OFF_THE_WIRE_SECONDS;
    return Math.max(this.list.forgottenUpTo, leftTheWire);
  }

  get size(): number {
    return this.list.size;
  }

  /**
   * revocation.md V2: the longest lifetime of an access token of which any watermark has spoken. No entry is kept for a
   * token that was made for longer. Undefined before the first watermark.
   */
  get longestLifetimeSeconds(): number | undefined {
    return this.#longestLifetimeSeconds;
  }

  message(message: FeedMessage): void {
    this.#heard(message.epoch);
    switch (message.type) {
      case 'revocation':
        // Of whatever epoch: nothing is ever un-revoked, and what was revoked once stays so.
        this.list.add(message.entry);
        return;
      case 'watermark':
        // A high-water mark: the largest that was ever said holds, of whatever epoch.
        this.#longestLifetimeSeconds = Math.max(this.#longestLifetimeSeconds ?? 0, message.longestLifetimeSeconds);
        if (message.epoch !== this.#epoch || !this.#fromStart) return;
        this.#options.onRegistryHeard?.(message.registryRevision);
        this.#watermark(message.at);
        return;
      case 'keys':
        // What was announced in an epoch that is over need not be there: PostgreSQL may have been restored since.
        this.#options.onKeysChanged?.(message.epoch === this.#epoch ? message.revision : undefined);
        return;
      case 'registry':
        if (message.epoch === this.#epoch) this.#options.onRegistryHeard?.(message.revision);
        return;
      case 'epoch':
      case 'guard':
    }
  }

  clock(wireNow: EpochMilliseconds, askedAt: Instant): void {
    if (!this.#wireClock.set(wireNow, askedAt)) this.#fenced = true;
  }

  restarted(): void {
    this.#fromStart = true;
    this.#newest = undefined;
    this.#incomprehensible = false;
    this.#options.onKeysChanged?.(undefined);
    this.#options.onRegistryHeard?.(undefined);
  }

  incomprehensible(detail: string): void {
    this.#incomprehensible = true;
    this.#options.onIncomprehensible?.(detail);
  }

  /**
   * A new life of the wire, of whatever message it is heard (its mark may have been trimmed): all entries are kept,
   * freshness is trusted again after the refill.
   */
  #heard(epoch: Epoch): void {
    if (this.#epoch !== undefined && epoch <= this.#epoch) return;
    if (this.#epoch !== undefined) {
      this.#fromStart = false;
      this.#newest = undefined;
      this.#options.onRegistryHeard?.(undefined);
    }
    this.#epoch = epoch;
  }

  #watermark(at: EpochMilliseconds): void {
    const now = this.#wireClock.now();
    if (now !== undefined && at > now + DRIFT_MS) {
      this.#fenced = true;
      return;
    }
    // After a fence, or where the newest lies ahead, the wire's clock may have gone back: then the newest is the one that came last.
    const isAhead = now !== undefined && this.#newest !== undefined && this.#newest > now + DRIFT_MS;
    this.#newest = this.#fenced || isAhead || this.#newest === undefined ? at : Math.max(this.#newest, at);
    this.#fenced = false;
    const agreed = this.#wireClock.earliestNow();
    if (agreed !== undefined) this.list.expire(toSeconds(agreed), EXPIRY_SLICE);
  }
}
