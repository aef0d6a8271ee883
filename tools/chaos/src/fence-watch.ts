// Owns: how long each guard answered 503 without a pause, to a token that nobody has revoked. Pure. Does not own: asking.

interface Fence {
  readonly guard: string;
  readonly from: number;
  readonly to: number;
}

export class FenceWatch {
  readonly #open = new Map<string, number>();
  readonly #latest = new Map<string, number>();
  readonly #fences: Fence[] = [];

  /** A guard answered, at this instant, that it cannot tell. Milliseconds of one monotonic clock. */
  fenced(guard: string, at: number): void {
    if (!this.#open.has(guard)) this.#open.set(guard, at);
    this.#latest.set(guard, at);
  }

  admitted(guard: string, at: number): void {
    const from = this.#open.get(guard);
    if (from === undefined) return;
    this.#open.delete(guard);
    this.#fences.push({ guard, from, to: at });
  }

  /** The longest run of 503s of any of these guards that ended after `since`; a run under way counts up to its latest 503. */
  longestMs(guards: readonly string[], since: number): number {
    const underWay = [...this.#open].map(([guard, from]) => ({ guard, from, to: this.#latest.get(guard) ?? from }));
    const lengths = [...this.#fences, ...underWay]
      .filter(({ guard, to }) => guards.includes(guard) && to >= since)
      .map(({ from, to }) => to - Math.max(from, since));
    return Math.max(0, ...lengths);
  }

  /** How many runs of 503s of these guards ended, or went on, after `since`. */
  count(guards: readonly string[], since: number): number {
    const ended = this.#fences.filter(({ guard, to }) => guards.includes(guard) && to >= since).length;
    return ended + guards.filter((guard) => this.#open.has(guard)).length;
  }
}
