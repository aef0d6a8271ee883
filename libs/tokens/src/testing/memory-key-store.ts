/** Owns a model of the store of keys for specs: one compare and swap for all, as in PostgreSQL. */
import { setImmediate as turn } from 'node:timers/promises';
import {
  madeLater,
  type KeysCommitted,
  type KeyAct,
  type KeyChange,
  type KeySnapshot,
  type KeyStore,
  type StoredKey,
} from '../keys/key-store.js';
import { isSymmetric, ringName } from '../keys/ring.js';
import type { RevocationEntry } from '../revocation/entry.js';
import type { EpochMilliseconds } from '../time.js';
import { revocationEntry } from './revocation-entry.js';

export class MemoryKeyStore implements KeyStore {
  keys: readonly StoredKey[] = [];
  longest = { tokenSeconds: 300, refreshSeconds: 3600 };
  loads = 0;
  /** Everything that was committed, in order. */
  readonly log: { readonly change: KeyChange; readonly act: KeyAct | undefined }[] = [];
  #revision = 0;

  /** @param now the store's clock */
  constructor(private readonly now: () => EpochMilliseconds = () => 1_000_000) {}

  async load(): Promise<KeySnapshot> {
    this.loads += 1;
    await turn();
    return { revision: this.#revision, now: this.now(), keys: this.keys, longest: this.longest };
  }

  async revision(): Promise<{ readonly revision: number; readonly now: EpochMilliseconds }> {
    await turn();
    return { revision: this.#revision, now: this.now() };
  }

  async commit(
    revision: number,
    changes: readonly KeyChange[],
    act?: KeyAct,
    decidedAt?: EpochMilliseconds,
  ): Promise<'lost' | KeysCommitted> {
    await turn();
    if (revision !== this.#revision) return 'lost';
    const lateMs = decidedAt === undefined ? 0 : Math.max(0, this.now() - decidedAt);
    const revocations: RevocationEntry[] = [];
    let keys = this.keys;
    for (const decided of changes) {
      const change = madeLater(decided, lateMs);
      const kid = change.type === 'insert' ? undefined : change.kid;
      if (kid !== undefined && !keys.some((key) => key.kid === kid && key.killedBy === null)) {
        throw new Error(`there is no key ${kid} that lives`);
      }
      if (change.type === 'kill') {
        const entry = revocationEntry({ kind: 'key', value: change.kid, expiresAt: null });
        revocations.push(entry);
        keys = keys.map((key) => (key.kid === change.kid ? { ...droppedAt(key, change.at), killedBy: entry.id } : key));
      } else {
        keys = applied(change, keys);
      }
    }
    assertSound(keys);
    this.keys = keys;
    this.#revision += 1;
    this.log.push(...changes.map((change) => ({ change, act })));
    return { revision: this.#revision, revocations, lateMs };
  }
}

const applied = (
  change: Exclude<KeyChange, { readonly type: 'kill' }>,
  keys: readonly StoredKey[],
): readonly StoredKey[] => {
  if (change.type === 'insert') {
    if (keys.some(({ kid }) => kid === change.key.kid)) throw new Error(`${change.key.kid} stands already`);
    return [...keys, change.key];
  }
  return keys.map((key) => (key.kid === change.kid ? changed(change, key) : key));
};

const changed = (change: Exclude<KeyChange, { readonly type: 'kill' | 'insert' }>, key: StoredKey): StoredKey => {
  switch (change.type) {
    case 'hasten':
      return { ...key, activeFrom: change.activeFrom };
    case 'activate':
      if (key.state !== 'announced') throw new Error(`${key.kid} is ${key.state}: it cannot become active`);
      return { ...key, state: 'active', activeAt: change.at };
    case 'retire': {
      if (key.state !== 'active') throw new Error(`${key.kid} is ${key.state}: it cannot retire`);
      return {
        ...key,
        ...{ state: 'retired', retiredAt: change.at, sealedKey: isSymmetric(key.ring) ? key.sealedKey : undefined },
      };
    }
    case 'drop':
      return droppedAt(key, change.at);
    case 'reseal':
      return { ...key, sealedKey: change.sealedKey };
  }
};

const droppedAt = (key: StoredKey, at: EpochMilliseconds): StoredKey => ({
  ...key,
  ...{ state: 'dropped', sealedKey: undefined, droppedAt: key.droppedAt ?? at },
});

const assertSound = (keys: readonly StoredKey[]): void => {
  const active = keys.filter(({ state }) => state === 'active').map(({ ring }) => ringName(ring));
  if (new Set(active).size < active.length) throw new Error('two keys of one ring are active');
};
