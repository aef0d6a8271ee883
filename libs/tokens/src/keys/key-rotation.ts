/**
 * Owns the changing of keys: whatever is due by itself, and what an operator asks for. Of many at once one does it, and
 * all hear that it is done. Does not own the rules (rotation-schedule, key-decisions), the keys in memory (key-ring), nor who
 * is told of a change.
 */
import type { EpochMilliseconds } from '../time.js';
import { KeyCommits, type Decide, type KeyCommitsOptions, type NewKey } from './key-commits.js';
import {
  addSecret,
  changesFor,
  type CheckKey,
  earlySuccessors,
  kill,
  type KillAnswer,
  type RemovalAnswer,
  removeSecret,
  reseal,
} from './key-decisions.js';
import type { KeyAct, KeySnapshot, KeyStore, StoredKey } from './key-store.js';
import { ringName, type Ring } from './ring.js';
import { inRing, planRotation, type RotationSpans } from './rotation-schedule.js';
import { SharedWork } from './shared-work.js';

export interface KeyRotationOptions extends KeyCommitsOptions {
  readonly spans: RotationSpans;
  /** Those that are never without a key; default: ES256, RS256 and the MAC of refresh tokens. */
  readonly rings?: readonly Ring[];
}

const RINGS: readonly Ring[] = [{ algorithm: 'ES256' }, { algorithm: 'RS256' }, { algorithm: 'refresh' }];

/** Every method rejects when the store does not answer. */
export class KeyRotation {
  readonly #options: KeyRotationOptions;
  readonly #rings: readonly Ring[];
  readonly #commits: KeyCommits;
  readonly #ensuring = new SharedWork<void>();
  readonly #rotating = new SharedWork<readonly StoredKey[]>();
  readonly #killing = new SharedWork<KillAnswer>();

  constructor(options: KeyRotationOptions) {
    this.#options = options;
    this.#rings = options.rings ?? RINGS;
    this.#commits = new KeyCommits(options);
  }

  get spans(): RotationSpans {
    return this.#options.spans;
  }

  /** The same, over a view of its store through which something else commits with what is asked. */
  over(store: KeyStore): KeyRotation {
    return new KeyRotation({ ...this.#options, store });
  }

  /** Everything that is stored. */
  list(): Promise<KeySnapshot> {
    return this.#options.store.load();
  }

  /** When something is due by what is known. */
  dueAt(snapshot: KeySnapshot): EpochMilliseconds {
    return planRotation(snapshot, this.spans, this.#rings).dueAt;
  }

  /** Does whatever is due. */
  run(): Promise<void> {
    return this.#commits.commit(this.#whatIsDue((snapshot) => snapshot, this.#rings));
  }

  /** The first key of this ring, which signs at once since it follows nobody; unless there is one. */
  ensure(ring: Ring): Promise<void> {
    const alone = (snapshot: KeySnapshot): KeySnapshot => ({ ...snapshot, keys: inRing(ring, snapshot.keys) });
    return this.#ensuring.run(ringName(ring), () => this.#commits.commit(this.#whatIsDue(alone, [ring])));
  }

  /**
   * Every scheduled ring gets a successor that signs as soon as it was announced for its whole span. Asked again meanwhile,
   * it is the same one.
   */
  rotate(act: KeyAct): Promise<readonly StoredKey[]> {
    return this.#rotating.run(act.actor, () => this.#commits.commit(earlySuccessors(this.spans), act));
  }

  /**
   * revocation.md V2: "a killed thumbprint is never accepted again". If it was the one that signed, another signs from that
   * same moment, announced or not; an API's secret has a successor only if a second one was made before.
   * @param check asked of the key as it stands where the kill commits; rejects with what it throws
   */
  kill(kid: string, act: KeyAct, check?: CheckKey): Promise<KillAnswer> {
    if (check !== undefined) return this.#commits.commit(kill(kid, this.spans, check), act);
    const name = JSON.stringify([kid, act]);
    return this.#killing.run(name, () => this.#commits.commit(kill(kid, this.spans), act));
  }

  /**
   * A secret for HS256 tokens of this API: the first one signs at once; the second when the first is removed, so that people
   * can carry it to the API meanwhile. `full`: two live already.
   */
  addSecret(audience: string, act: KeyAct): Promise<NewKey | 'full'> {
    return this.#commits.commit(addSecret(audience), act);
  }

  /**
   * One that signs is retired, and still verifies what it has signed, if another one is there to follow; `last` if not. One
   * that does not sign yet is dropped. @param check as for a kill
   */
  removeSecret(audience: string, kid: string, act: KeyAct, check?: CheckKey): Promise<RemovalAnswer> {
    return this.#commits.commit(removeSecret(audience, kid, check), act);
  }

  /**
   * Seals anew whatever was sealed with an earlier KEY_ENCRYPTION_KEY. Nothing else of a key changes.
   * @returns how many; @throws KeyEncryptionError for what no given key opens
   */
  reseal(): Promise<number> {
    return this.#commits.commit(reseal(this.#options.encryption));
  }

  #whatIsDue(view: (snapshot: KeySnapshot) => KeySnapshot, rings: readonly Ring[]): Decide<void> {
    return (snapshot, make) => {
      const { steps } = planRotation(view(snapshot), this.spans, rings);
      return { changes: changesFor(steps, snapshot.now, make), answer: () => undefined };
    };
  }
}
