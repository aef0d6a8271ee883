/**
 * Owns the publisher's logic (revocation.md V6 to V8): what was committed goes to the wire at once, what was left goes with
 * the next round, a watermark says how far the wire is complete, and the wire is trimmed below the oldest that lives.
 * Nobody is elected; two rounds at once do no harm. Does not own the timer, the wire, the ledger, nor the epoch (settle-epoch).
 */
import type { EpochMilliseconds } from '../time.js';
import { Coalesced } from './coalesced.js';
import type { RevocationEntry } from './entry.js';
import type {
  Epoch,
  EpochRecord,
  Placed,
  RevocationLedger,
  RevocationWire,
  Unpublished,
  WireIdentity,
} from './feed.js';
import { type Position, precedes } from './position.js';
import { PublishAtOnce, type Appended } from './publish-at-once.js';
import type { Publication } from './receipt.js';
import { isSettled, settleEpoch } from './settle-epoch.js';

export type RoundOutcome =
  | {
      readonly outcome: 'watermarked';
      readonly epoch: Epoch;
      /** The watermark that was written, by the wire's clock. */
      readonly at: EpochMilliseconds;
      /** How many entries this round appended. */
      readonly published: number;
    }
  /** Another instance was changing the epoch at the same time; the next round goes on. */
  | { readonly outcome: 'contended' };

export type PublisherEvent =
  | {
      readonly type: 'epoch-raised';
      readonly epoch: Epoch;
      /** The wire held the whole list of another ledger, in this epoch of its own; or of this one, before a backup of it was restored. */
      readonly overtaken?: Epoch;
    }
  /** Nothing is lost: the ledger still has the entries, and a later round publishes them. */
  | { readonly type: 'publish-deferred'; readonly error: unknown };

export interface RevocationPublisherOptions {
  readonly wire: RevocationWire;
  readonly ledger: RevocationLedger;
  /** Entries appended with one call; default 500. */
  readonly batchSize?: number;
  readonly onEvent?: (event: PublisherEvent) => void;
}

const ATTEMPTS = 5;
/** The dead may outnumber the living by this many before the living are moved up. */
const TOLERATED_DEAD = 1000;
/** Whoever has not read what was published so long ago admits nothing, whatever its bound of some seconds. */
const SETTLED_MS = 60_000;
/** Batches moved up by one trimming round. */
const MOVED_BATCHES = 20;

export class RevocationPublisher {
  readonly #wire: RevocationWire;
  readonly #ledger: RevocationLedger;
  readonly #batchSize: number;
  readonly #onEvent: (event: PublisherEvent) => void;
  /** Of all who find at once that the epoch is over. */
  readonly #sharedRound = new Coalesced(() => this.round());
  readonly #sharedSettling = new Coalesced(() => this.#settle());
  readonly #atOnce: PublishAtOnce;
  /** The epoch of the last round that went through; a script on the wire refuses it when it is not the current one. */
  #epoch: Epoch | undefined;

