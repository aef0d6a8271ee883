/** Owns the shapes of the tables of the audit trail. Does not own the statements on them (the stores). */
import { EntitySchema } from 'typeorm';

export interface AuditEventRow {
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly kind: string;
  readonly target: string;
  readonly outcome: string;
  readonly detail: object;
  /** Of what stands in audit_personal, or once stood there; null where there was nothing. */
  readonly addressDigest: string | null;
  readonly personalDigest: string | null;
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
    detail: { type: 'jsonb', default: {} },
    addressDigest: { type: 'char', length: 64, name: 'address_digest', nullable: true },
    personalDigest: { type: 'char', length: 64, name: 'personal_digest', nullable: true },
  },
});

export interface AuditPersonalRow {
  readonly eventId: string;
  readonly part: string;
  /** With whom it is erased; null: with nobody. */
  readonly sub: string | null;
  readonly salt: Buffer;
  readonly data: unknown;
}

export const AuditPersonalTable = new EntitySchema<AuditPersonalRow>({
  name: 'AuditPersonal',
  tableName: 'audit_personal',
  schema: 'auth',
  columns: {
    eventId: { type: 'bigint', primary: true, name: 'event_id' },
    part: { type: 'text', primary: true },
    sub: { type: 'uuid', nullable: true },
    salt: { type: 'bytea' },
    data: { type: 'jsonb' },
  },
});

export interface AuditSealRow {
  readonly number: string;
  readonly upTo: string;
  readonly events: number;
  readonly sealedAt: Date;
  readonly digest: string;
  readonly head: string;
}

export const AuditSealTable = new EntitySchema<AuditSealRow>({
  name: 'AuditSeal',
  tableName: 'audit_seals',
  schema: 'auth',
  columns: {
    number: { type: 'bigint', primary: true },
    upTo: { type: 'bigint', name: 'up_to' },
    events: { type: 'integer' },
    sealedAt: { type: 'timestamptz', name: 'sealed_at', precision: 3 },
    digest: { type: 'char', length: 64 },
    head: { type: 'char', length: 64 },
  },
});
