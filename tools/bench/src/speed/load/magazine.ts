/** Owns which request comes next, on which connection. Does not own when it is sent. */
import type { Ammunition, Shot } from './plan.js';

export class Magazine {
  /** Whether the next shot depends on the text of an answer. */
  readonly reads: boolean;
  readonly #chains: (Shot | undefined)[];
  #turn = 0;

  /** @throws Error when there are fewer chains than connections: two would use one chain at once */
  constructor(
    private readonly ammunition: Ammunition,
    connections: number,
  ) {
    const { kind, shots } = ammunition;
    this.reads = kind === 'chain';
    if (shots.length < (kind === 'chain' ? connections : 1))
      throw new Error(`There are too few shots: ${shots.length}.`);
    this.#chains = [...shots];
  }

  /** undefined when there is none for this connection any more. */
  next(lane: number): Shot | undefined {
    const { kind, shots } = this.ammunition;
    if (kind === 'chain') return this.#chains[lane];
    const turn = this.#turn;
    this.#turn += 1;
    return kind === 'once' ? shots[turn] : shots[turn % shots.length];
  }

  answered(lane: number, body: string): void {
    if (this.ammunition.kind !== 'chain') return;
    const { field, prefix } = this.ammunition;
    const { [field]: next } = Object(JSON.parse(body)) as Record<string, unknown>;
    const shot = this.#chains[lane];
    // Whoever gets nothing to go on with has come to the end of the chain.
    this.#chains[lane] =
      typeof next === 'string' && shot !== undefined
        ? { ...shot, body: `${prefix}${encodeURIComponent(next)}` }
        : undefined;
  }

  /** A chain whose answer is lost does not go on. */
  failed(lane: number): void {
    if (this.ammunition.kind === 'chain') this.#chains[lane] = undefined;
  }
}
