/**
 * Owns what a verifier's copy of the keys still lacks, and which answer may take the place of what it holds. Pure.
 * Does not own the keys, nor the asking (remote-keys).
 */

/** An instance that lags, or a cache, answers with less than what was announced: every set of keys has a revision. */
export class WantedRevision {
  /** Of what is held; undefined while nothing is, or when its source names none. */
  #held: number | undefined;
  /** The largest that was announced and is not here. */
  #announced: number | undefined;
  /** The wish for whichever stands now, of whatever revision. */
  #whichever: number | undefined;
  #wishes = 0;

  get held(): number | undefined {
    return this.#held;
  }

  get announced(): number | undefined {
    return this.#announced;
  }

  /** Newer keys exist, or may exist, than those that are held. */
  get open(): boolean {
    return this.#announced !== undefined || this.#whichever !== undefined;
  }

  /** Grows with each wish: what is asked for now answers every wish up to this one. */
  get wishes(): number {
    return this.#wishes;
  }

  /** Still open, by a wish of before: whoever answered lags. What was wished for since could not be in the answer. */
  lacking(asked: number): boolean {
    return this.open && this.#wishes <= asked;
  }

  /**
   * @param revision undefined: something may have been missed, so that nothing is believed of what was announced before;
   * even a lower revision, of keys that were restored from a backup.
   */
  want(revision?: number): void {
    if (revision === undefined) {
      this.#announced = undefined;
      this.#wishes += 1;
      this.#whichever = this.#wishes;
      return;
    }
    const here = this.#held !== undefined && revision <= this.#held;
    // What answers a wish for whichever may be of a lower revision than what is held.
    if (here && this.#whichever === undefined) return;
    this.#wishes += 1;
    this.#announced = Math.max(this.#announced ?? 0, revision);
  }

  /**
   * Judges an answer. Whoever names no revision cannot be told from the newest.
   * @param asked `wishes` as it was just before the question was sent
   * @returns `behind`: it may not take the place of what is held
   */
  answered(revision: number | undefined, asked: number): 'take' | 'behind' {
    const anew = this.#whichever !== undefined && this.#whichever <= asked;
    if (!anew && revision !== undefined && this.#held !== undefined && revision < this.#held) return 'behind';
    this.#held = revision;
    if (anew) this.#whichever = undefined;
    const arrived = revision === undefined ? this.#wishes <= asked : revision >= (this.#announced ?? 0);
    if (arrived) this.#announced = undefined;
    return 'take';
  }
}
