/** Owns the rows of signing keys. Does not own their sealing (tokens/keys), the schedule, nor their killing (key-endings). */
import { isSigningAlgorithm } from '@latchkey/tokens';
import type { KeyState, KeyStore, StoredKey } from '@latchkey/tokens/issuing';
import type { Database } from './database.js';
import { SigningKeyTable, type SigningKeyRow } from './entities/keys.js';

const LIVE_STATES: readonly KeyState[] = ['announced', 'active', 'retired'];

/** revocation.md V2: "a killed thumbprint is never accepted again", whatever a restored row says. */
const killed = (kid: string): string =>
  `EXISTS (SELECT FROM auth.revocations r WHERE r.kind = 'key' AND r.value = ${kid})`;

export class PostgresKeyStore implements KeyStore {
  constructor(private readonly database: Database) {}

  /** @throws Unavailable */
  async load(): Promise<readonly StoredKey[]> {
    const rows = await this.database.read(SigningKeyTable, (keys) =>
      keys
        .createQueryBuilder('k')
        .where('k.state IN (:...states)', { states: LIVE_STATES })
        .andWhere(`NOT ${killed('k.kid')}`)
        .orderBy({ 'k.announcedAt': 'ASC', 'k.kid': 'ASC' })
        .getMany(),
    );
    return rows.map(keyFrom);
  }

  /**
   * The partial unique index says who won: one active key per algorithm.
   * @throws Unavailable; Error for a key that was killed
   */
  async insertFirst(key: StoredKey): Promise<'inserted' | 'exists'> {
    const { affected } = await this.database.run(
      `INSERT INTO auth.signing_keys
         (kid, algorithm, state, public_jwk, sealed_private_key, announced_at, active_at, retired_at)
       SELECT $1, $2, $3, $4::jsonb, $5, $6::timestamptz, $7::timestamptz, $8::timestamptz WHERE NOT ${killed('$1')}
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
    if (affected === 1) return 'inserted';
    const { rows } = await this.database.run(`SELECT 1 WHERE ${killed('$1')}`, [key.kid]);
    if (rows.length > 0) throw new Error(`The signing key ${key.kid} was killed, and is never accepted again.`);
    return 'exists';
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
