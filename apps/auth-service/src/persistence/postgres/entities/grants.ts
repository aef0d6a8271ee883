/** Owns the shapes of the tables of grants, consents, and of who is owed to be told of a log-out. Does not own the statements on them (the stores). */
import type { RequestedClaims } from '@latchkey/protocol';
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
  /** What was asked for one by one (OpenID Connect Core §5.5). */
  readonly claims: RequestedClaims | null;
  /** SHA-256 of the code, hex: its uniqueness says who redeemed it first. */
  readonly codeDigest: string;
  readonly refreshGeneration: number;
  /** When it was given, or its refresh token was last rotated. */
  readonly lastUsedAt: Date;
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
    claims: { type: 'jsonb', nullable: true },
    codeDigest: { type: 'char', name: 'code_digest', length: 64, unique: true },
    refreshGeneration: { type: 'integer', name: 'refresh_generation', default: 0 },
    lastUsedAt: { type: 'timestamptz', name: 'last_used_at', precision: 3, default: () => 'clock_timestamp()' },
    rotationBucket: { type: 'bigint', name: 'rotation_bucket', nullable: true },
    bucketLow: { type: 'integer', name: 'bucket_low', nullable: true },
    previousBucketLow: { type: 'integer', name: 'previous_bucket_low', nullable: true },
    revokedAt: { type: 'timestamptz', name: 'revoked_at', precision: 3, nullable: true },
  },
});

export interface ConsentRow {
  readonly sub: string;
  readonly clientId: string;
  /** Everything that was allowed and not taken back. */
  readonly scope: string[];
  /** When it was last allowed. */
  readonly grantedAt: Date;
  /** How often it was taken back: a code that was allowed under a lower one gives no grant. */
  readonly generation: number;
  /** Nothing is allowed now. */
  readonly withdrawnAt: Date | null;
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
    generation: { type: 'integer', default: 0 },
    withdrawnAt: { type: 'timestamptz', name: 'withdrawn_at', precision: 3, nullable: true },
  },
});

export interface LogoutDeliveryRow {
  readonly id: string;
  /** Of the session that has ended, as it stood in the ID token. */
  readonly sid: string;
  readonly clientId: string;
  /** As this client knows the person. */
  readonly tokenSub: string;
  readonly tries: number;
  /** From then on anybody may take it: whoever has it now is dead, or the last try has failed. */
  readonly nextTryAt: Date;
  readonly createdAt: Date;
}

export const LogoutDeliveryTable = new EntitySchema<LogoutDeliveryRow>({
  name: 'LogoutDelivery',
  tableName: 'logout_deliveries',
  schema: 'auth',
  columns: {
    id: { type: 'uuid', primary: true },
    sid: { type: 'uuid' },
    clientId: { type: 'text', name: 'client_id' },
    tokenSub: { type: 'text', name: 'token_sub' },
    tries: { type: 'integer', default: 0 },
    nextTryAt: { type: 'timestamptz', name: 'next_try_at', precision: 3 },
    createdAt: { type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' },
  },
});
