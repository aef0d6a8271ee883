/**
 * Owns the publishing of what was just committed (revocation.md V6): at once, and what comes while an append is under way
 * goes with the next one. Does not own rounds, which bring whatever could not be published (publish-round).
 */
import { Coalesced } from './coalesced.js';
import type { RevocationEntry } from './entry.js';
import type { Epoch, Placed, RevocationLedger } from './feed.js';
import type { Publication } from './receipt.js';

/** Where entries were appended, all in one epoch. */
export interface Appended {
  readonly epoch: Epoch;
  readonly placed: readonly Placed[];
}

export interface PublishAtOnceParts {
  /** Appends all of them in the epoch that stands now; undefined when there is none. Rejects when the wire is silent. */
  readonly append: (entries: readonly RevocationEntry[], receipt: boolean) => Promise<Appended | undefined>;
  readonly ledger: Pick<RevocationLedger, 'markPublished'>;
  /** Something was left to a later round. */
  readonly onDeferred: (error: unknown) => void;
}

interface Waiting {
  readonly entries: readonly RevocationEntry[];
  readonly receipt: boolean;
}

export class PublishAtOnce {
  readonly #parts: PublishAtOnceParts;
  readonly #appending = new Coalesced(() => this.#appendWaiting());
  readonly #marking = new Coalesced(() => this.#markAppended());
  #waiting: Waiting[] = [];
  #appended: Appended[] = [];

  constructor(parts: PublishAtOnceParts) {
    this.#parts = parts;
  }

  /** See RevocationPublisher.publishNow. Never rejects. */
  async publish(entries: readonly RevocationEntry[], receipt: boolean): Promise<Publication | 'deferred' | undefined> {
    const last = entries.at(-1);
    if (last === undefined) return undefined;
    this.#waiting.push({ entries, receipt });
    const appended = await this.#appending.run().catch((error: unknown) => {
      this.#parts.onDeferred(error);
      return undefined;
    });
    if (appended === undefined) return 'deferred';
    // Unmarked is no harm: a later round appends a copy.
    await this.#marking.run().catch(this.#parts.onDeferred);
    const position = appended.placed.findLast(({ id }) => id === last.id)?.position;
    return position === undefined ? 'deferred' : { epoch: appended.epoch, position };
  }

  async #appendWaiting(): Promise<Appended | undefined> {
    const waiting = this.#waiting;
    this.#waiting = [];
    const entries = waiting.flatMap((one) => one.entries);
    const appended = await this.#parts.append(
      entries,
      waiting.some(({ receipt }) => receipt),
    );
    if (appended !== undefined) this.#appended.push(appended);
    return appended;
  }

  async #markAppended(): Promise<void> {
    const placedIn = new Map<Epoch, Placed[]>();
    for (const { epoch, placed } of this.#appended) {
      placedIn.set(epoch, [...(placedIn.get(epoch) ?? []), ...placed]);
    }
    this.#appended = [];
    for (const [epoch, placed] of placedIn) await this.#parts.ledger.markPublished(placed, epoch, false);
  }
}
