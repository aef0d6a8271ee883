/**
 * Owns what is known of a person as the protocol asks for it (ports/claims-store). Does not own the writing of it
 * (user-registry), nor which of it a client is told.
 */
import {
  type ClaimsStore,
  ID_TOKEN_ALGORITHMS,
  type KnownClaims,
  type RequestedClaims,
  type TokenHolder,
} from '@latchkey/protocol';
import { type AccessTokenClaims, toSeconds } from '@latchkey/tokens';
import type { UserClaims } from '../../admin/users/claim-schema.js';
import { knownOrNone } from './client-columns.js';
import type { Statements } from './database.js';
import { GRANT_IS_ALIVE } from './grant-row.js';
import { prepared } from './prepared.js';
import { MATCHES_TOKEN, TOKEN_PARAMETERS, tokenParameters } from './revocation-question.js';
import { isUuid } from './uuid.js';

interface PersonColumns {
  /** Written by the registry alone, of what had its form. */
  readonly known: UserClaims;
  readonly updated_at: Date;
}

interface HolderColumns extends PersonColumns {
  readonly requested: RequestedClaims | null;
  readonly alg: string | null;
}

/** `u` is a row of auth.users. */
const PERSON_COLUMNS = 'u.claims AS known, u.updated_at';

const PERSON = prepared(`SELECT ${PERSON_COLUMNS} FROM auth.users u WHERE u.sub = $1 AND u.enabled`);

/** After the parameters that are the token's. */
const [GRANT_ID, CLIENT_ID, TOKEN_SUB] = [1, 2, 3].map((n) => `$${TOKEN_PARAMETERS + n}`);

const HOLDER = prepared(
  `SELECT ${PERSON_COLUMNS}, g.claims AS requested, c.userinfo_signed_response_alg AS alg
   FROM auth.grants g JOIN auth.users u ON u.sub = g.sub JOIN auth.clients c ON c.client_id = g.client_id
   WHERE g.grant_id = ${GRANT_ID}::uuid AND g.client_id = ${CLIENT_ID} AND g.token_sub = ${TOKEN_SUB}
     AND ${GRANT_IS_ALIVE} AND NOT EXISTS (SELECT FROM auth.revocations WHERE ${MATCHES_TOKEN})`,
);

export class PostgresClaimsStore implements ClaimsStore {
  constructor(private readonly database: Statements) {}

  /** @throws Unavailable */
  async find(sub: string): Promise<KnownClaims | undefined> {
    if (!isUuid(sub)) return undefined;
    const { rows } = await this.database.run<PersonColumns>(PERSON, [sub]);
    return rows[0] === undefined ? undefined : knownFrom(rows[0]);
  }

  /** One statement, so that all of it is of one snapshot. @throws Unavailable */
  async findByToken(claims: AccessTokenClaims, kid: string): Promise<TokenHolder | undefined> {
    if (claims.grant_id === undefined || !isUuid(claims.grant_id)) return undefined;
    const { rows } = await this.database.run<HolderColumns>(HOLDER, [
      ...[...tokenParameters(claims, kid), claims.grant_id, claims.client_id, claims.sub],
    ]);
    const [row] = rows;
    if (row === undefined) return undefined;
    const signedResponseAlg = knownOrNone(ID_TOKEN_ALGORITHMS, row.alg);
    return {
      known: knownFrom(row),
      ...(row.requested === null ? {} : { requested: row.requested }),
      ...(signedResponseAlg === undefined ? {} : { signedResponseAlg }),
    };
  }
}

/** OpenID Connect Core §5.1, updated_at: "the number of seconds from 1970-01-01T00:00:00Z". */
const knownFrom = (row: PersonColumns): KnownClaims => ({
  ...row.known,
  updated_at: toSeconds(row.updated_at.getTime()),
});
