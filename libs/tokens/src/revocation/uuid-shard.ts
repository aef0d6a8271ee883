/**
 * Owns a part of a table that is small enough to be rebuilt within one breath: open addressing with linear probing over
 * 25 bytes a slot. Does not own which UUIDs lie in which part (uuid-table), nor what is worth keeping.
 *
 * Between 1/4 and 3/4 of the slots are taken, save in the smallest. Nothing is left where something was removed: those
 * behind it move up, so that a flood that is over costs nothing afterwards.
 */
import type { EpochSeconds } from '../time.js';
import type { Horizon } from './horizon.js';
import type { UuidHasher } from './uuid-hash.js';

const SMALLEST = 8;
const NEVER = Number.POSITIVE_INFINITY;

/** Never 0. From bits that choose neither the shard nor, in one of up to 16,384 slots, the slot. */
const tagOf = (hash: number): number => ((hash >>> 14) & 0x7f) | 0x80;

export class UuidShard {
  readonly #hash: UuidHasher;
  /** Some bits of the hash, 0 for a free slot. Who is not here is nearly always told by these alone, so few that a processor keeps them at hand. */
  #tags = new Uint8Array(SMALLEST);
  /** Four words a slot. */
  #words = new Int32Array(SMALLEST * 4);
  /** Infinite for a free slot. */
  #ends = new Float64Array(SMALLEST).fill(NEVER);
  #size = 0;

  constructor(hash: UuidHasher) {
    this.#hash = hash;
  }

  get size(): number {
    return this.#size;
  }

  get capacity(): number {
    return this.#tags.length;
  }

  has(words: Int32Array, hash: number): boolean {
    return this.#tags[this.#find(words, 0, hash)] !== 0;
  }

  /** The later of two ends stays. @returns whether it is new. */
  put(words: Int32Array, hash: number, end: EpochSeconds): boolean {
    const slot = this.#find(words, 0, hash);
    if (this.#tags[slot] !== 0) {
      this.#ends[slot] = Math.max(this.#ends[slot] ?? end, end);
      return false;
    }
    this.#fill(slot, tagOf(hash), words, 0, end);
    this.#size += 1;
    if (this.#size * 4 > this.capacity * 3) this.#resize(this.capacity * 2);
    return true;
  }

  /** Removes what the horizon forgets from some of the slots. @returns how many entries were removed or looked at closely. */
  sweep(from: number, to: number, horizon: Horizon): number {
    let touched = 0;
    for (let slot = from; slot < to; slot += 1) {
      if ((this.#ends[slot] ?? NEVER) < horizon.before) touched += this.#sweepRun(slot, horizon);
    }
    return touched;
  }

  /** Gives back the memory that nothing needs any more. */
  shrink(): void {
    let capacity = this.capacity;
    while (capacity > SMALLEST && this.#size * 4 < capacity) capacity /= 2;
    if (capacity < this.capacity) this.#resize(capacity);
  }

  /** Where it lies, else the free slot where it belongs. One is always free. */
  #find(words: Int32Array, at: number, hash: number): number {
    const tags = this.#tags;
    const mask = tags.length - 1;
    const tag = tagOf(hash);
    let slot = hash & mask;
    for (let found = tags[slot]; found !== 0; found = tags[slot]) {
      if (found === tag && this.#holds(slot, words, at)) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #holds(slot: number, words: Int32Array, at: number): boolean {
    const standing = this.#words;
    const here = slot * 4;
    return (
      standing[here] === words[at] &&
      standing[here + 1] === words[at + 1] &&
      standing[here + 2] === words[at + 2] &&
      standing[here + 3] === words[at + 3]
    );
  }

  #fill(slot: number, tag: number, words: Int32Array, at: number, end: EpochSeconds): void {
    this.#tags[slot] = tag;
    for (let word = 0; word < 4; word += 1) this.#words[slot * 4 + word] = words[at + word] ?? 0;
    this.#ends[slot] = end;
  }

  /** To the next free slot. Who was put behind because a slot was taken moves up: nobody stands behind a free one on the way from home. */
  #sweepRun(first: number, horizon: Horizon): number {
    const words = this.#words;
    const mask = this.capacity - 1;
    let slot = first;
    for (; this.#tags[slot] !== 0; slot = (slot + 1) & mask) {
      const end = this.#ends[slot] ?? NEVER;
      if (horizon.forgets(end)) {
        this.#clear(slot);
        this.#size -= 1;
        continue;
      }
      const hash = this.#hash.of(words, slot * 4);
      const place = this.#find(words, slot * 4, hash);
      if (place === slot) continue;
      this.#fill(place, tagOf(hash), words, slot * 4, end);
      this.#clear(slot);
    }
    return (slot - first) & mask;
  }

  #clear(slot: number): void {
    this.#tags[slot] = 0;
    this.#ends[slot] = NEVER;
  }

  #resize(capacity: number): void {
    const [tags, words, ends] = [this.#tags, this.#words, this.#ends];
    this.#tags = new Uint8Array(capacity);
    this.#words = new Int32Array(capacity * 4);
    this.#ends = new Float64Array(capacity).fill(NEVER);
    for (let slot = 0; slot < tags.length; slot += 1) {
      if (tags[slot] === 0) continue;
      const hash = this.#hash.of(words, slot * 4);
      this.#fill(this.#find(words, slot * 4, hash), tagOf(hash), words, slot * 4, ends[slot] ?? NEVER);
    }
  }
}
