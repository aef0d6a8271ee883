/** Owns the shapes of the tables of revocations and of the audit trail. Does not own the statements on them (the stores). */
import { EntitySchema } from 'typeorm';

export interface RevocationRow {
  readonly id: string;
  readonly kind: string;
  readonly value: string;
  readonly generation: number | null;
  readonly cause: string;
  readonly actor: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  /** The life of the wire in which it was published (a string: bigint); −1: in none yet. */
  readonly publishedEpoch: string;
}

export const RevocationTable = new EntitySchema<RevocationRow>({
  name: 'Revocation',
  tableName: 'revocations',
  schema: 'auth',
  columns: {
    id: { type: 'uuid', primary: true },
    kind: { type: 'text' },
    value: { type: 'text' },
    generation: { type: 'integer', nullable: true },
    cause: { type: 'text' },
    actor: { type: 'text' },
    createdAt: { type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' },
    expiresAt: { type: 'timestamptz', name: 'expires_at', precision: 3, nullable: true },
    publishedEpoch: { type: 'bigint', name: 'published_epoch', default: -1 },
  },
});

export interface RevocationEpochRow {
  readonly onlyRow: boolean;
  readonly epoch: string;
  readonly identity: string;
}

export const RevocationEpochTable = new EntitySchema<RevocationEpochRow>({
  name: 'RevocationEpoch',
  tableName: 'revocation_epoch',
  schema: 'auth',
  columns: {
    onlyRow: { type: 'boolean', primary: true, name: 'only_row', default: true },
    epoch: { type: 'bigint', default: 0 },
    identity: { type: 'text', default: '' },
  },
});

export interface AuditEventRow {
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly kind: string;
  readonly target: string;
  readonly outcome: string;
  readonly address: string | null;
  readonly detail: object;
}

export const AuditEventTable = new EntitySchema<AuditEventRow>({
  name: 'AuditEvent',
  tableName: 'audit_events',
  schema: 'auth',
  columns: {
    id: { type: 'bigint', primary: true, generated: 'increment' },
    at: { type: 'timestamptz', precision: 3, default: () => 'now()' },
    actor: { type: 'text' },
    kind: { type: 'text' },
    target: { type: 'text' },
    outcome: { type: 'text' },
    address: { type: 'text', nullable: true },
    detail: { type: 'jsonb', default: {} },
  },
});
