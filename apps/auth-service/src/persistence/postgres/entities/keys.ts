/** Owns the shapes of the tables of keys: everything private in them is sealed. Does not own the sealing. */
import type { JsonWebKey } from 'node:crypto';
import { EntitySchema } from 'typeorm';

export interface SigningKeyRow {
  readonly kid: string;
  readonly algorithm: string;
  readonly state: string;
  readonly publicJwk: JsonWebKey;
  readonly sealedPrivateKey: string;
  readonly announcedAt: Date;
  readonly activeAt: Date | null;
  readonly retiredAt: Date | null;
}

export const SigningKeyTable = new EntitySchema<SigningKeyRow>({
  name: 'SigningKey',
  tableName: 'signing_keys',
  schema: 'auth',
  columns: {
    kid: { type: 'text', primary: true },
    algorithm: { type: 'text' },
    state: { type: 'text' },
    publicJwk: { type: 'jsonb', name: 'public_jwk' },
    sealedPrivateKey: { type: 'text', name: 'sealed_private_key' },
    announcedAt: { type: 'timestamptz', name: 'announced_at', precision: 3 },
    activeAt: { type: 'timestamptz', name: 'active_at', precision: 3, nullable: true },
    retiredAt: { type: 'timestamptz', name: 'retired_at', precision: 3, nullable: true },
  },
});

export interface MacKeyRow {
  readonly id: number;
  readonly sealedKey: string;
  readonly createdAt: Date;
}

export const MacKeyTable = new EntitySchema<MacKeyRow>({
  name: 'MacKey',
  tableName: 'mac_keys',
  schema: 'auth',
  columns: {
    id: { type: 'integer', primary: true },
    sealedKey: { type: 'text', name: 'sealed_key' },
    createdAt: { type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' },
  },
});
