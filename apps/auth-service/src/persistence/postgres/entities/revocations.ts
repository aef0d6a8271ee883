/** Owns the shapes of the tables of revocations and of the guards. Does not own the statements on them (the stores). */
import { EntitySchema } from 'typeorm';

export interface RevocationRow {
  readonly id: string;
  readonly kind: string;
  readonly value: string;
  readonly generation: number | null;
  readonly cause: string;
  readonly actor: string;
  /** In the operator's words. */
  readonly reason: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  /** The life of the wire in which it was published (a string: bigint); −1: in none yet. */
  readonly publishedEpoch: string;
  /** The two numbers of its place on that wire (strings: bigint); null while it is on none. */
  readonly positionMs: string | null;
  readonly positionSeq: string | null;
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
    reason: { type: 'text', nullable: true },
    createdAt: { type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' },
    expiresAt: { type: 'timestamptz', name: 'expires_at', precision: 3, nullable: true },
    publishedEpoch: { type: 'bigint', name: 'published_epoch', default: -1 },
    positionMs: { type: 'bigint', name: 'position_ms', nullable: true },
    positionSeq: { type: 'bigint', name: 'position_seq', nullable: true },
  },
});

export interface RevocationEpochRow {
  readonly onlyRow: boolean;
  readonly epoch: string;
  readonly identity: string;
  readonly raisedAt: Date;
}

export const RevocationEpochTable = new EntitySchema<RevocationEpochRow>({
  name: 'RevocationEpoch',
  tableName: 'revocation_epoch',
  schema: 'auth',
  columns: {
    onlyRow: { type: 'boolean', primary: true, name: 'only_row', default: true },
    epoch: { type: 'bigint', default: 0 },
    identity: { type: 'text', default: '' },
    raisedAt: { type: 'timestamptz', name: 'raised_at', precision: 3, default: () => 'now()' },
  },
});

export interface GuardRow {
  readonly leaseKey: string;
  readonly guardId: string;
  /** What the acknowledgement on the wire names. */
  readonly registration: string;
  readonly service: string;
  readonly onStale: string;
  readonly leaseMs: number;
  readonly registeredAt: Date;
  readonly lastSeenAt: Date;
  /** Since when its lease was looked for and not found; null while it stands. */
  readonly missingSince: Date | null;
}

export const GuardTable = new EntitySchema<GuardRow>({
  name: 'Guard',
  tableName: 'guards',
  schema: 'auth',
  columns: {
    leaseKey: { type: 'text', primary: true, name: 'lease_key' },
    guardId: { type: 'uuid', name: 'guard_id', unique: true },
    registration: { type: 'uuid' },
    service: { type: 'text' },
    onStale: { type: 'text', name: 'on_stale' },
    leaseMs: { type: 'integer', name: 'lease_ms' },
    registeredAt: { type: 'timestamptz', name: 'registered_at', precision: 3, default: () => 'now()' },
    lastSeenAt: { type: 'timestamptz', name: 'last_seen_at', precision: 3, default: () => 'now()' },
    missingSince: { type: 'timestamptz', name: 'missing_since', precision: 3, nullable: true },
  },
});
