/**
 * Owns that one run of a work serves everybody who asked for it before it began: one runs, and at most one waits.
 * Does not own the work.
 */
export class Coalesced<Answer> {
  readonly #work: () => Promise<Answer>;
  #running: Promise<unknown> = Promise.resolve();
  #waiting: Promise<Answer> | undefined;

  constructor(work: () => Promise<Answer>) {
    this.#work = work;
  }

  /** A run that begins after this call; rejects as the work does. */
  run(): Promise<Answer> {
    this.#waiting ??= this.#next();
    return this.#waiting;
  }

  async #next(): Promise<Answer> {
    await this.#running;
    this.#waiting = undefined;
    const run = this.#work();
    this.#running = run.catch(() => undefined);
    return run;
  }
}
