/**
 * Owns the question that a guard asks its list, asked to PostgreSQL (revocation.md V5): which entry refuses this token. Does
 * not own whether the token is genuine, nor who asks when.
 */
import type { RevocableClaims, RevocationEntry } from '@latchkey/tokens';
import type { Statements } from './database.js';
import { entryFrom, REVOCATION_COLUMNS, type RevocationColumns } from './revocation-row.js';

/** One of those that match. Expired ones too: whoever asks has judged `exp` before. @throws Unavailable */
export const matchingRevocation = async (
  statements: Statements,
  claims: RevocableClaims,
  kid: string,
): Promise<RevocationEntry | undefined> => {
  // A token that speaks for a revoked subject without saying when it was born is older than everything.
  const { rows } = await statements.run<RevocationColumns>(
    `SELECT ${REVOCATION_COLUMNS} FROM auth.revocations
     WHERE (kind = 'key' AND value = $1) OR (kind = 'token' AND value = $2)
       OR (kind = 'grant' AND value = $3) OR (kind = 'session' AND value = $4)
       OR (kind = 'subject' AND value = $5 AND generation > $6)
       OR (kind = 'client' AND value = $7 AND generation > $8)
       OR (kind = 'issuer' AND value = '' AND generation > $9)
     LIMIT 1`,
    [
      ...[kid, claims.jti, claims.grant_id ?? null, claims.sid ?? null, claims.sub, claims.gen.sub ?? -1],
      ...[claims.client_id, claims.gen.cli, claims.gen.iss],
    ],
  );
  return rows[0] === undefined ? undefined : entryFrom(rows[0]);
};
