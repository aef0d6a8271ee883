/** Owns the shapes of the tables of keys: whatever is secret in them is sealed. Does not own the sealing, nor the statements. */
import type { JsonWebKey } from 'node:crypto';
import { EntitySchema } from 'typeorm';

export interface KeyRow {
  readonly kid: string;
  readonly algorithm: string;
  /** Empty for all but HS256. */
  readonly audience: string;
  readonly state: string;
  /** Null for a symmetric key. */
  readonly publicJwk: JsonWebKey | null;
  /** Null when nobody needs it any more. */
  readonly sealedKey: string | null;
  readonly announcedAt: Date;
  /** Planned; null until somebody says so. */
  readonly activeFrom: Date | null;
  readonly activeAt: Date | null;
  readonly retiredAt: Date | null;
  readonly droppedAt: Date | null;
}

export const KeyTable = new EntitySchema<KeyRow>({
  name: 'Key',
  tableName: 'keys',
  schema: 'auth',
  columns: {
    kid: { type: 'text', primary: true },
    algorithm: { type: 'text' },
    audience: { type: 'text', default: '' },
    state: { type: 'text' },
    publicJwk: { type: 'jsonb', name: 'public_jwk', nullable: true },
    sealedKey: { type: 'text', name: 'sealed_key', nullable: true },
    announcedAt: { type: 'timestamptz', name: 'announced_at', precision: 3 },
    activeFrom: { type: 'timestamptz', name: 'active_from', precision: 3, nullable: true },
    activeAt: { type: 'timestamptz', name: 'active_at', precision: 3, nullable: true },
    retiredAt: { type: 'timestamptz', name: 'retired_at', precision: 3, nullable: true },
    droppedAt: { type: 'timestamptz', name: 'dropped_at', precision: 3, nullable: true },
  },
});

export interface KeyRevisionRow {
  readonly onlyRow: boolean;
  /** A string: bigint. */
  readonly revision: string;
}

export const KeyRevisionTable = new EntitySchema<KeyRevisionRow>({
  name: 'KeyRevision',
  tableName: 'key_revision',
  schema: 'auth',
  columns: {
    onlyRow: { type: 'boolean', primary: true, name: 'only_row', default: true },
    revision: { type: 'bigint', default: 0 },
  },
});

/** The secret under which pairwise subjects are made; none until the first start. */
export interface PairwiseSaltRow {
  readonly onlyRow: boolean;
  readonly sealedSalt: string;
  readonly madeAt: Date;
}

export const PairwiseSaltTable = new EntitySchema<PairwiseSaltRow>({
  name: 'PairwiseSalt',
  tableName: 'pairwise_salt',
  schema: 'auth',
  columns: {
    onlyRow: { type: 'boolean', primary: true, name: 'only_row', default: true },
    sealedSalt: { type: 'text', name: 'sealed_salt' },
    madeAt: { type: 'timestamptz', name: 'made_at', precision: 3, default: () => 'now()' },
  },
});
