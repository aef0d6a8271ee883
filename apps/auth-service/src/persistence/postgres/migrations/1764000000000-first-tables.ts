/**
 * Owns the first tables of the schema `auth` and the one row of each table that has one row. Never edited once released:
 * a change is another migration. Does not own privileges (migrate) nor what the columns mean to the code (entities).
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** timestamptz(3): JavaScript counts milliseconds, and keyset pagination needs what it read to be what is stored. */
const PEOPLE = [
  `CREATE TABLE auth.issuer_state (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    generation integer NOT NULL DEFAULT 0 CHECK (generation >= 0),
    longest_token_lifetime_seconds integer NOT NULL DEFAULT 300 CHECK (longest_token_lifetime_seconds > 0),
    longest_id_token_lifetime_seconds integer NOT NULL DEFAULT 1 CHECK (longest_id_token_lifetime_seconds > 0),
    longest_refresh_lifetime_seconds integer NOT NULL DEFAULT 1 CHECK (longest_refresh_lifetime_seconds > 0),
    longest_session_seconds integer NOT NULL DEFAULT 1 CHECK (longest_session_seconds > 0))`,
  `INSERT INTO auth.issuer_state DEFAULT VALUES`,
  `CREATE TABLE auth.users (
    sub uuid PRIMARY KEY,
    username text NOT NULL,
    normalized_username text NOT NULL UNIQUE,
    password_hash text NOT NULL,
    enabled boolean NOT NULL DEFAULT true,
    generation integer NOT NULL DEFAULT 0 CHECK (generation >= 0),
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    deleted_at timestamptz(3),
    CHECK (deleted_at IS NULL OR NOT enabled))`,
  `CREATE TABLE auth.login_sessions (
    sid uuid PRIMARY KEY,
    cookie_digest char(64) NOT NULL UNIQUE,
    sub uuid NOT NULL,
    auth_time timestamptz(3) NOT NULL,
    amr text[] NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    ended_at timestamptz(3),
    replaced_by uuid,
    gen_iss integer NOT NULL,
    gen_sub integer NOT NULL)`,
  `CREATE INDEX login_sessions_sub ON auth.login_sessions (sub)`,
  `CREATE INDEX login_sessions_expires_at ON auth.login_sessions (expires_at)`,
  `CREATE INDEX login_sessions_replaced_by ON auth.login_sessions (replaced_by) WHERE replaced_by IS NOT NULL`,
];

/** revocation.md V3: "The `sub` of a person and of a client … can never be equal": a UUID has hyphens, a client_id none. */
const CLIENT_ID_FORM = "'^[0-9a-f]{32}$'";

const CLIENTS = [
  `CREATE TABLE auth.clients (
    client_id text PRIMARY KEY CHECK (client_id ~ ${CLIENT_ID_FORM}),
    client_name text NOT NULL,
    application_type text NOT NULL CHECK (application_type IN ('web', 'native')),
    redirect_uris text[] NOT NULL,
    grant_types text[] NOT NULL,
    allowed_scope text[] NOT NULL,
    token_endpoint_auth_method text NOT NULL,
    require_pkce boolean NOT NULL,
    id_token_signed_response_alg text NOT NULL,
    logo_uri text,
    policy_uri text,
    tos_uri text,
    enabled boolean NOT NULL DEFAULT true,
    generation integer NOT NULL DEFAULT 0 CHECK (generation >= 0),
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    deleted_at timestamptz(3),
    CHECK (deleted_at IS NULL OR NOT enabled))`,
  `CREATE INDEX clients_order ON auth.clients (created_at, client_id)`,
  // "Two may live at once" is held by the two places; a secret takes a free one.
  `CREATE TABLE auth.client_secrets (
    id uuid PRIMARY KEY,
    client_id text NOT NULL REFERENCES auth.clients ON DELETE CASCADE,
    place smallint NOT NULL CHECK (place IN (1, 2)),
    digest char(64) NOT NULL,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    UNIQUE (client_id, place))`,
  `CREATE TABLE auth.apis (
    identifier text PRIMARY KEY,
    name text NOT NULL,
    access_token_lifetime_seconds integer CHECK (access_token_lifetime_seconds > 0),
    access_token_signing_alg text NOT NULL,
    created_at timestamptz(3) NOT NULL DEFAULT now())`,
  `CREATE INDEX apis_order ON auth.apis (created_at, identifier COLLATE "C")`,
  // A scope name belongs to exactly one API.
  `CREATE TABLE auth.api_scopes (
    name text PRIMARY KEY,
    identifier text NOT NULL REFERENCES auth.apis ON DELETE CASCADE,
    description text NOT NULL,
    position smallint NOT NULL)`,
  `CREATE INDEX api_scopes_identifier ON auth.api_scopes (identifier)`,
];

