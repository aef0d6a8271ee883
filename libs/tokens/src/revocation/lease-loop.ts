/**
 * Owns the rhythm of a guard's writings: one at a time, the next in time, and of many reasons to write at once a single one.
 * Does not own what is written nor when it must be (membership).
 */

export interface LeaseLoopOptions {
  /** Resolves with the milliseconds until the next writing, 0 for at once; rejects when the wire does not answer. */
  readonly write: () => Promise<number>;
  /** Until the next writing after one that was not answered. */
  readonly retryMs: number;
}

export class LeaseLoop {
  readonly #options: LeaseLoopOptions;
  #writing: Promise<void> | undefined;
  /** A reason came while a writing was under way: it may not have been in what was written. */
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(options: LeaseLoopOptions) {
    this.#options = options;
  }

  /** Writes as soon as what is being done now has been done to its end, or the writing under way has come to its own. */
  soon(): void {
    if (this.#ended) return;
    this.#again = true;
    if (this.#writing !== undefined) return;
    clearTimeout(this.#timer);
    this.#writing = this.#write();
  }

  /** No writing begins after this call; resolves when the one under way is over. */
  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#writing;
  }

  async #write(): Promise<void> {
    // Many messages are heard in one go: after that.
    await Promise.resolve();
    const nextMs = await this.#written();
    this.#writing = undefined;
    if (this.#ended) return;
    if (nextMs === 0) this.soon();
    else
      this.#timer = setTimeout(() => {
        this.soon();
      }, nextMs).unref();
  }

  async #written(): Promise<number> {
    if (this.#ended) return 0;
    this.#again = false;
    try {
      const nextMs = await this.#options.write();
      return this.#isAgain() ? 0 : nextMs;
    } catch {
      return this.#options.retryMs;
    }
  }

  #isAgain(): boolean {
    return this.#again;
  }
}
