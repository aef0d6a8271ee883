// Owns: the end of what a spec has started, also when only half of it has started. Does not own: what was started.

/** Steps run once, last first; one that fails keeps no other from running. */
export class Endings {
  readonly #steps: (() => unknown)[] = [];

  add(step: () => unknown): void {
    this.#steps.push(step);
  }

  keep<T extends { stop(): Promise<unknown> }>(thing: T): T {
    this.add(() => thing.stop());
    return thing;
  }

  /** @throws AggregateError when any step has failed, after all have run */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
  }
}
