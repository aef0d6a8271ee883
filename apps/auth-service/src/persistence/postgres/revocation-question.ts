/**
 * Owns the question that a guard asks its list, asked to PostgreSQL (revocation.md V5): which entry refuses this token. Does
 * not own whether the token is genuine, nor who asks when.
 */
import type { RevocableClaims, RevocationEntry } from '@latchkey/tokens';
import { isStorable } from './act.js';
import type { Statements } from './database.js';
import { prepared } from './prepared.js';
import { entryFrom, REVOCATION_COLUMNS, type RevocationColumns } from './revocation-row.js';

/** SQL over auth.revocations, with tokenParameters. An API that shares a secret may write any number as a generation. */
export const MATCHES_TOKEN = `((kind = 'key' AND value = $1) OR (kind = 'token' AND value = $2)
  OR (kind = 'grant' AND value = $3) OR (kind = 'session' AND value = $4)
  OR (kind = 'subject' AND value = $5 AND generation > $6::bigint)
  OR (kind = 'client' AND value = $7 AND generation > $8::bigint)
  OR (kind = 'issuer' AND value = '' AND generation > $9::bigint))`;

/** How many there are of tokenParameters. */
export const TOKEN_PARAMETERS = 9;

export const tokenParameters = (claims: RevocableClaims, kid: string): readonly unknown[] => [
  ...[kid, claims.jti, claims.grant_id, claims.sid, claims.sub].map(storable),
  // A token that speaks for a revoked subject without saying when it was born is older than everything.
  ...[claims.gen.sub ?? -1, storable(claims.client_id), claims.gen.cli, claims.gen.iss],
];

/** Nothing has a name that PostgreSQL cannot hold, so that nothing matches it. */
const storable = (text: string | undefined): string | null => (text !== undefined && isStorable(text) ? text : null);

const MATCHING = prepared(`SELECT ${REVOCATION_COLUMNS} FROM auth.revocations WHERE ${MATCHES_TOKEN} LIMIT 1`);

/** One of those that match. Expired ones too: whoever asks has judged `exp` before. @throws Unavailable */
export const matchingRevocation = async (
  statements: Statements,
  claims: RevocableClaims,
  kid: string,
): Promise<RevocationEntry | undefined> => {
  const { rows } = await statements.run<RevocationColumns>(MATCHING, tokenParameters(claims, kid));
  return rows[0] === undefined ? undefined : entryFrom(rows[0]);
};
