/** Owns what PostgreSQL knows of whoever a token speaks for, in two reads. Does not own whether the token is genuine. */
import { type AccessTokenClaims, toSeconds } from '@latchkey/tokens';
import type { Holder, TokenStanding, TokenStandings } from '../../admin/tokens/token-ports.js';
import { isStorable } from './act.js';
import type { Statements } from './database.js';
import { MATCHES_TOKEN, tokenParameters } from './revocation-question.js';
import { kindOf } from './revocation-row.js';
import { isUuid } from './uuid.js';

interface HolderColumns {
  readonly issuer_generation: number;
  readonly longest: number;
  readonly client_enabled: boolean | null;
  readonly client_generation: number | null;
  readonly person_enabled: boolean | null;
  readonly person_generation: number | null;
}

export class PostgresTokenStandings implements TokenStandings {
  constructor(private readonly database: Statements) {}

  /** @throws Unavailable */
  async standingOf(claims: AccessTokenClaims, kid: string): Promise<TokenStanding> {
    const { rows: matched } = await this.database.run<{
      readonly id: string;
      readonly kind: string;
      readonly cause: string;
      readonly created_at: Date;
    }>(
      `SELECT DISTINCT ON (kind) id, kind, cause, created_at FROM auth.revocations WHERE ${MATCHES_TOKEN}
       ORDER BY kind, generation DESC NULLS LAST`,
      tokenParameters(claims, kid),
    );
    const { rows } = await this.database.run<HolderColumns>(
      `SELECT i.generation AS issuer_generation, i.longest_token_lifetime_seconds AS longest,
         c.enabled AS client_enabled, c.generation AS client_generation,
         u.enabled AS person_enabled, u.generation AS person_generation
       FROM auth.issuer_state i
         LEFT JOIN auth.clients c ON c.client_id = $1 AND c.deleted_at IS NULL
         LEFT JOIN auth.users u ON u.deleted_at IS NULL
           AND u.sub = coalesce((SELECT g.sub FROM auth.grants g WHERE g.grant_id = $2::uuid), $3::uuid)`,
      [
        isStorable(claims.client_id) ? claims.client_id : null,
        claims.grant_id !== undefined && isUuid(claims.grant_id) ? claims.grant_id : null,
        isUuid(claims.sub) ? claims.sub : null,
      ],
    );
    const [row] = rows;
    if (row === undefined) throw new Error('The issuer has no state: the schema was not made by our migrations.');
    return {
      revocations: matched.map(({ id, kind, cause, created_at }) => ({
        ...{ id, kind: kindOf(kind), cause, createdAt: toSeconds(created_at.getTime()) },
      })),
      issuerGeneration: row.issuer_generation,
      client: holderOf(row.client_enabled, row.client_generation),
      person: holderOf(row.person_enabled, row.person_generation),
      longestLifetimeSeconds: row.longest,
    };
  }
}

const holderOf = (enabled: boolean | null, generation: number | null): Holder | undefined =>
  enabled === null || generation === null ? undefined : { enabled, generation };
