/**
 * Owns what this instance remembers of the entries that it has committed itself, and where any entry stands on the wire.
 * Does not own the publishing, nor the ledger, which knows the entries of every instance.
 */
import type { RevocationEntry } from './entry.js';
import { precedes } from './position.js';
import type { Publication } from './receipt.js';

/** Whoever asks does so right after the commit; what lies further back than that many is looked up in the ledger. */
const REMEMBERED = 4096;

interface Own {
  /** On the monotonic clock. */
  readonly committedAt: number;
  readonly publication: Promise<Publication | undefined>;
}

export class OwnPublications {
  readonly #own = new Map<string, Own>();
  readonly #inLedger: (id: string) => Promise<Publication | undefined>;

  constructor(inLedger: (id: string) => Promise<Publication | undefined>) {
    this.#inLedger = inLedger;
  }

  /** @param publication `deferred`, or a rejection: on no wire for now */
  note(
    entries: readonly Pick<RevocationEntry, 'id'>[],
    committedAt: number,
    publication: Promise<Publication | 'deferred' | undefined>,
  ): void {
    const own: Own = {
      committedAt,
      publication: publication.then(
        (outcome) => (outcome === 'deferred' ? undefined : outcome),
        () => undefined,
      ),
    };
    for (const { id } of entries) this.#own.set(id, own);
    for (const id of this.#own.keys()) {
      if (this.#own.size <= REMEMBERED) return;
      this.#own.delete(id);
    }
  }

  /** Undefined unless all of them were committed here. */
  committedAt(ids: readonly string[]): number | undefined {
    const latest = Math.max(...ids.map((id) => this.#own.get(id)?.committedAt ?? Number.POSITIVE_INFINITY));
    return Number.isFinite(latest) ? latest : undefined;
  }

  /** What was remembered of these is of a wire that is gone: the ledger knows where they stand since. */
  forget(ids: readonly string[]): void {
    for (const id of ids) this.#own.delete(id);
  }

  /**
   * Where the last of them stands, once it is known; undefined while one of them is on no wire, or stands in another epoch
   * than the others. Rejects when the ledger does not answer.
   */
  async of(ids: readonly string[]): Promise<Publication | undefined> {
    const publications = await Promise.all(
      ids.map(async (id) => (await this.#own.get(id)?.publication) ?? this.#inLedger(id)),
    );
    return publications.reduce(
      (last, next) => (last === undefined || next === undefined ? undefined : furtherOf(last, next)),
      publications[0],
    );
  }
}

const furtherOf = (left: Publication, right: Publication): Publication | undefined => {
  if (left.epoch !== right.epoch) return undefined;
  return precedes(left.position, right.position) ? right : left;
};
