/**
 * Owns making the schema current: by the tables' owner, under an advisory lock, and what the serving role may do on each
 * table. Does not own the shapes (migrations).
 */
import type { DataSource, QueryRunner } from 'typeorm';
import { sqlStateOf } from './broken-world.js';
import type { Database } from './database.js';
import { MIGRATIONS } from './migrations/index.js';

/** One of many instances migrates, the others wait; the number means nothing ("latch"). */
export const MIGRATION_LOCK = 0x6c61746368;
const LOCK_WAIT_MS = 120_000;

const ALL = 'SELECT, INSERT, UPDATE, DELETE';
/** What the serving role may do. A11: audit events are written and read, never changed. */
const PRIVILEGES: Readonly<Record<string, string>> = {
  issuer_state: 'SELECT, UPDATE',
  users: ALL,
  login_sessions: ALL,
  clients: ALL,
  client_secrets: ALL,
  apis: ALL,
  api_scopes: ALL,
  // Raised by triggers, with the right of the owner.
  registry_revision: 'SELECT',
  grants: ALL,
  consents: ALL,
  logout_deliveries: ALL,
  keys: ALL,
  key_revision: 'SELECT, UPDATE',
  pairwise_salt: 'SELECT, INSERT, UPDATE',
  revocations: ALL,
  revocation_epoch: 'SELECT, UPDATE',
  guards: ALL,
  // Which place an event has, and when it was, this role cannot say: both are defaults.
  audit_events: 'SELECT, INSERT (actor, kind, target, outcome, detail, address_digest, personal_digest)',
  audit_personal: 'SELECT, INSERT, DELETE',
  audit_seals: 'SELECT, INSERT',
  idempotency_keys: ALL,
  home: 'SELECT',
  migrations: 'SELECT',
};

/** The schema is behind and this role may not change it. The message says what to do. */
export class SchemaBehind extends Error {
  override readonly name = 'SchemaBehind';
}

/**
 * @param openOwner a data source, not yet connected, of the tables' owner, with two connections and without time limits
 * @throws SchemaBehind; whatever the driver says. No DDL is attempted, and no owner asked for, when the schema is current.
 */
export const makeSchemaCurrent = async (database: Database, openOwner: () => DataSource): Promise<void> => {
  if (await isCurrent(database)) return;
  const role = await roleOf(database);
  const owner = openOwner();
  await owner.initialize();
  try {
    await migrateUnderLock(owner, role);
  } catch (error) {
    // 42501: insufficient_privilege.
    if (sqlStateOf(error) !== '42501') throw error;
    throw new SchemaBehind(
      'The schema "auth" is behind this version, or the serving role may not use it, and the role that was given may not ' +
        'change that. Start once with MIGRATION_DATABASE_URL set to the owner of the tables (a role that may create in ' +
        'this database); DATABASE_URL may stay as it is.',
      { cause: error },
    );
  } finally {
    await owner.destroy();
  }
};

/** True when every migration of this version has run and this role may use the tables. */
const isCurrent = async (database: Database): Promise<boolean> => {
  const { rows: tables } = await database.run<{ name: string }>(
    `SELECT c.relname AS name FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
     WHERE n.nspname = 'auth' AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')`,
  );
  const usable = new Set(tables.map(({ name }) => name));
  if (!Object.keys(PRIVILEGES).every((table) => usable.has(table))) return false;
  const { rows } = await database.run<{ name: string }>('SELECT name FROM auth.migrations');
  const finished = new Set(rows.map(({ name }) => name));
  return MIGRATIONS.every((migration) => finished.has(migration.name));
};

const roleOf = async (database: Database): Promise<string> => {
  const { rows } = await database.run<{ role: string }>('SELECT current_user AS role');
  const role = rows[0]?.role;
  if (role === undefined) throw new Error('PostgreSQL did not say who we are.');
  return role;
};

const migrateUnderLock = async (owner: DataSource, servingRole: string): Promise<void> => {
  // Session-level, on a connection of its own: ending the connection frees it, whatever happens.
  const lock = owner.createQueryRunner();
  try {
    await lock.query(`SET lock_timeout = ${LOCK_WAIT_MS}`);
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    if (!(await lock.hasSchema('auth'))) await lock.query('CREATE SCHEMA auth');
    await owner.runMigrations({ transaction: 'all' });
    await grantTo(servingRole, lock);
    await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
  } finally {
    await lock.release();
  }
};

const grantTo = async (role: string, owner: QueryRunner): Promise<void> => {
  // The owner may do everything already; and what a role grants to itself is not taken away by a later migration.
  const { records } = await owner.query(
    `SELECT format('GRANT %s ON %s TO %I', privileges, target, $1::text) AS statement
     FROM unnest($2::text[], $3::text[]) AS wanted (privileges, target) WHERE current_user <> $1::text`,
    [
      role,
      ['USAGE', ...Object.values(PRIVILEGES)],
      ['SCHEMA auth', ...Object.keys(PRIVILEGES).map((table) => `TABLE auth.${table}`)],
    ],
    true,
  );
  for (const { statement } of records as readonly { statement: string }[]) await owner.query(statement);
};
