/** Owns how a person reads from their row, and the locking of it. Does not own the verbs (user-registry, person-endings). */
import type { UserClaims } from '../../admin/users/claim-schema.js';
import type { UserRecord } from '../../admin/users/user-ports.js';
import type { Statements } from './database.js';

export interface UserColumns {
  readonly sub: string;
  readonly username: string;
  readonly enabled: boolean;
  /** Written by the registry alone, of what had its form. */
  readonly claims: UserClaims;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** Of people who were not deleted: those have a name. */
export const USER_COLUMNS = 'sub, username, enabled, claims, created_at, updated_at';

export const userFrom = (row: UserColumns): UserRecord => ({
  sub: row.sub,
  username: row.username,
  enabled: row.enabled,
  claims: row.claims,
  createdAt: row.created_at.getTime(),
  updatedAt: row.updated_at.getTime(),
});

/**
 * As it stands, and nobody else changes it before the commit: not a redemption either, which shares the row. Undefined when
 * there is no such person, or they were deleted. @param sub a UUID
 */
export const lockUser = async (statements: Statements, sub: string): Promise<UserRecord | undefined> => {
  const { rows } = await statements.run<UserColumns>(
    `SELECT ${USER_COLUMNS} FROM auth.users WHERE sub = $1 AND deleted_at IS NULL FOR UPDATE`,
    [sub],
  );
  return rows[0] === undefined ? undefined : userFrom(rows[0]);
};
