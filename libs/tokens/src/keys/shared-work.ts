/**
 * Owns that whoever wants what is under way already gets that: keys are costly to make, and of many that are made at once
 * all but one are thrown away. Does not own the work, nor races between processes.
 */
export class SharedWork<Answer> {
  readonly #underWay = new Map<string, Promise<Answer>>();

  /** @param name equal for works that may stand for one another. Rejects for everybody as the work does. */
  run(name: string, work: () => Promise<Answer>): Promise<Answer> {
    const standing = this.#underWay.get(name);
    if (standing !== undefined) return standing;
    const begun = work().finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, begun);
    return begun;
  }
}