  constructor(options: RevocationPublisherOptions) {
    this.#wire = options.wire;
    this.#ledger = options.ledger;
    this.#batchSize = options.batchSize ?? 500;
    this.#onEvent = options.onEvent ?? (() => undefined);
    this.#atOnce = new PublishAtOnce({
      append: (entries, receipt) => this.#appendSomehow(entries, receipt),
      ledger: this.#ledger,
      onDeferred: this.#deferred,
    });
  }

  /** The epoch that this instance publishes in; undefined before its first round. */
  get epoch(): Epoch | undefined {
    return this.#epoch;
  }

  /**
   * To be called by the instance that has just committed these entries. Never rejects; `deferred` means that they stand
   * in the ledger and go with a later round.
   * @param receipt the guards are asked to report at once that they have applied them
   * @returns where the last of them stands; undefined for no entries
   */
  publishNow(entries: readonly RevocationEntry[], receipt = false): Promise<Publication | 'deferred' | undefined> {
    return this.#atOnce.publish(entries, receipt);
  }

  /**
   * Tells every guard that the keys have changed. Never rejects; when deferred, it is for the caller to tell again.
   * @param revision of the keys as they stand since; a safe integer, not negative
   */
  announceKeys(revision: number): Promise<'published' | 'deferred'> {
    return this.#announce((epoch) => this.#wire.announceKeys(epoch, revision));
  }

  /**
   * Tells the issuer's own instances that what is registered has changed. Never rejects; when deferred, the next watermark says it.
   * @param revision a safe integer, not negative
   */
  announceRegistry(revision: number): Promise<'published' | 'deferred'> {
    return this.#announce((epoch) => this.#wire.announceRegistry(epoch, revision));
  }

  /**
   * Agrees with the ledger on the epoch of the wire as it is at some instant after this call; where the wire has lost anything, a new
   * epoch is raised. Those who ask at once are served by one question. Rejects when the wire or the ledger does not answer.
   */
  settle(): Promise<void> {
    return this.#sharedSettling.run();
  }

  /** A round, unless the newest watermark on the wire is younger than the interval. Rejects as round() does. */
  async roundIfDue(intervalMs: number): Promise<RoundOutcome | { readonly outcome: 'not-due' }> {
    const life = await this.#wire.inspect();
    const { newestWatermark: newest, now } = life;
    // A watermark from the future is no reason to rest.
    const young = newest !== undefined && newest <= now && now - newest < intervalMs;
    if (young && life.epoch !== undefined && life.epoch === this.#epoch) return { outcome: 'not-due' };
    return this.#round(life, false);
  }

  /** Publishes what was left and writes a watermark. Rejects when the wire or the ledger does not answer. */
  async round(): Promise<RoundOutcome> {
    return this.#round(await this.#wire.inspect(), false);
  }

  /** A round that also trims the wire below the oldest entry that is still alive (V8). Rejects as round() does. */
  async trimmingRound(): Promise<RoundOutcome> {
    return this.#round(await this.#wire.inspect(), true);
  }

  async #announce(append: (epoch: Epoch) => Promise<'appended' | 'foreign-epoch'>): Promise<'published' | 'deferred'> {
    try {
      for (let attempt = 0; attempt < 2; attempt += 1) {
        const epoch = this.#epoch;
        if (epoch !== undefined && (await append(epoch)) === 'appended') return 'published';
        await this.#sharedRound.run();
      }
      return 'deferred';
    } catch (error) {
      return this.#deferred(error);
    }
  }

  async #settle(): Promise<void> {
    const life = await this.#wire.inspect();
    // A round raises what is to be raised, here or after somebody else, and fills it.
    if (!isSettled(life, await this.#ledger.currentEpoch())) await this.#sharedRound.run();
  }

  async #round(first: WireIdentity, trimming: boolean): Promise<RoundOutcome> {
    let life = first;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const left = await this.#ledger.unpublished(this.#batchSize);
      if (!isSettled(life, left.record)) await this.#raise(left.record);
      else {
        const outcome = await this.#fill(left, life, trimming);
        if (outcome !== undefined) return outcome;
      }
      life = await this.#wire.inspect();
    }
    return { outcome: 'contended' };
  }

  async #raise(record: EpochRecord): Promise<void> {
    const raised = await settleEpoch(this.#wire, this.#ledger, record);
    if (raised !== undefined) this.#onEvent({ type: 'epoch-raised', ...raised });
  }

  /** Undefined when the epoch is over. */
  async #fill(left: Unpublished, life: WireIdentity, trimming: boolean): Promise<RoundOutcome | undefined> {
    const { epoch, longestLifetimeSeconds, registryRevision } = left.record;
    const published = await this.#publishLeft(left);
    if (published === undefined) return undefined;
    const trimTo = trimming ? await this.#floor(epoch, life) : undefined;
    if (trimming && trimTo === undefined) return undefined;
    // Everything acknowledged before life.now was committed before what was left was read, which came after it.
    // And so it is with the record, and what is registered: they are of the same snapshot.
    const said = { longestLifetimeSeconds, registryRevision };
    const watermark = { at: life.now, ...said, ...(trimTo === undefined ? {} : { trimTo }) };
    if ((await this.#wire.watermark(epoch, watermark)) === 'foreign-epoch') return undefined;
    this.#epoch = epoch;
    return { outcome: 'watermarked', epoch, at: life.now, published };
  }

  /** Appends these, and every other entry not yet published in this epoch; undefined when the epoch is over. */
  async #publishLeft(first: Unpublished): Promise<number | undefined> {
    const { epoch } = first.record;
    let published = 0;
    for (let left = first; left.record.epoch === epoch; left = await this.#ledger.unpublished(this.#batchSize)) {
      const { entries } = left;
      if (entries.length > 0 && !(await this.#appendAndMark(epoch, entries))) return undefined;
      published += entries.length;
      if (entries.length < this.#batchSize) return published;
    }
    return undefined;
  }

  /**
   * Below which nothing is needed any more; undefined when the epoch is over. What lived when what was left was read is marked where a copy stands; whatever was
   * committed since is appended behind the end that was inspected before it.
   */
  async #floor(epoch: Epoch, life: WireIdentity): Promise<Position | undefined> {
    let standing = await this.#ledger.standing(epoch);
    if (standing === 'epoch-over') return undefined;
    // An entry that never ends would hold everything behind it: the living are appended once more, which harms nothing.
    if (life.length > 2 * standing.places + TOLERATED_DEAD && isBehind(standing.oldest, life.end)) {
      await this.#moveUp(epoch, life);
      standing = await this.#ledger.standing(epoch);
      if (standing === 'epoch-over') return undefined;
    }
    return isBehind(standing.oldest, life.end) ? standing.oldest : life.end;
  }

  /**
   * Appends once more those of the living that stand furthest back; each once. Not what was published a moment ago: a guard
   * that lags could report a place behind its first copy before it has read the second (V17).
   */
  async #moveUp(epoch: Epoch, life: WireIdentity): Promise<void> {
    const moved = new Set<string>();
    const before = `${life.now - SETTLED_MS}-0`;
    for (let batch = 0; batch < MOVED_BATCHES; batch += 1) {
      const furthest = (await this.#ledger.oldestStanding(epoch, before, this.#batchSize)).filter(
        ({ id }) => !moved.has(id),
      );
      if (furthest.length === 0 || !(await this.#appendAndMark(epoch, furthest, true))) return;
      for (const { id } of furthest) moved.add(id);
    }
  }

  async #appendAndMark(epoch: Epoch, entries: readonly RevocationEntry[], moved = false): Promise<boolean> {
    const placed = await this.#append(epoch, entries, false);
    if (placed === undefined) return false;
    // Only after the reply: an entry marked before could be lost with the wire.
    await this.#ledger.markPublished(placed, epoch, moved);
    return true;
  }

  /** In the epoch that is known; else after a round, which finds the one that stands now. */
  async #appendSomehow(entries: readonly RevocationEntry[], receipt: boolean): Promise<Appended | undefined> {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const epoch = this.#epoch;
      const placed = epoch === undefined ? undefined : await this.#append(epoch, entries, receipt);
      if (epoch !== undefined && placed !== undefined) return { epoch, placed };
      if (attempt === 0) await this.#sharedRound.run();
    }
    return undefined;
  }

  /** In batches; undefined when the epoch is over, whatever was appended before that. */
  async #append(
    epoch: Epoch,
    entries: readonly RevocationEntry[],
    receipt: boolean,
  ): Promise<readonly Placed[] | undefined> {
    const placed: Placed[] = [];
    for (let from = 0; from < entries.length; from += this.#batchSize) {
      const batch = entries.slice(from, from + this.#batchSize);
      const positions = await this.#wire.append(epoch, batch, receipt);
      if (positions === 'foreign-epoch') return undefined;
      placed.push(...placedOf(batch, positions));
    }
    return placed;
  }

  readonly #deferred = (error: unknown): 'deferred' => {
    this.#onEvent({ type: 'publish-deferred', error });
    return 'deferred';
  };
}

const placedOf = (entries: readonly RevocationEntry[], positions: readonly Position[]): readonly Placed[] =>
  entries.flatMap(({ id }, index) => {
    const position = positions[index];
    return position === undefined ? [] : [{ id, position }];
  });

const isBehind = (position: Position | undefined, end: Position): position is Position =>
  position !== undefined && precedes(position, end);
