/**
 * Owns the first tables of the schema `auth` and the one row of each table that has one row. Never edited once released:
 * a change is another migration. Does not own privileges (migrate) nor what the columns mean to the code (entities).
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { BY_THE_CLOCK } from '../by-the-clock.js';

/** timestamptz(3): JavaScript counts milliseconds, and keyset pagination needs what it read to be what is stored. */
const PEOPLE = [
  `CREATE TABLE auth.issuer_state (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    generation integer NOT NULL DEFAULT 0 CHECK (generation >= 0),
    longest_token_lifetime_seconds integer NOT NULL DEFAULT 300 CHECK (longest_token_lifetime_seconds > 0),
    longest_id_token_lifetime_seconds integer NOT NULL DEFAULT 1 CHECK (longest_id_token_lifetime_seconds > 0),
    longest_refresh_lifetime_seconds integer NOT NULL DEFAULT 1 CHECK (longest_refresh_lifetime_seconds > 0),
    longest_session_seconds integer NOT NULL DEFAULT 1 CHECK (longest_session_seconds > 0))`,
  // Above whatever a database before this one has said on the same Redis.
  `INSERT INTO auth.issuer_state (generation) VALUES (${BY_THE_CLOCK}::integer)`,
  `CREATE TABLE auth.users (
    sub uuid PRIMARY KEY,
    username text,
    normalized_username text,
    password_hash text,
    password_version integer NOT NULL DEFAULT 0 CHECK (password_version >= 0),
    claims jsonb NOT NULL DEFAULT '{}',
    enabled boolean NOT NULL DEFAULT true,
    generation integer NOT NULL DEFAULT 0 CHECK (generation >= 0),
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    deleted_at timestamptz(3),
    CHECK (deleted_at IS NULL OR NOT enabled),
    CONSTRAINT users_whole_or_erased CHECK (CASE WHEN deleted_at IS NULL
      THEN username IS NOT NULL AND normalized_username IS NOT NULL AND password_hash IS NOT NULL
      ELSE username IS NULL AND normalized_username IS NULL AND password_hash IS NULL AND claims = '{}' END))`,
  // Byte by byte: what begins with the same letters stands together. It also says that a name is nobody else's.
  `CREATE UNIQUE INDEX users_name ON auth.users (normalized_username text_pattern_ops)`,
  `CREATE INDEX users_order ON auth.users (created_at, sub) WHERE deleted_at IS NULL`,
  `CREATE INDEX users_deleted_at ON auth.users (deleted_at) WHERE deleted_at IS NOT NULL`,
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
  `CREATE INDEX login_sessions_order ON auth.login_sessions (auth_time, sid)`,
  `CREATE INDEX login_sessions_sub ON auth.login_sessions (sub, auth_time, sid)`,
  `CREATE INDEX login_sessions_ended_at ON auth.login_sessions (ended_at) WHERE ended_at IS NOT NULL`,
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
    browser_origins text[] NOT NULL DEFAULT '{}',
    grant_types text[] NOT NULL,
    allowed_scope text[] NOT NULL,
    token_endpoint_auth_method text NOT NULL,
    token_endpoint_auth_signing_alg text,
    jwks jsonb,
    jwks_uri text CHECK (jwks_uri IS NULL OR jwks IS NULL),
    require_pkce boolean NOT NULL,
    id_token_signed_response_alg text NOT NULL,
    userinfo_signed_response_alg text,
    introspection_signed_response_alg text,
    subject_type text NOT NULL DEFAULT 'public' CHECK (subject_type IN ('public', 'pairwise')),
    sector_identifier text,
    post_logout_redirect_uris text[] NOT NULL DEFAULT '{}',
    backchannel_logout_uri text,
    backchannel_logout_session_required boolean NOT NULL DEFAULT false,
    default_max_age integer CHECK (default_max_age >= 0),
    require_auth_time boolean NOT NULL DEFAULT false,
    refresh_token_lifetime_seconds integer CHECK (refresh_token_lifetime_seconds > 0),
    refresh_token_idle_seconds integer CHECK (refresh_token_idle_seconds > 0),
    logo_uri text,
    policy_uri text,
    tos_uri text,
    resource_server text,
    enabled boolean NOT NULL DEFAULT true,
    generation integer NOT NULL DEFAULT 0 CHECK (generation >= 0),
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    deleted_at timestamptz(3),
    CHECK (deleted_at IS NULL OR NOT enabled),
    CHECK (subject_type = 'public' OR sector_identifier IS NOT NULL))`,
  // Who has this scope? Asked when it is taken away, and who else holds all those of the admin API (client-administrators).
  `CREATE INDEX clients_allowed_scope ON auth.clients USING gin (allowed_scope)`,
  // May scripts of this origin read our answers? Anybody may ask, as often as he likes: so no read goes through a list of what
  // is not in the index yet, and it is the rare write that takes longer.
  `CREATE INDEX clients_browser_origins ON auth.clients USING gin (browser_origins) WITH (fastupdate = off) WHERE enabled`,
  `CREATE INDEX clients_resource_server ON auth.clients (resource_server) WHERE resource_server IS NOT NULL`,
  `CREATE INDEX clients_order ON auth.clients (created_at, client_id) WHERE deleted_at IS NULL`,
  `CREATE INDEX clients_deleted_at ON auth.clients (deleted_at) WHERE deleted_at IS NOT NULL`,
  // "Two may live at once" is held by the two places; a secret takes a free one.
  `CREATE TABLE auth.client_secrets (
    id uuid PRIMARY KEY,
    client_id text NOT NULL REFERENCES auth.clients ON DELETE CASCADE,
    place smallint NOT NULL CHECK (place IN (1, 2)),
    digest char(64) NOT NULL,
    sealed text,
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

/** The trigger of each of these tables that is deferred to the commit, by what happens to a row. */
const RAISES_REGISTRY: readonly (readonly [table: string, name: string, when: string])[] = [
  // One that is new was remembered by nobody. No column of it is written by requests, and none is left out: there is none to forget.
  ['clients', 'registry_changed', 'UPDATE OR DELETE'],
  ['client_secrets', 'registry_changed', 'INSERT OR UPDATE OR DELETE'],
  ['apis', 'registry_changed', 'INSERT OR UPDATE OR DELETE'],
  ['api_scopes', 'registry_changed', 'INSERT OR UPDATE OR DELETE'],
  ['issuer_state', 'registry_replaced', 'INSERT OR DELETE'],
  ['issuer_state', 'registry_changed', 'UPDATE'],
];

const REGISTRY_TABLES = [...new Set(RAISES_REGISTRY.map(([table]) => table))];

const ONLY_GENERATION = 'WHEN (OLD.generation IS DISTINCT FROM NEW.generation)';

/**
 * One number for all that instances remember of what is registered, raised by the database itself in the transaction of the change: no
 * store, seed, sweep or line typed by hand can forget it. Deferred, so that its row is the last that a transaction locks, and only while
 * it commits: nobody who holds it waits for anybody. So the order of the numbers is that of the commits. By its owner's right: whoever
 * may change a client need not be able to touch it otherwise.
 */
const REGISTRY = [
  `CREATE TABLE auth.registry_revision (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    revision bigint NOT NULL CHECK (revision >= 0))`,
  `INSERT INTO auth.registry_revision (revision) VALUES (floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)`,
  // Not for the first secret of a client that this transaction has made, whom nobody can have remembered: what is not there is not. The number
  // of a transaction is given out again after 2^32, so the client must be of this moment, too.
  // Once for each transaction, however many rows. By the clock, so that a database that lost changes (a restored one, a replica that
  // lagged) gives out none of the numbers of those for others; and upwards, whatever the clock says.
  `CREATE FUNCTION auth.raise_registry_revision() RETURNS trigger LANGUAGE plpgsql
   SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $latchkey$
   BEGIN
     IF TG_OP = 'INSERT' AND TG_TABLE_NAME = 'client_secrets' THEN
       IF EXISTS (SELECT FROM auth.clients c WHERE c.client_id = NEW.client_id
            AND c.xmin = pg_current_xact_id()::xid AND c.created_at > now() - interval '1 minute') THEN
         RETURN NULL;
       END IF;
     END IF;
     IF current_setting('latchkey.registry_raised_in', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
       UPDATE auth.registry_revision
       SET revision = greatest(revision + 1, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint);
       PERFORM set_config('latchkey.registry_raised_in', pg_current_xact_id()::text, true);
     END IF;
     RETURN NULL;
   END $latchkey$`,
  ...RAISES_REGISTRY.map(
    ([table, name, when]) => `CREATE CONSTRAINT TRIGGER ${name} AFTER ${when} ON auth.${table}
     DEFERRABLE INITIALLY DEFERRED FOR EACH ROW ${table === 'issuer_state' && when === 'UPDATE' ? ONLY_GENERATION : ''}
     EXECUTE FUNCTION auth.raise_registry_revision()`,
  ),
  ...REGISTRY_TABLES.map(
    (table) => `CREATE TRIGGER registry_emptied AFTER TRUNCATE ON auth.${table}
     FOR EACH STATEMENT EXECUTE FUNCTION auth.raise_registry_revision()`,
  ),
  // Also for whoever writes as a replica (session_replication_role): else such a change would be remembered wrongly without an end.
  ...[...RAISES_REGISTRY, ...REGISTRY_TABLES.map((table) => [table, 'registry_emptied'] as const)].map(
    ([table, name]) => `ALTER TABLE auth.${table} ENABLE ALWAYS TRIGGER ${name}`,
  ),
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
    claims jsonb,
    code_digest char(64) NOT NULL UNIQUE,
    refresh_generation integer NOT NULL DEFAULT 0,
    last_used_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    rotation_bucket bigint,
    bucket_low integer,
    previous_bucket_low integer,
    revoked_at timestamptz(3)) WITH (fillfactor = 80)`,
  // What a grant gives never changes, so that whoever remembers it is right for ever.
  `CREATE FUNCTION auth.refuse_changed_grant() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'what a grant gives never changes' USING ERRCODE = 'restrict_violation';
  END $$`,
  `CREATE TRIGGER grants_given BEFORE UPDATE OF grant_id, client_id, sub, token_sub, scope, resource, auth_time, amr, sid,
    ends_with_session, gen_iss, gen_cli, gen_sub, claims ON auth.grants
    FOR EACH ROW EXECUTE FUNCTION auth.refuse_changed_grant()`,
  // Most speak by the UUID, and cost these two nothing.
  `CREATE INDEX grants_pairwise_of ON auth.grants (sub, token_sub) WHERE token_sub <> sub::text`,
  `CREATE INDEX grants_pairwise ON auth.grants (token_sub) WHERE token_sub <> sub::text`,
  `CREATE INDEX grants_order ON auth.grants (created_at, grant_id)`,
  `CREATE INDEX grants_sub_order ON auth.grants (sub, created_at, grant_id)`,
  `CREATE INDEX grants_client_order ON auth.grants (client_id, created_at, grant_id)`,
  `CREATE INDEX grants_pair_order ON auth.grants (sub, client_id, created_at, grant_id)`,
  `CREATE INDEX grants_revoked_at ON auth.grants (revoked_at) WHERE revoked_at IS NOT NULL`,
  `CREATE INDEX grants_sid ON auth.grants (sid)`,
  `CREATE INDEX grants_expires_at ON auth.grants (expires_at)`,
  `CREATE TABLE auth.consents (
    sub uuid NOT NULL,
    client_id text NOT NULL,
    scope text[] NOT NULL,
    granted_at timestamptz(3) NOT NULL DEFAULT now(),
    generation integer NOT NULL DEFAULT 0 CHECK (generation >= 0),
    withdrawn_at timestamptz(3),
    PRIMARY KEY (sub, client_id),
    CHECK (withdrawn_at IS NULL OR scope = '{}'))`,
  `CREATE INDEX consents_scope ON auth.consents USING gin (scope)`,
  `CREATE INDEX consents_client_id ON auth.consents (client_id, sub)`,
  // Who is owed to be told that a session has ended. Two columns of time: when it began, and when whoever comes may take it.
  `CREATE TABLE auth.logout_deliveries (
    id uuid PRIMARY KEY,
    sid uuid NOT NULL,
    client_id text NOT NULL,
    token_sub text NOT NULL,
    tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    next_try_at timestamptz(3) NOT NULL,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    UNIQUE (sid, client_id))`,
  `CREATE INDEX logout_deliveries_next_try_at ON auth.logout_deliveries (next_try_at)`,
  `CREATE INDEX logout_deliveries_created_at ON auth.logout_deliveries (created_at)`,
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
  // No key that rotates: what was named with it is named so for ever.
  `CREATE TABLE auth.pairwise_salt (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    sealed_salt text NOT NULL,
    made_at timestamptz(3) NOT NULL DEFAULT now())`,
];

/** Nothing refers to another table: revocations stay when what they speak of is gone. */
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
];

/** Nothing refers to another table: what was done stays, whatever becomes of those who did it. */
const AUDIT = [
  `CREATE TABLE auth.audit_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz(3) NOT NULL DEFAULT now(),
    actor text NOT NULL,
    kind text NOT NULL,
    target text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('done', 'refused')),
    detail jsonb NOT NULL DEFAULT '{}',
    address_digest char(64),
    personal_digest char(64))`,
  `CREATE INDEX audit_events_order ON auth.audit_events (at, id)`,
  `CREATE INDEX audit_events_actor ON auth.audit_events (actor, at, id)`,
  `CREATE INDEX audit_events_kind ON auth.audit_events (kind, at, id)`,
  `CREATE INDEX audit_events_target ON auth.audit_events (target, at, id)`,
  `CREATE INDEX audit_events_actor_kind ON auth.audit_events (actor, kind, at, id)`,
  // sub: with whom it is erased.
  `CREATE TABLE auth.audit_personal (
    event_id bigint NOT NULL,
    part text NOT NULL CHECK (part IN ('address', 'personal')),
    sub uuid,
    salt bytea NOT NULL,
    data jsonb NOT NULL,
    PRIMARY KEY (event_id, part))`,
  `CREATE INDEX audit_personal_sub ON auth.audit_personal (sub) WHERE sub IS NOT NULL`,
  // Each seals the events after that of the one before, up to its own.
  `CREATE TABLE auth.audit_seals (
    number bigint PRIMARY KEY CHECK (number > 0),
    up_to bigint NOT NULL,
    events integer NOT NULL CHECK (events >= 0),
    sealed_at timestamptz(3) NOT NULL,
    digest char(64) NOT NULL,
    head char(64) NOT NULL)`,
];

/**
 * The row knows by which transaction, and in which table, it was written; in a copy that was read back from a dump both are
 * others. A standby, a base backup and pg_upgrade carry the row itself, so that it stays at home.
 */
const HOME = [
  `CREATE TABLE auth.home (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    written_in bigint NOT NULL,
    written_by bigint NOT NULL)`,
  `INSERT INTO auth.home (written_in, written_by)
   SELECT 'auth.home'::regclass::oid::bigint, pg_current_xact_id()::xid::text::bigint`,
];

/** What a repeated request is told. The body is kept as an HMAC alone, and no answer that held a secret. */
const ADMINISTRATION = [
  `CREATE TABLE auth.idempotency_keys (
    client_id text NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    key_digest char(64) NOT NULL,
    body_mac char(64) NOT NULL,
    location text NOT NULL,
    resource text,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    PRIMARY KEY (client_id, method, path, key_digest))`,
  `CREATE INDEX idempotency_keys_created_at ON auth.idempotency_keys (created_at)`,
  // By what was created: what is kept of a person is erased with the person.
  `CREATE INDEX idempotency_keys_location ON auth.idempotency_keys (location) WHERE resource IS NOT NULL`,
];

export class FirstTables1764000000000 implements MigrationInterface {
  readonly name = 'FirstTables1764000000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [
      ...PEOPLE,
      ...CLIENTS,
      ...REGISTRY,
      ...GRANTS,
      ...KEYS,
      ...REVOCATION,
      ...AUDIT,
      ...HOME,
      ...ADMINISTRATION,
    ]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of [
      'idempotency_keys',
      'home',
      'audit_seals',
      'audit_personal',
      'audit_events',
      'guards',
      'revocation_epoch',
      'revocations',
      'key_revision',
      'keys',
      'logout_deliveries',
      'consents',
      'grants',
      'api_scopes',
      'apis',
      'client_secrets',
      'clients',
      'login_sessions',
      'users',
      'issuer_state',
      'registry_revision',
    ]) {
      await queryRunner.query(`DROP TABLE auth.${table}`);
    }
    await queryRunner.query('DROP FUNCTION auth.refuse_changed_grant()');
    await queryRunner.query('DROP FUNCTION auth.raise_registry_revision');
  }
}
