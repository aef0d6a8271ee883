/** Owns the order in which things are let go: the opposite of the order in which they were taken, once. */
export class Closers {
  readonly #closers: (() => Promise<void>)[] = [];
  #closing: Promise<void> | undefined;

  add(closer: () => Promise<void>): void {
    this.#closers.push(closer);
  }

  /** A closer that fails does not keep the others from running; the first failure is thrown at the end. */
  close(): Promise<void> {
    return (this.#closing ??= this.#run());
  }

  async #run(): Promise<void> {
    const failures: unknown[] = [];
    for (const closer of this.#closers.reverse()) {
      try {
        await closer();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
