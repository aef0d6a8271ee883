/**
 * Owns the memory of signatures that were verified (revocation.md V15), so that a token costs one verification.
 * Does not own any other question: time and revocation are asked on every call all the same.
 */
import { createHash, type KeyObject } from 'node:crypto';

/** A bounded map; the one unused for longest leaves first. */
export class RememberedSignatures {
  readonly #capacity: number;
  readonly #keys = new Map<string, KeyObject>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** By the SHA-256 of the whole token, signature included, and the kid: a byte that differs is another token. */
  static nameOf(token: string, kid: string): string {
    return createHash('sha256').update(kid).update('\0').update(token).digest('base64');
  }

  /** True only if it was verified with this very key: a key that was replaced takes its signatures with it. */
  has(name: string, key: KeyObject): boolean {
    const known = this.#keys.get(name);
    if (known === undefined) return false;
    this.#keys.delete(name);
    if (known !== key && !known.equals(key)) return false;
    this.#keys.set(name, key);
    return true;
  }

  add(name: string, key: KeyObject): void {
    if (this.#capacity === 0) return;
    this.#keys.set(name, key);
    if (this.#keys.size <= this.#capacity) return;
    const [oldest] = this.#keys.keys();
    if (oldest !== undefined) this.#keys.delete(oldest);
  }

  get size(): number {
    return this.#keys.size;
  }
}
