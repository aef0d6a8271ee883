/** Owns the shapes of the tables of grants and consents. Does not own the statements on them (the stores). */
import { EntitySchema } from 'typeorm';

export interface GrantRow {
  readonly grantId: string;
  readonly clientId: string;
  readonly sub: string;
  /** What its tokens say as `sub`: the same, or a pairwise value. */
  readonly tokenSub: string;
  readonly scope: string[];
  readonly resource: string | null;
  readonly authTime: Date;
  readonly amr: string[];
  readonly sid: string;
  readonly endsWithSession: boolean;
  readonly genIss: number;
  readonly genCli: number;
  readonly genSub: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly nonce: string | null;
  /** SHA-256 of the code, hex: its uniqueness says who redeemed it first. */
  readonly codeDigest: string;
  readonly refreshGeneration: number;
  /** Start, in epoch seconds, of the span in which the newest rotation fell (a string: bigint); null before the first. */
  readonly rotationBucket: string | null;
  readonly bucketLow: number | null;
  readonly previousBucketLow: number | null;
  readonly revokedAt: Date | null;
}

export const GrantTable = new EntitySchema<GrantRow>({
  name: 'Grant',
  tableName: 'grants',
  schema: 'auth',
  columns: {
    grantId: { type: 'uuid', primary: true, name: 'grant_id' },
    clientId: { type: 'text', name: 'client_id' },
    sub: { type: 'uuid' },
    tokenSub: { type: 'text', name: 'token_sub' },
    scope: { type: 'text', array: true },
    resource: { type: 'text', nullable: true },
    authTime: { type: 'timestamptz', name: 'auth_time', precision: 3 },
    amr: { type: 'text', array: true },
    sid: { type: 'uuid' },
    endsWithSession: { type: 'boolean', name: 'ends_with_session' },
    genIss: { type: 'integer', name: 'gen_iss' },
    genCli: { type: 'integer', name: 'gen_cli' },
    genSub: { type: 'integer', name: 'gen_sub' },
    createdAt: { type: 'timestamptz', name: 'created_at', precision: 3 },
    expiresAt: { type: 'timestamptz', name: 'expires_at', precision: 3 },
    nonce: { type: 'text', nullable: true },
    codeDigest: { type: 'char', name: 'code_digest', length: 64, unique: true },
    refreshGeneration: { type: 'integer', name: 'refresh_generation', default: 0 },
    rotationBucket: { type: 'bigint', name: 'rotation_bucket', nullable: true },
    bucketLow: { type: 'integer', name: 'bucket_low', nullable: true },
    previousBucketLow: { type: 'integer', name: 'previous_bucket_low', nullable: true },
    revokedAt: { type: 'timestamptz', name: 'revoked_at', precision: 3, nullable: true },
  },
});

export interface ConsentRow {
  readonly sub: string;
  readonly clientId: string;
  readonly scope: string[];
  readonly grantedAt: Date;
}

export const ConsentTable = new EntitySchema<ConsentRow>({
  name: 'Consent',
  tableName: 'consents',
  schema: 'auth',
  columns: {
    sub: { type: 'uuid', primary: true },
    clientId: { type: 'text', primary: true, name: 'client_id' },
    scope: { type: 'text', array: true },
    grantedAt: { type: 'timestamptz', name: 'granted_at', precision: 3, default: () => 'now()' },
  },
});
