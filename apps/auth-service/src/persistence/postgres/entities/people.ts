/** Owns the shapes of the tables of people and their logins. Does not own the statements on them (the stores). */
import { EntitySchema } from 'typeorm';

export interface IssuerStateRow {
  readonly onlyRow: boolean;
  readonly generation: number;
  /** The longest that was ever in force, of each; never lowered. Of access tokens: */
  readonly longestTokenLifetimeSeconds: number;
  readonly longestIdTokenLifetimeSeconds: number;
  /** From the moment of the grant. */
  readonly longestRefreshLifetimeSeconds: number;
  readonly longestSessionSeconds: number;
}

export const IssuerStateTable = new EntitySchema<IssuerStateRow>({
  name: 'IssuerState',
  tableName: 'issuer_state',
  schema: 'auth',
  columns: {
    onlyRow: { type: 'boolean', primary: true, name: 'only_row', default: true },
    generation: { type: 'integer', default: 0 },
    longestTokenLifetimeSeconds: { type: 'integer', name: 'longest_token_lifetime_seconds', default: 300 },
    longestIdTokenLifetimeSeconds: { type: 'integer', name: 'longest_id_token_lifetime_seconds', default: 1 },
    longestRefreshLifetimeSeconds: { type: 'integer', name: 'longest_refresh_lifetime_seconds', default: 1 },
    longestSessionSeconds: { type: 'integer', name: 'longest_session_seconds', default: 1 },
  },
});

export interface UserRow {
  readonly sub: string;
  /** Null, as all that says who it was, when deleted. */
  readonly username: string | null;
  /** What is compared at log-in: NFKC, lower case. */
  readonly normalizedUsername: string | null;
  /** argon2id, PHC string. */
  readonly passwordHash: string | null;
  /** Raised when the person sets another: whoever has verified the one before begins no session any more. */
  readonly passwordVersion: number;
  /** OpenID Connect Core §5.1. */
  readonly claims: object;
  readonly enabled: boolean;
  readonly generation: number;
  readonly createdAt: Date;
  /** Of username and claims. */
  readonly updatedAt: Date;
  /** Gone for everybody; what hangs on it is swept later. Such a row is disabled. */
  readonly deletedAt: Date | null;
}

export const UserTable = new EntitySchema<UserRow>({
  name: 'User',
  tableName: 'users',
  schema: 'auth',
  columns: {
    sub: { type: 'uuid', primary: true },
    username: { type: 'text', nullable: true },
    normalizedUsername: { type: 'text', name: 'normalized_username', nullable: true },
    passwordHash: { type: 'text', name: 'password_hash', nullable: true },
    passwordVersion: { type: 'integer', name: 'password_version', default: 0 },
    claims: { type: 'jsonb', default: {} },
    enabled: { type: 'boolean', default: true },
    generation: { type: 'integer', default: 0 },
    createdAt: { type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' },
    updatedAt: { type: 'timestamptz', name: 'updated_at', precision: 3, default: () => 'now()' },
    deletedAt: { type: 'timestamptz', name: 'deleted_at', precision: 3, nullable: true },
  },
});

export interface LoginSessionRow {
  readonly sid: string;
  /** SHA-256 of the cookie's random value, hex. */
  readonly cookieDigest: string;
  readonly sub: string;
  readonly authTime: Date;
  readonly amr: string[];
  readonly expiresAt: Date;
  /** Over: what ends with the session ends. */
  readonly endedAt: Date | null;
  /** The same person logged in again in the same browser: the cookie is dead, the grants go on. */
  readonly replacedBy: string | null;
  readonly genIss: number;
  readonly genSub: number;
}

export const LoginSessionTable = new EntitySchema<LoginSessionRow>({
  name: 'LoginSession',
  tableName: 'login_sessions',
  schema: 'auth',
  columns: {
    sid: { type: 'uuid', primary: true },
    cookieDigest: { type: 'char', name: 'cookie_digest', length: 64, unique: true },
    sub: { type: 'uuid' },
    authTime: { type: 'timestamptz', name: 'auth_time', precision: 3 },
    amr: { type: 'text', array: true },
    expiresAt: { type: 'timestamptz', name: 'expires_at', precision: 3 },
    endedAt: { type: 'timestamptz', name: 'ended_at', precision: 3, nullable: true },
    replacedBy: { type: 'uuid', name: 'replaced_by', nullable: true },
    genIss: { type: 'integer', name: 'gen_iss' },
    genSub: { type: 'integer', name: 'gen_sub' },
  },
});
