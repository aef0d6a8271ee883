/** Owns how a code that is redeemed is sent to PostgreSQL, alone or with others. Does not own the statements (redemptions). */
import type { CodeRedemption } from '@latchkey/protocol';

/** As it is sent, whatever a grant has. The times are seconds. */
const SENT = {
  grant_id: 'uuid',
  client_id: 'text',
  sub: 'uuid',
  token_sub: 'text',
  scope: 'text[]',
  resource: 'text',
  auth_time: 'float8',
  amr: 'text[]',
  sid: 'uuid',
  ends_with_session: 'boolean',
  gen_iss: 'integer',
  gen_cli: 'integer',
  gen_sub: 'integer',
  created_at: 'float8',
  expires_at: 'float8',
  nonce: 'text',
  claims: 'jsonb',
  code_digest: 'char(64)',
  consent_generation: 'integer',
  consented_scope: 'text[]',
} as const;

const NAMES: readonly string[] = Object.keys(SENT);
/** SQL, `p`: a code that comes alone, a parameter for each. To read JSON would be a sixth of what PostgreSQL does for it. */
export const ONE = `(VALUES (${Object.values(SENT)
  .map((type, at) => `$${at + 1}::${type}`)
  .join(', ')})) AS p (${NAMES.join(', ')})`;
/** SQL: the parameter that comes after those. */
export const BESIDES = `$${NAMES.length + 1}`;
/** SQL, `p`: one parameter, however many codes there are. */
export const ALL = `json_to_recordset($1::json) AS p (${Object.entries(SENT)
  .map(([name, type]) => `${name} ${type}`)
  .join(', ')})`;

/** What ONE asks for. */
export function oneFrom(one: CodeRedemption): readonly unknown[] {
  const presented: Readonly<Record<string, unknown>> = presentedFrom(one);
  return NAMES.map((name) => presented[name]);
}

/** What ALL asks for. */
export const allFrom = (all: readonly CodeRedemption[]): readonly unknown[] => [JSON.stringify(all.map(presentedFrom))];

/** What is left out is NULL. */
const presentedFrom = ({
  grant,
  codeDigest,
  consentGeneration,
  consentedScope,
}: CodeRedemption): Readonly<Record<keyof typeof SENT, unknown>> => ({
  grant_id: grant.grantId,
  client_id: grant.clientId,
  sub: grant.sub,
  token_sub: grant.tokenSub,
  scope: grant.scope,
  resource: grant.resource,
  auth_time: grant.authTime,
  amr: grant.amr,
  sid: grant.sid,
  ends_with_session: grant.endsWithSession,
  gen_iss: grant.generations.iss,
  gen_cli: grant.generations.cli,
  gen_sub: grant.generations.sub,
  created_at: grant.createdAt,
  expires_at: grant.expiresAt,
  nonce: grant.nonce,
  claims: grant.claims,
  code_digest: codeDigest,
  consent_generation: consentGeneration,
  consented_scope: consentedScope,
});
