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
    if (this.#ended) return;
    this.#again = false;
    const nextMs = await this.#options.write().catch(() => undefined);
    // Nothing is awaited from here on: a reason that comes later finds no writing under way, and begins one.
    this.#writing = undefined;
    if (nextMs !== undefined && (nextMs === 0 || this.#isAgain())) this.soon();
    else if (!this.#isEnded()) this.#in(nextMs ?? this.#options.retryMs);
  }

  #in(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      this.soon();
    }, milliseconds).unref();
  }

  // Both may have changed while a writing was awaited, which a compiler does not see.
  #isAgain(): boolean {
    return this.#again;
  }

  #isEnded(): boolean {
    return this.#ended;
  }
}
