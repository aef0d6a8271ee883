/**
 * Owns a map from UUIDs to the second in which each may be forgotten, for a million of them and more: exact, 25 bytes a
 * slot, outside the heap that is searched for garbage. Does not own values that are no UUIDs (named-entries).
 *
 * It is cut into many parts that grow, shrink and are swept each for itself: at a million a part holds a thousand, and
 * nothing ever touches all of them at once (revocation.md V14, "without a pause over 5 ms").
 */
import type { EpochSeconds } from '../time.js';
import type { Horizon } from './horizon.js';
import { UuidHash, type UuidHasher } from './uuid-hash.js';
import { UuidShard } from './uuid-shard.js';
import { readUuid } from './uuid-words.js';

const SHARD_BITS = 10;
/** How many slots are swept in one step. */
const STEP = 256;
/** What a sweep costs, in looks at an entry of a Map: at a slot it reads 8 bytes in a row; what it touches it hashes and moves. */
const LOOKS_PER_SLOT = 1 / 8;
const LOOKS_PER_TOUCHED = 2;

export class UuidTable {
  readonly #hash: UuidHasher;
  /** By the highest bits of the hash; a shard uses the lowest. */
  readonly #shards = new Array<UuidShard | undefined>(1 << SHARD_BITS).fill(undefined);
  readonly #words = new Int32Array(4);
  #size = 0;

  /** @param hash by a key of its own when absent; given in tests alone */
  constructor(hash: UuidHasher = new UuidHash()) {
    this.#hash = hash;
  }

  get size(): number {
    return this.#size;
  }

  has(value: string): boolean {
    if (this.#size === 0 || !readUuid(value, this.#words)) return false;
    const hash = this.#hash.of(this.#words, 0);
    return this.#shards[hash >>> (32 - SHARD_BITS)]?.has(this.#words, hash) ?? false;
  }

  /** The later of two ends stays. @returns false, and keeps nothing, for what is no canonical UUID in lower case. */
  put(value: string, end: EpochSeconds): boolean {
    if (!readUuid(value, this.#words)) return false;
    const hash = this.#hash.of(this.#words, 0);
    const shard = (this.#shards[hash >>> (32 - SHARD_BITS)] ??= new UuidShard(this.#hash));
    if (shard.put(this.#words, hash, end)) this.#size += 1;
    return true;
  }

  /**
   * Removes all that the horizon forgets: from some slots with each step, which yields its cost in looks. What an addition
   * moves between two steps may be missed, and is found by the next sweep.
   */
  *sweep(horizon: Horizon): Generator<number, void> {
    if (this.#size === 0) return;
    for (const [index, shard] of this.#shards.entries()) {
      if (shard === undefined) continue;
      for (let from = 0; from < shard.capacity; from += STEP) {
        const to = Math.min(from + STEP, shard.capacity);
        const standing = shard.size;
        const touched = shard.sweep(from, to, horizon);
        this.#size -= standing - shard.size;
        yield (to - from) * LOOKS_PER_SLOT + touched * LOOKS_PER_TOUCHED;
      }
      if (shard.size === 0) this.#shards[index] = undefined;
      else shard.shrink();
    }
  }
}
