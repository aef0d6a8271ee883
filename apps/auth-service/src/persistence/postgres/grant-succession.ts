/**
 * Owns the reading of what decides upon a presented refresh token: its grant's row, whether that is alive, and PostgreSQL's
 * clock. Does not own the rule (succession), nor what follows from it (grant-store).
 */
import type { EpochSeconds } from '@latchkey/tokens';
import { refreshKid } from '@latchkey/tokens/issuing';
import type { Statements } from './database.js';
import { GRANT_IS_REFRESHABLE, REFRESHABLE_UNTIL } from './grant-row.js';
import { prepared } from './prepared.js';
import { bucketNow, type Succession } from './succession.js';

export interface GrantSuccession extends Succession {
  /** Refreshable, and the key of the token that was presented has not been killed. */
  readonly alive: boolean;
  /** When nothing is refreshed any more, if it is not used until then. */
  readonly until: EpochSeconds;
  /** The start of the present's bucket. */
  readonly now: number;
}

export interface PresentedRefreshToken {
  readonly grantId: string;
  readonly presentedKey: number;
  readonly toleranceSeconds: number;
}

/**
 * Whether the MAC key of a token that is shown here has been killed. In the statement that commits: what this instance holds
 * in memory may be older than the kill.
 */
export const killed = (kid: string): string =>
  `EXISTS (SELECT FROM auth.revocations r WHERE r.kind = 'key' AND r.value = ${kid}::text)`;

interface SuccessionColumns {
  readonly generation: number;
  readonly bucket: number | null;
  readonly bucket_low: number | null;
  readonly previous_bucket_low: number | null;
  readonly alive: boolean;
  readonly until: number;
  readonly now: number;
}

const SUCCESSION = prepared(
  `SELECT g.refresh_generation AS generation, g.rotation_bucket::float8 AS bucket, g.bucket_low,
     g.previous_bucket_low, ${GRANT_IS_REFRESHABLE} AND NOT ${killed('$3')} AS alive,
     floor(extract(epoch FROM ${REFRESHABLE_UNTIL}))::float8 AS until,
     ${bucketNow('$2::integer')}::float8 AS now
   FROM auth.grants g WHERE g.grant_id = $1`,
);

/**
 * @param lock until the transaction ends, for whoever acts by it; undefined also comes for a row that somebody else holds
 * @throws Unavailable
 */
export async function successionOf(
  statements: Statements,
  { grantId, presentedKey, toleranceSeconds }: PresentedRefreshToken,
  lock: '' | 'FOR UPDATE SKIP LOCKED' = '',
): Promise<GrantSuccession | undefined> {
  const { rows } = await statements.run<SuccessionColumns>(lock === '' ? SUCCESSION : `${SUCCESSION} ${lock}`, [
    ...[grantId, toleranceSeconds, refreshKid(presentedKey)],
  ]);
  const [row] = rows;
  return row && { ...row, bucketLow: row.bucket_low, previousBucketLow: row.previous_bucket_low };
}
