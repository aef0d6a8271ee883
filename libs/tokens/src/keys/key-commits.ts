/**
 * Owns the one way to change keys: read everything, decide, make what is needed, read again, commit by compare and swap;
 * whoever loses decides anew. Does not own any decision.
 */
import type { EpochMilliseconds } from '../time.js';
import { newMaterial, sealNewKey, type KeyMaterial, type KeyPlan } from './generate.js';
import type { KeyEncryption } from './key-encryption.js';
import type { KeyAct, KeyChange, KeySnapshot, KeyStore, StoredKey } from './key-store.js';
import { ringName, type Ring } from './ring.js';

/** Changes to commit, and what to answer once they are; nothing to commit is an answer at once. */
export interface Decision<Answer> {
  readonly changes: readonly KeyChange[];
  /**
   * What stands once they are committed.
   * @param revocations the ids of what was written for the kills among the changes, in order
   * @param lateMs how much later than decided the changes were made (key-store)
   */
  readonly answer: (revocations: readonly string[], lateMs: number) => Answer;
}

export interface NewKey {
  readonly key: StoredKey;
  /** In the clear: for whoever must carry a shared secret to its API. Never to be stored or logged. */
  readonly secret: Buffer;
}

/** Makes a key for a decision; undefined when it must be made first: then the decision does not count, and is asked again. */
export type MakeKey = (ring: Ring, plan: KeyPlan) => NewKey | undefined;

/** Pure, save for what it makes. */
export type Decide<Answer> = (snapshot: KeySnapshot, make: MakeKey) => Decision<Answer>;

export interface KeyCommitsOptions {
  readonly store: KeyStore;
  readonly encryption: KeyEncryption;
  /** After each commit, and before anybody is answered. Must not reject. */
  readonly onCommitted?: (revision: number) => Promise<void>;
}

/** Each lost attempt is another's success. */
const ATTEMPTS = 100;

export class KeyCommits {
  constructor(private readonly options: KeyCommitsOptions) {}

  /** Rejects when the store does not answer. @throws Error when others were quicker each time */
  async commit<Answer>(decide: Decide<Answer>, act?: KeyAct): Promise<Answer> {
    const { store, encryption, onCommitted } = this.options;
    const workshop = new Workshop(encryption);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const snapshot = await store.load();
      const { changes, answer } = decide(snapshot, workshop.at(snapshot));
      // An RSA key takes its time, and no key is announced earlier than anybody can see it: the present is read after it.
      if (await workshop.madeMore()) continue;
      if (changes.length === 0) return answer([], 0);
      const committed = await store.commit(snapshot.revision, changes, act, snapshot.now);
      if (committed === 'lost') continue;
      await onCommitted?.(committed.revision);
      return answer(
        committed.revocations.map(({ id }) => id),
        committed.lateMs,
      );
    }
    throw new Error('The keys were changed by others all the time.');
  }
}

/** What was made for one commit; a lost attempt does not throw it away. */
class Workshop {
  readonly #made = new Map<string, KeyMaterial>();
  #wanted: Ring[] = [];

  constructor(private readonly encryption: KeyEncryption) {}

  at({ keys, now }: { readonly keys: readonly StoredKey[]; readonly now: EpochMilliseconds }): MakeKey {
    this.#wanted = [];
    return (ring, plan) => {
      const material = this.#made.get(ringName(ring));
      // A number of a MAC key may be taken.
      if (material === undefined || keys.some(({ kid }) => kid === material.kid)) {
        this.#wanted.push(ring);
        return undefined;
      }
      return { key: sealNewKey(ring, material, this.encryption, now, plan), secret: material.secret };
    };
  }

  async madeMore(): Promise<boolean> {
    await Promise.all(
      this.#wanted.map(async (ring) => this.#made.set(ringName(ring), await newMaterial(ring.algorithm))),
    );
    return this.#wanted.length > 0;
  }
}
