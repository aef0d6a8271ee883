/**
 * Owns the keys that authenticate refresh tokens: made once, kept sealed, held open in memory. Does not own their
 * rotation (a later job inserts a higher id) nor the token's form.
 */
import { randomBytes } from 'node:crypto';
import type { MacKey, MacKeys } from '@latchkey/protocol';
import type { KeyEncryption } from '@latchkey/tokens/issuing';
import type { Database } from './database.js';
import { MacKeyTable } from './entities/keys.js';

const KEY_BYTES = 32;
const FIRST_ID = 0;

/** A sealed key opens only under its own id. */
const additionalDataOf = (id: number): string => `mac-key:${id}`;

export class PostgresMacKeys implements MacKeys {
  #keys: ReadonlyMap<number, MacKey> = new Map();
  #current: MacKey | undefined;

  private constructor(
    private readonly database: Database,
    private readonly encryption: KeyEncryption,
  ) {}

  /**
   * Makes the first key unless there is one (of many instances one wins, all use the winner's), and loads all.
   * @throws Unavailable; KeyEncryptionError when a stored key was sealed with another KEY_ENCRYPTION_KEY.
   */
  static async open(database: Database, encryption: KeyEncryption): Promise<PostgresMacKeys> {
    const keys = new PostgresMacKeys(database, encryption);
    await keys.reload();
    if (keys.#current !== undefined) return keys;
    await database.run('INSERT INTO auth.mac_keys (id, sealed_key) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      FIRST_ID,
      encryption.seal(randomBytes(KEY_BYTES), additionalDataOf(FIRST_ID)),
    ]);
    await keys.reload();
    return keys;
  }

  current(): MacKey {
    if (this.#current === undefined) throw new Error('No MAC key is loaded.');
    return this.#current;
  }

  find(id: number): MacKey | undefined {
    return this.#keys.get(id);
  }

  /** Reads the store again; the highest id is the current one. @throws as open */
  async reload(): Promise<void> {
    const rows = await this.database.read(MacKeyTable, (keys) => keys.find({ order: { id: 'ASC' } }));
    const opened = rows.map(({ id, sealedKey }): MacKey => {
      return { id, key: this.encryption.open(sealedKey, additionalDataOf(id)) };
    });
    this.#keys = new Map(opened.map((key) => [key.id, key]));
    this.#current = opened.at(-1);
  }
}