/** No foreign keys: what hangs on a deleted client or person is swept in batches, and the shared rows are not locked. */
const GRANTS = [
  `CREATE TABLE auth.grants (
    grant_id uuid PRIMARY KEY,
    client_id text NOT NULL,
    sub uuid NOT NULL,
    token_sub text NOT NULL CHECK (token_sub !~ ${CLIENT_ID_FORM}),
    scope text[] NOT NULL,
    resource text,
    auth_time timestamptz(3) NOT NULL,
    amr text[] NOT NULL,
    sid uuid NOT NULL,
    ends_with_session boolean NOT NULL,
    gen_iss integer NOT NULL,
    gen_cli integer NOT NULL,
    gen_sub integer NOT NULL,
    created_at timestamptz(3) NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    nonce text,
    code_digest char(64) NOT NULL UNIQUE,
    refresh_generation integer NOT NULL DEFAULT 0,
    rotation_bucket bigint,
    bucket_low integer,
    previous_bucket_low integer,
    revoked_at timestamptz(3))`,
  `CREATE INDEX grants_sub ON auth.grants (sub, token_sub)`,
  `CREATE INDEX grants_token_sub ON auth.grants (token_sub)`,
  `CREATE INDEX grants_client_id ON auth.grants (client_id)`,
  `CREATE INDEX grants_sid ON auth.grants (sid)`,
  `CREATE INDEX grants_expires_at ON auth.grants (expires_at)`,
  `CREATE TABLE auth.consents (
    sub uuid NOT NULL,
    client_id text NOT NULL,
    scope text[] NOT NULL,
    granted_at timestamptz(3) NOT NULL DEFAULT now(),
    PRIMARY KEY (sub, client_id))`,
];

/** No order between the instants is asked for: a clock that was put back must not keep anybody from killing a key. */
const KEYS = [
  `CREATE TABLE auth.keys (
    kid text PRIMARY KEY,
    algorithm text NOT NULL CHECK (algorithm IN ('ES256', 'RS256', 'PS256', 'EdDSA', 'HS256', 'refresh')),
    audience text NOT NULL DEFAULT '',
    state text NOT NULL CHECK (state IN ('announced', 'active', 'retired', 'dropped')),
    public_jwk jsonb,
    sealed_key text,
    announced_at timestamptz(3) NOT NULL,
    active_from timestamptz(3),
    active_at timestamptz(3),
    retired_at timestamptz(3),
    dropped_at timestamptz(3),
    CONSTRAINT keys_refresh_kid CHECK ((algorithm = 'refresh') = (kid ~ '^refresh-(0|[1-9][0-9]{0,4})$')),
    CONSTRAINT keys_audience_of_hs256 CHECK ((algorithm = 'HS256') = (audience <> '')),
    CONSTRAINT keys_public_half CHECK ((algorithm IN ('HS256', 'refresh')) = (public_jwk IS NULL)),
    CONSTRAINT keys_nothing_private_in_the_clear CHECK (
      NOT (public_jwk ?| ARRAY['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])),
    CONSTRAINT keys_sealed_while_needed CHECK ((sealed_key IS NOT NULL) = (state IN ('announced', 'active')
      OR state = 'retired' AND algorithm IN ('HS256', 'refresh'))),
    CONSTRAINT keys_active_at CHECK (CASE state
      WHEN 'announced' THEN active_at IS NULL WHEN 'dropped' THEN true ELSE active_at IS NOT NULL END),
    CONSTRAINT keys_retired_at CHECK (CASE state
      WHEN 'retired' THEN retired_at IS NOT NULL WHEN 'dropped' THEN true ELSE retired_at IS NULL END),
    CONSTRAINT keys_dropped_at CHECK ((state = 'dropped') = (dropped_at IS NOT NULL)))`,
  `CREATE UNIQUE INDEX keys_one_active ON auth.keys (algorithm, audience) WHERE state = 'active'`,
  `CREATE TABLE auth.key_revision (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    revision bigint NOT NULL DEFAULT 0 CHECK (revision >= 0))`,
  `INSERT INTO auth.key_revision DEFAULT VALUES`,
];

