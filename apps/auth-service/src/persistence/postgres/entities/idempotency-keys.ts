/** Owns the shape of the table of what repeated requests are told. Does not own the statements on it (kept-answers). */
import { EntitySchema } from 'typeorm';

export interface IdempotencyKeyRow {
  readonly clientId: string;
  readonly method: string;
  readonly path: string;
  /** SHA-256 of the key, hex. */
  readonly keyDigest: string;
  /** HMAC of the body, hex. */
  readonly bodyMac: string;
  readonly location: string;
  /** JSON, as it was answered; null when it held a secret. */
  readonly resource: string | null;
  readonly createdAt: Date;
}

export const IdempotencyKeyTable = new EntitySchema<IdempotencyKeyRow>({
  name: 'IdempotencyKey',
  tableName: 'idempotency_keys',
  schema: 'auth',
  columns: {
    clientId: { type: 'text', primary: true, name: 'client_id' },
    method: { type: 'text', primary: true },
    path: { type: 'text', primary: true },
    keyDigest: { type: 'char', primary: true, name: 'key_digest', length: 64 },
    bodyMac: { type: 'char', name: 'body_mac', length: 64 },
    location: { type: 'text' },
    resource: { type: 'text', nullable: true },
    createdAt: { type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' },
  },
});
