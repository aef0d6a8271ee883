/**
 * Owns the memory of tokens whose signature was verified (revocation.md V15), with what they say, so that a token costs one
 * verification and one reading. Does not own any question that time, a key or a revocation may answer otherwise tomorrow:
 * whoever remembers asks all of them on every call (verify).
 */
import { hash, type KeyObject } from 'node:crypto';
import type { SigningAlgorithm } from '../jws/algorithms.js';
import type { VerificationKey } from '../keys/verification-keys.js';
import type { AccessTokenClaims } from './claims.js';

/** What was found once, and is true of these bytes and this key for ever. */
export interface RememberedToken {
  /** As its header names the key. */
  readonly namedKid: string;
  /** By which it was verified, and for which algorithm. */
  readonly algorithm: SigningAlgorithm;
  readonly key: KeyObject;
  readonly notBefore: unknown;
  /** Its claims are frozen: they are handed out again with the next request. */
  readonly genuine: { readonly verdict: 'genuine'; readonly claims: AccessTokenClaims; readonly kid: string };
}

interface Place {
  readonly token: RememberedToken;
  /** It was asked for since it was last looked at for its place. */
  wanted: boolean;
}

/** However many are in use, an addition looks at no more of them. */
const MOST_SECOND_CHANCES = 16;

/**
 * A bounded map. The oldest leaves first; one that was asked for since its turn last came goes to the end instead, so that a
 * hit moves nothing.
 */
export class RememberedTokens {
  readonly #capacity: number;
  readonly #places = new Map<string, Place>();
  /** One iterator for good: a new one would walk over all that has left at the front. */
  #turn = this.#places.entries();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /**
   * The SHA-256 of the whole token, its signature and the kid in its header included: a byte that differs is another token, even
   * where both would be decoded to the same octets.
   */
  static nameOf(token: string): string {
    return hash('sha256', token, 'base64');
  }

  get(name: string): RememberedToken | undefined {
    const place = this.#places.get(name);
    if (place === undefined) return undefined;
    place.wanted = true;
    return place.token;
  }

  add(name: string, token: RememberedToken): void {
    if (this.#capacity <= 0) return;
    if (this.#places.size >= this.#capacity && !this.#places.has(name)) this.#makeRoom();
    this.#places.set(name, { token, wanted: false });
  }

  forget(name: string): void {
    this.#places.delete(name);
  }

  get size(): number {
    return this.#places.size;
  }

  #makeRoom(): void {
    for (let chances = 0; ; chances += 1) {
      const [name, place] = this.#next();
      this.#places.delete(name);
      if (!place.wanted || chances === MOST_SECOND_CHANCES) return;
      place.wanted = false;
      this.#places.set(name, place);
    }
  }

  #next(): readonly [string, Place] {
    for (;;) {
      const next = this.#turn.next();
      if (next.done !== true) return next.value;
      this.#turn = this.#places.entries();
    }
  }
}

/** Whether what was verified by the one is verified by the other: the same key, for the same algorithm, under the same kid. */
export const isVerifiedBy = ({ algorithm, key, genuine }: RememberedToken, now: VerificationKey): boolean =>
  now.kid === genuine.kid && now.algorithm === algorithm && (now.key === key || now.key.equals(key));