/** Neither table refers to another: revocations and audit events stay when what they speak of is gone. */
const REVOCATION = [
  // published_epoch −1: in no life of the wire yet. One row for one meaning, so that a repetition writes nothing.
  `CREATE TABLE auth.revocations (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('token', 'grant', 'session', 'subject', 'client', 'issuer', 'key')),
    value text NOT NULL,
    generation integer,
    cause text NOT NULL,
    actor text NOT NULL,
    reason text,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    expires_at timestamptz(3),
    published_epoch bigint NOT NULL DEFAULT -1,
    position_ms bigint,
    position_seq bigint,
    CHECK ((published_epoch >= 0) = (position_ms IS NOT NULL) AND (position_ms IS NULL) = (position_seq IS NULL)),
    CHECK ((kind IN ('subject', 'client', 'issuer')) = (generation IS NOT NULL)),
    CHECK ((kind = 'key') = (expires_at IS NULL)),
    CONSTRAINT revocations_meaning UNIQUE NULLS NOT DISTINCT (kind, value, generation))`,
  `CREATE INDEX revocations_published ON auth.revocations (published_epoch, position_ms, position_seq)`,
  `CREATE INDEX revocations_order ON auth.revocations (created_at, id)`,
  `CREATE INDEX revocations_expires_at ON auth.revocations (expires_at)`,
  `CREATE TABLE auth.revocation_epoch (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch bigint NOT NULL DEFAULT 0,
    identity text NOT NULL DEFAULT '',
    raised_at timestamptz(3) NOT NULL DEFAULT now())`,
  `INSERT INTO auth.revocation_epoch DEFAULT VALUES`,
  // missing_since: since when whoever looked has not found the lease; nobody looking is no evidence.
  `CREATE TABLE auth.guards (
    lease_key text PRIMARY KEY,
    guard_id uuid NOT NULL UNIQUE,
    registration uuid NOT NULL,
    service text NOT NULL,
    on_stale text NOT NULL CHECK (on_stale IN ('refuse', 'allow')),
    lease_ms integer NOT NULL CHECK (lease_ms > 0),
    registered_at timestamptz(3) NOT NULL DEFAULT now(),
    last_seen_at timestamptz(3) NOT NULL DEFAULT now(),
    missing_since timestamptz(3))`,
  `CREATE INDEX guards_order ON auth.guards (registered_at, guard_id)`,
  `CREATE TABLE auth.audit_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz(3) NOT NULL DEFAULT now(),
    actor text NOT NULL,
    kind text NOT NULL,
    target text NOT NULL,
    outcome text NOT NULL,
    address text,
    detail jsonb NOT NULL DEFAULT '{}')`,
  `CREATE INDEX audit_events_at ON auth.audit_events (at)`,
];

export class FirstTables1764000000000 implements MigrationInterface {
  readonly name = 'FirstTables1764000000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [...PEOPLE, ...CLIENTS, ...GRANTS, ...KEYS, ...REVOCATION]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of [
      'audit_events',
      'guards',
      'revocation_epoch',
      'revocations',
      'key_revision',
      'keys',
      'consents',
      'grants',
      'api_scopes',
      'apis',
      'client_secrets',
      'clients',
      'login_sessions',
      'users',
      'issuer_state',
    ]) {
      await queryRunner.query(`DROP TABLE auth.${table}`);
    }
  }
}
