/**
 * Owns by which `sub` other than their UUID the grants of people speak (OpenID Connect Core §8.1), and whose each is. Does not own how it is
 * made (libs/protocol, pairwise-subjects), nor what is revoked by it.
 */
import type { Statements } from './database.js';

/** As the indexes are asked: they hold nothing of a grant that speaks by the UUID, which most do. */
const PAIRWISE = 'token_sub <> sub::text';

/** @param sub a UUID. @throws Unavailable */
export const pairwiseSubsOf = async (statements: Statements, sub: string): Promise<readonly string[]> => {
  const { rows } = await statements.run<{ readonly token_sub: string }>(
    `SELECT DISTINCT token_sub FROM auth.grants WHERE sub = $1 AND ${PAIRWISE}`,
    [sub],
  );
  return rows.map(({ token_sub }) => token_sub);
};

/** The person's UUID; undefined when no grant speaks so. @throws Unavailable */
export const personSpokenOfAs = async (statements: Statements, tokenSub: string): Promise<string | undefined> => {
  const { rows } = await statements.run<{ readonly sub: string }>(
    `SELECT sub FROM auth.grants WHERE token_sub = $1 AND ${PAIRWISE} LIMIT 1`,
    [tokenSub],
  );
  return rows[0]?.sub;
};
