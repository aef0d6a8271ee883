/**
 * Owns the answers that were read of the registry and are remembered, of one kind: so many bytes of them, those that nobody has asked for lately
 * leave, and one statement answers all who ask at once. Does not own when anything may be remembered (registry-standing), nor the statements.
 */
import { SecondChances } from '../second-chances.js';
import type { Stamped } from './registry-ports.js';
import type { RegistryEra, RegistryStanding } from './registry-standing.js';
import { weightOf } from './weight.js';

export interface RememberedReadsParts<Value> {
  readonly standing: RegistryStanding;
  /** One statement. Undefined: there is no such thing, which is never remembered. */
  readonly read: (key: string) => Promise<Stamped<Value | undefined>>;
  /** Whether this instance knows by itself that it is no longer so, before the registry's own news have come. */
  readonly isOutdated: (value: Value) => boolean;
  /** How much is remembered, in bytes of memory (weight). */
  readonly mostBytes: number;
  /** What is heavier is read each time: it would drive out many others. */
  readonly heaviestBytes: number;
}

/** Of one era. */
class Memory<Value> {
  readonly values: SecondChances<Value>;
  readonly reading = new Map<string, Promise<Value | undefined>>();

  constructor(
    readonly era: RegistryEra | undefined,
    mostBytes: number,
  ) {
    this.values = new SecondChances(mostBytes);
  }
}

export class RememberedReads<Value> {
  readonly #parts: RememberedReadsParts<Value>;
  /** What was begun in an era before ends in a memory that nobody looks at any more. */
  #memory: Memory<Value>;

  constructor(parts: RememberedReadsParts<Value>) {
    this.#parts = parts;
    this.#memory = new Memory(undefined, parts.mostBytes);
  }

  /** Frozen, if it is remembered. Rejects as the read does; then nothing is remembered. */
  async get(key: string): Promise<Value | undefined> {
    // 1. May anything be answered from memory?
    const era = this.#parts.standing.era();
    if (era === undefined) return this.#ask(key);
    if (era !== this.#memory.era) this.#memory = new Memory(era, this.#parts.mostBytes);
    const { values, reading } = this.#memory;

    // 2. Is it remembered, and not known to be over? (revocation.md V1)
    const remembered = values.get(key);
    if (remembered !== undefined && !this.#parts.isOutdated(remembered)) return remembered;

    // 3. One statement for all who ask in this era: it began after everything was committed of which the era knows. That something is new ends no
    // era: who is told by the question of another that it is not there asks once more, by one that began later than his own.
    const memory = this.#memory;
    const ask = (): Promise<Value | undefined> => reading.get(key) ?? this.#begin(key, era, memory);
    const isAnothers = reading.has(key);
    const found = await ask();
    const value = found === undefined && isAnothers ? await ask() : found;
    return value === undefined || !this.#parts.isOutdated(value) ? value : this.#ask(key);
  }

  async #ask(key: string): Promise<Value | undefined> {
    return (await this.#parts.read(key)).value;
  }

  #begin(key: string, { revision: heard }: RegistryEra, memory: Memory<Value>): Promise<Value | undefined> {
    const answer = this.#parts
      .read(key)
      .then(({ value, revision }) => {
        // Of another state than the one that was heard: whoever asks next looks again.
        if (value !== undefined && revision === heard) this.#keep(memory, key, value);
        return value;
      })
      .finally(() => memory.reading.delete(key));
    memory.reading.set(key, answer);
    return answer;
  }

  #keep(memory: Memory<Value>, key: string, value: Value): void {
    const bytes = weightOf(key, value);
    if (bytes <= this.#parts.heaviestBytes) memory.values.keep(key, frozen(value), bytes);
  }
}

/** Whoever is given it gives it to others: nobody can write into it by mistake. */
const frozen = <Value>(value: Value): Value => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
};
