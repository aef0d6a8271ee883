/** Owns a model of the store of signing keys for specs; insertFirst has one winner, as in PostgreSQL. */
import { setImmediate as turn } from 'node:timers/promises';
import type { KeyStore, StoredKey } from '../keys/key-store.js';

export class MemoryKeyStore implements KeyStore {
  readonly keys: StoredKey[] = [];
  loads = 0;

  async load(): Promise<readonly StoredKey[]> {
    this.loads += 1;
    await turn();
    return this.keys.filter(({ state }) => state !== 'dropped');
  }

  async insertFirst(key: StoredKey): Promise<'inserted' | 'exists'> {
    await turn();
    if (this.keys.some(({ algorithm, state }) => algorithm === key.algorithm && state === 'active')) return 'exists';
    this.keys.push(key);
    return 'inserted';
  }
}
