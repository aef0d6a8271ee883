/**
 * Owns whether anything that was read of the registry may be answered from memory at this moment, and which reads are of one state.
 * Does not own what is remembered (remembered-reads), nor how the feed is heard (tokens).
 */
import type { Clock } from '@latchkey/tokens';
import type { RegistryRevision } from './registry-ports.js';

/**
 * However still the feed says that it stands, everything is read again so often, in milliseconds: a change that PostgreSQL was told not to
 * count (`ALTER TABLE … DISABLE TRIGGER ALL`) is not remembered wrongly for good.
 */
const LONGEST_ERA_MS = 60_000;

/** From one word of the feed to the next that says something else, and a minute at the most; told apart by identity, since a number may be heard again. */
export interface RegistryEra {
  readonly revision: RegistryRevision;
}

/**
 * revocation.md V1: "A cached client is not used … while the feed is stale; for machines another instance may lag by the feed's delay";
 * V5: "Caches on those doors are unused while it is"; admin-api.md A9: "A change is in force on every instance within a second".
 *
 * Why that holds: a watermark of the instant w names the revision as PostgreSQL had it after w, so every change committed before w is in what
 * was read with that number, or in a later state. What is remembered was read with the number that was heard last, and is used only
 * while the newest watermark is younger than the bound. So whatever is used lacks no change that is older than the bound.
 */
export class RegistryStanding {
  readonly #isFresh: () => boolean;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #era: RegistryEra | undefined;
  #began = 0;

  /** @param isFresh whether the newest watermark heard is young enough */
  constructor(isFresh: () => boolean, clock: Pick<Clock, 'monotonic'>) {
    this.#isFresh = isFresh;
    this.#clock = clock;
  }

  /**
   * The revision of what stands now, as it was heard last; undefined: nobody knows. Another one than before, be it higher or lower, ends all
   * that was remembered, and every read that began before. Rounds that overtake one another may say an earlier one once more: then
   * what is read meanwhile bears another number, and is not kept until a watermark says that one.
   * @returns whether it was another one
   */
  hear(revision: RegistryRevision | undefined): boolean {
    if (revision === this.#era?.revision) return false;
    this.#begin(revision);
    return true;
  }

  /** Undefined: PostgreSQL is to be asked, and nothing of its answer is to be kept. */
  era(): RegistryEra | undefined {
    if (this.#era === undefined || !this.#isFresh()) return undefined;
    if (this.#clock.monotonic() - this.#began >= LONGEST_ERA_MS) this.#begin(this.#era.revision);
    return this.#era;
  }

  #begin(revision: RegistryRevision | undefined): void {
    this.#era = revision === undefined ? undefined : { revision };
    this.#began = this.#clock.monotonic();
  }
}
