/**
 * Owns the timing of a job: again and again, never two at once, each change between failing and working said once, and a
 * stop that waits for what is under way. Does not own the work.
 */
export interface RepeatingOptions {
  /** From the end of one run to the start of the next; each pause is between 3/4 and 5/4 of it. */
  readonly everyMs: number;
  readonly work: () => Promise<unknown>;
  /** The job began to fail, or works again. Not called for a second failure in a row. */
  readonly onChange?: (change: JobChange) => void;
}

export type JobChange = { readonly state: 'failing'; readonly error: unknown } | { readonly state: 'working' };

export class Repeating {
  #running: Promise<void> | undefined;
  #stopped = false;
  #wake: () => void = () => undefined;
  #failing = false;

  constructor(private readonly options: RepeatingOptions) {}

  /** Once; the first run begins at once. */
  start(): void {
    this.#running ??= this.#repeat();
  }

  /** No further run; resolves when the one under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#running;
  }

  async #repeat(): Promise<void> {
    while (!this.#stopped) {
      await this.#once();
      await this.#pause();
    }
  }

  async #once(): Promise<void> {
    try {
      await this.options.work();
      if (this.#failing) this.options.onChange?.({ state: 'working' });
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.options.onChange?.({ state: 'failing', error });
      this.#failing = true;
    }
  }

  async #pause(): Promise<void> {
    if (this.#stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.options.everyMs * (0.75 + Math.random() / 2));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
