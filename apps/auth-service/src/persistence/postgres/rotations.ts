/**
 * Owns the statement that rotates refresh tokens, one or those that came together: the conditional UPDATE that decides who won.
 * Does not own the rule of succession (succession), nor what a token is that was not rotated (grant-store).
 */
import { refreshKid } from '@latchkey/tokens/issuing';
import type { Statements } from './database.js';
import { killed, type PresentedRefreshToken } from './grant-succession.js';
import { GRANT_IS_REFRESHABLE } from './grant-row.js';
import { prepared } from './prepared.js';
import { bucketNow, rotationAssignments } from './succession.js';

export interface Rotation extends PresentedRefreshToken {
  /** The generation of the token. */
  readonly presented: number;
}

/**
 * A row that somebody else holds is passed over: a statement that waits for nobody is in no deadlock, and holds up none of those who came
 * with it. The UPDATE asks all of it again, of the row as it is when it is held: that decides.
 * LIMIT takes none away. PostgreSQL guesses 10 rows of an array that it does not know and a tenth of them of a limit that it does
 * not know; so it plans for one row, by the primary keys, however few rows there are when it plans.
 */
const ROTATE = prepared(
  `WITH held AS (
     SELECT p.*, ${bucketNow('p.tolerance')} AS bucket
     FROM (SELECT * FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::text[])
             WITH ORDINALITY AS p (grant_id, generation, tolerance, kid, at) LIMIT cardinality($1::uuid[])) p
       JOIN auth.grants g ON g.grant_id = p.grant_id AND g.refresh_generation = p.generation
     FOR NO KEY UPDATE OF g SKIP LOCKED)
   UPDATE auth.grants AS g SET ${rotationAssignments('p.bucket', 'p.tolerance')}, last_used_at = clock_timestamp()
   FROM held p
   WHERE g.grant_id = p.grant_id AND g.refresh_generation = p.generation AND ${GRANT_IS_REFRESHABLE} AND NOT ${killed('p.kid')}
   RETURNING p.at::integer AS at`,
);

/**
 * Those that were valid, and are rotated. Whoever was passed over is not among them, nor whoever comes second of one grant.
 * @throws Unavailable
 */
export async function rotateTogether(statements: Statements, all: readonly Rotation[]): Promise<ReadonlySet<Rotation>> {
  const { rows } = await statements.run<{ readonly at: number }>(ROTATE, [
    all.map(({ grantId }) => grantId),
    all.map(({ presented }) => presented),
    all.map(({ toleranceSeconds }) => toleranceSeconds),
    all.map(({ presentedKey }) => refreshKid(presentedKey)),
  ]);
  const at = new Set(rows.map((row) => row.at));
  return new Set(all.filter((_one, index) => at.has(index + 1)));
}
