/**
 * Owns the rows that a list is filled with: such as the service itself writes, made by PostgreSQL from the numbers of a
 * series. `$1` and `$2` are the first and the last number, `$3` among how many owners the rows are dealt out in turn, `$4` among how
 * many clients. Does not own how many, nor the pace (seeding).
 */

export type SeededTable = 'clients' | 'client_secrets' | 'users' | 'grants' | 'audit_events' | 'revocations';

export interface Seed {
  readonly table: SeededTable;
  /** What a row costs to write, as a multiple of a client: for the estimate alone. */
  readonly cost: number;
  readonly sql: string;
}

/** Three of one instant: the place among them is the id's to say. */
const AT = `timestamptz '2026-01-01T00:00:00Z' + n / 3 * interval '1 millisecond'`;
const N = 'generate_series($1::integer, $2::integer) n';
const OWNER = 'n % $3::integer';

const clientId = (n: string): string => `md5((${n})::text)`;
const sub = (n: string): string => `('a' || lpad(to_hex(${n}), 31, '0'))::uuid`;
const uuid = (salt: string): string => `md5('${salt}' || n)::uuid`;
const digest = (salt: string): string => `encode(sha256(convert_to('${salt}' || n, 'UTF8')), 'hex')`;

/** The owner whose rows are asked for. */
export const OWNER_ASKED_FOR = {
  prefix: 'u000-',
  sub: 'a0000000-0000-0000-0000-000000000000',
  /** clientId('0') */
  actor: 'cfcd208495d565ef66e7dff9f98764da',
};

const SALT = `'\\x${'ab'.repeat(16)}'::bytea`;
const ADDRESS = `'"192.0.2.1"'::jsonb`;

export const SEEDS: readonly Seed[] = [
  {
    table: 'clients',
    cost: 1,
    sql: `INSERT INTO auth.clients (client_id, client_name, application_type, redirect_uris, grant_types, allowed_scope,
        token_endpoint_auth_method, require_pkce, id_token_signed_response_alg, created_at)
      SELECT ${clientId('n')}, 'Client ' || n, 'web', ARRAY['https://c' || n || '.example/cb'],
        '{authorization_code,refresh_token}', '{openid,offline_access,notes:read}', 'client_secret_basic', true, 'RS256', ${AT}
      FROM ${N} WHERE $3::integer > 0 AND $4::integer > 0`,
  },
  {
    table: 'client_secrets',
    cost: 2,
    sql: `INSERT INTO auth.client_secrets (id, client_id, place, digest, created_at)
      SELECT ${uuid('secret')}, ${clientId('n')}, 1, ${digest('secret')}, ${AT}
      FROM ${N} WHERE $3::integer > 0 AND $4::integer > 0`,
  },
  {
    table: 'users',
    cost: 1,
    sql: `INSERT INTO auth.users (sub, username, normalized_username, password_hash, claims, created_at, updated_at)
      SELECT ${sub('n')}, name, name, '$argon2id$v=19$m=19456,t=2,p=1$' || left(${digest('hash')}, 65),
        jsonb_build_object('name', 'Person ' || n, 'email', name || '@people.example'), at, at
      FROM (SELECT n, 'u' || lpad((${OWNER})::text, 3, '0') || '-' || lpad(n::text, 7, '0') AS name, ${AT} AS at
        FROM ${N} WHERE $4::integer > 0) named`,
  },
  {
    table: 'grants',
    cost: 6,
    sql: `INSERT INTO auth.grants (grant_id, client_id, sub, token_sub, scope, auth_time, amr, sid, ends_with_session, gen_iss,
        gen_cli, gen_sub, created_at, expires_at, code_digest)
      SELECT ${uuid('grant')}, ${clientId('n % $4::integer')}, ${sub(OWNER)}, ${sub(OWNER)}::text,
        '{openid,offline_access,notes:read}', ${AT}, '{pwd}', ${uuid('session')}, false, 0, 0, 0, ${AT},
        now() + interval '30 days', ${digest('code')}
      FROM ${N}`,
  },
  {
    table: 'audit_events',
    cost: 2,
    sql: `WITH written AS (
        INSERT INTO auth.audit_events (at, actor, kind, target, outcome, detail, address_digest)
        SELECT ${AT}, ${clientId(OWNER)}, 'client.created', ${clientId('n')}, 'done',
          jsonb_build_object('client_name', 'Client ' || n, 'scope', ARRAY['openid', 'offline_access', 'notes:read']),
          encode(sha256(${SALT} || convert_to(${ADDRESS}::text, 'UTF8')), 'hex')
        FROM ${N} WHERE $4::integer > 0
        RETURNING id)
      INSERT INTO auth.audit_personal (event_id, part, salt, data) SELECT id, 'address', ${SALT}, ${ADDRESS} FROM written`,
  },
];

/** Of tokens, so that they stand on the list of every guard until they end. Nothing has published them yet. */
export const REVOCATIONS: Seed = {
  table: 'revocations',
  cost: 3,
  sql: `INSERT INTO auth.revocations (id, kind, value, cause, actor, expires_at)
    SELECT ${uuid('revocation')}, 'token', ${uuid('jti')}::text, 'revoked', ${clientId('0')}, now() + interval '1 day'
    FROM ${N} WHERE $3::integer > 0 AND $4::integer > 0`,
};
