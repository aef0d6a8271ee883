/**
 * Owns the publisher's logic (revocation.md V6, V7): what was committed goes to the wire at once, what was left goes with
 * the next round, and a watermark says how far the wire is complete. Nobody is elected; two rounds at once do no harm.
 * Does not own the timer, the wire, nor the ledger.
 */
import { randomUUID } from 'node:crypto';
import type { EpochMilliseconds } from '../time.js';
import type { RevocationEntry } from './entry.js';
import type { Epoch, RevocationLedger, RevocationWire, WireIdentity } from './feed.js';

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
  | { readonly type: 'epoch-raised'; readonly epoch: Epoch }
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

export class RevocationPublisher {
  readonly #wire: RevocationWire;
  readonly #ledger: RevocationLedger;
  readonly #batchSize: number;
  readonly #onEvent: (event: PublisherEvent) => void;
  /** The epoch of the last round that went through; a script on the wire refuses it when it is not the current one. */
  #epoch: Epoch | undefined;

  constructor(options: RevocationPublisherOptions) {
    this.#wire = options.wire;
    this.#ledger = options.ledger;
    this.#batchSize = options.batchSize ?? 500;
    this.#onEvent = options.onEvent ?? (() => undefined);
  }

  /**
   * To be called by the instance that has just committed these entries. Never rejects; `deferred` means that they stand
   * in the ledger and go with a later round.
   */
  async publishNow(entries: readonly RevocationEntry[]): Promise<'published' | 'deferred'> {
    return this.#attempt(async () => {
      if (this.#epoch !== undefined && (await this.#append(this.#epoch, entries))) return true;
      return (await this.round()).outcome === 'watermarked';
    });
  }

  /** Tells every guard to fetch the JWKS again. Never rejects; when deferred, guards learn of it by an unknown kid. */
  async announceKeys(): Promise<'published' | 'deferred'> {
    return this.#attempt(async () => {
      for (let attempt = 0; attempt < 2; attempt += 1) {
        if (this.#epoch !== undefined && (await this.#wire.announceKeys(this.#epoch)) === 'appended') return true;
        await this.round();
      }
      return false;
    });
  }

  /** A round, unless the newest watermark on the wire is younger than the interval. Rejects as round() does. */
  async roundIfDue(intervalMs: number): Promise<RoundOutcome | { readonly outcome: 'not-due' }> {
    const life = await this.#wire.inspect();
    const { newestWatermark: newest, now } = life;
    // A watermark from the future is no reason to rest.
    const young = newest !== undefined && newest <= now && now - newest < intervalMs;
    if (young && life.epoch !== undefined && life.epoch === this.#epoch) return { outcome: 'not-due' };
    return this.#round(life);
  }

  /** Publishes what was left and writes a watermark. Rejects when the wire or the ledger does not answer. */
  async round(): Promise<RoundOutcome> {
    return this.#round(await this.#wire.inspect());
  }

  async #round(first: WireIdentity): Promise<RoundOutcome> {
    let life = first;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const epoch = await this.#settle(life);
      const published = epoch === undefined ? undefined : await this.#publishLeft(epoch);
      // Everything acknowledged before life.now was committed before the read in #publishLeft, which came after it.
      if (epoch !== undefined && published !== undefined) {
        if ((await this.#wire.watermark(epoch, life.now)) === 'appended') {
          this.#epoch = epoch;
          return { outcome: 'watermarked', epoch, at: life.now, published };
        }
      }
      life = await this.#wire.inspect();
    }
    return { outcome: 'contended' };
  }

  /**
   * The epoch of this life of the wire. If it is a new one, raises the epoch; whoever wins marks the stream, and nobody
   * else ever does: a second mark of one epoch could hide that the entries behind the first were lost.
   */
  async #settle(life: WireIdentity): Promise<Epoch | undefined> {
    const record = await this.#ledger.currentEpoch();
    if (isSettled(life, record)) return record.epoch;
    // Perhaps somebody else raised it between our two reads: look once more before doing the same.
    const again = await this.#wire.inspect();
    if (isSettled(again, record)) return record.epoch;
    const identity = `${again.identity}#${randomUUID()}`;
    let raised = record;
    do {
      raised = await this.#ledger.raiseEpoch(raised.epoch, identity);
      if (raised.identity !== identity) return undefined;
      // A wire that counts further than a ledger that was restored from a backup is overtaken.
    } while (raised.epoch <= (again.epoch ?? 0));
    await this.#wire.beginEpoch(raised.epoch);
    this.#onEvent({ type: 'epoch-raised', epoch: raised.epoch });
    return raised.epoch;
  }

  /** Appends every entry not yet published in this epoch; undefined when the epoch is over. */
  async #publishLeft(epoch: Epoch): Promise<number | undefined> {
    let published = 0;
    for (;;) {
      const entries = await this.#ledger.unpublished(epoch, this.#batchSize);
      if (entries.length > 0 && !(await this.#append(epoch, entries))) return undefined;
      published += entries.length;
      if (entries.length < this.#batchSize) return published;
    }
  }

  async #append(epoch: Epoch, entries: readonly RevocationEntry[]): Promise<boolean> {
    if ((await this.#wire.append(epoch, entries)) === 'foreign-epoch') return false;
    // Only after the reply: an entry marked before could be lost with the wire.
    await this.#ledger.markPublished(
      entries.map(({ id }) => id),
      epoch,
    );
    return true;
  }

  async #attempt(work: () => Promise<boolean>): Promise<'published' | 'deferred'> {
    try {
      return (await work()) ? 'published' : 'deferred';
    } catch (error) {
      this.#onEvent({ type: 'publish-deferred', error });
      return 'deferred';
    }
  }
}

const isSettled = (life: WireIdentity, record: { readonly epoch: Epoch; readonly identity: string }): boolean =>
  record.epoch > 0 && life.epoch === record.epoch && record.identity.startsWith(`${life.identity}#`);
