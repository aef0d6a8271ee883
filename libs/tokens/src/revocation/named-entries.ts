/**
 * Owns the names of one kind of revocation (a jti, a grant_id, a sid) and how long each is remembered. Does not own what
 * a name means (list). All that Latchkey itself issues are UUIDs; whatever else is named is kept as a string, as exact.
 */
import type { EpochSeconds } from '../time.js';
import type { Horizon } from './horizon.js';
import { UuidTable } from './uuid-table.js';

export class NamedEntries {
  readonly #uuids = new UuidTable();
  readonly #others = new Map<string, EpochSeconds>();

  get size(): number {
    return this.#uuids.size + this.#others.size;
  }

  has(name: string): boolean {
    return this.#uuids.has(name) || (this.#others.size > 0 && this.#others.has(name));
  }

  /** The later of two ends stays. */
  put(name: string, end: EpochSeconds): void {
    if (this.#uuids.put(name, end)) return;
    this.#others.set(name, Math.max(this.#others.get(name) ?? end, end));
  }

  /** Removes all that the horizon forgets. Each step yields its cost in looks. */
  *sweep(horizon: Horizon): Generator<number, void> {
    yield* this.#uuids.sweep(horizon);
    for (const [name, end] of this.#others) {
      if (horizon.forgets(end)) this.#others.delete(name);
      yield 1;
    }
  }
}
