/** Owns the rows of signing keys. Does not own their sealing (tokens/keys) nor the schedule. */
import { isSigningAlgorithm } from '@latchkey/tokens';
import type { KeyState, KeyStore, StoredKey } from '@latchkey/tokens/issuing';
import { In } from 'typeorm';
import type { Database } from './database.js';
import { SigningKeyTable, type SigningKeyRow } from './entities/keys.js';

const LIVE_STATES: readonly KeyState[] = ['announced', 'active', 'retired'];

export class PostgresKeyStore implements KeyStore {
  constructor(private readonly database: Database) {}

  /** @throws Unavailable */
  async load(): Promise<readonly StoredKey[]> {
    const rows = await this.database.read(SigningKeyTable, (keys) =>
      keys.find({ where: { state: In([...LIVE_STATES]) }, order: { announcedAt: 'ASC', kid: 'ASC' } }),
    );
    return rows.map(keyFrom);
  }

  /** The partial unique index says who won: one active key per algorithm. @throws Unavailable */
  async insertFirst(key: StoredKey): Promise<'inserted' | 'exists'> {
    const { affected } = await this.database.run(
      `INSERT INTO auth.signing_keys
         (kid, algorithm, state, public_jwk, sealed_private_key, announced_at, active_at, retired_at)
       VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7, $8)
       ON CONFLICT DO NOTHING`,
      [
        key.kid,
        key.algorithm,
        key.state,
        JSON.stringify(key.publicJwk),
        key.sealedPrivateKey,
        new Date(key.announcedAt),
        dateOrNull(key.activeAt),
        dateOrNull(key.retiredAt),
      ],
    );
    return affected === 1 ? 'inserted' : 'exists';
  }
}

const dateOrNull = (milliseconds: number | null): Date | null =>
  milliseconds === null ? null : new Date(milliseconds);

const keyFrom = (row: SigningKeyRow): StoredKey => {
  const state = LIVE_STATES.find((known) => known === row.state);
  if (state === undefined || !isSigningAlgorithm(row.algorithm)) {
    throw new Error(`The signing key ${row.kid} has a state or an algorithm that this version does not know.`);
  }
  return {
    kid: row.kid,
    algorithm: row.algorithm,
    state,
    publicJwk: row.publicJwk,
    sealedPrivateKey: row.sealedPrivateKey,
    announcedAt: row.announcedAt.getTime(),
    activeAt: row.activeAt?.getTime() ?? null,
    retiredAt: row.retiredAt?.getTime() ?? null,
  };
};
