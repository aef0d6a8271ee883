/**
 * Owns making the schema "notes" current: by the tables' owner, one instance at a time, and what the serving role may do.
 * Does not own the shapes (the migrations).
 */
import type { DataSource } from 'typeorm';
import { dataSource } from './data-source.js';

/** One of many instances migrates, the others wait. The number means nothing ("notes"); the auth-service has its own. */
const MIGRATION_LOCK = 0x6e6f746573;
const LOCK_WAIT_MS = 120_000;

export interface MigrationUrls {
  readonly databaseUrl: string;
  readonly migrationDatabaseUrl: string;
}

/**
 * No DDL is attempted, and no owner asked for, when the schema is current.
 * @throws whatever PostgreSQL says, when it does not answer or the owner may not create
 */
export async function migrateSchema({ databaseUrl, migrationDatabaseUrl }: MigrationUrls): Promise<void> {
  const servingRole = await roleThatWaits(databaseUrl);
  if (servingRole === undefined) return;
  // Two connections: one holds the lock, one works; and as long as a migration takes.
  const owner = dataSource({ url: migrationDatabaseUrl, poolSize: 2, statementTimeoutMs: 0 });
  await owner.initialize();
  try {
    await migrateUnderLock(owner, servingRole);
  } finally {
    await owner.destroy();
  }
}

async function migrateUnderLock(owner: DataSource, servingRole: string): Promise<void> {
  // Session-level, on a connection of its own: ending the connection frees it, whatever happens.
  const lock = owner.createQueryRunner();
  try {
    await lock.query(`SET lock_timeout = ${LOCK_WAIT_MS}`);
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    if (!(await lock.hasSchema('notes'))) await lock.query('CREATE SCHEMA notes');
    await owner.runMigrations({ transaction: 'all' });
    await grantTo(servingRole, owner);
    await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
  } finally {
    await lock.release();
  }
}

async function grantTo(role: string, owner: DataSource): Promise<void> {
  const statements = await owner.query<{ statement: string }[]>(
    `SELECT format('GRANT %s TO %I', granted, $1::text) AS statement
     FROM unnest($2::text[]) AS granted WHERE current_user <> $1::text`,
    [
      role,
      [
        'USAGE ON SCHEMA notes',
        'SELECT, INSERT, UPDATE, DELETE ON TABLE notes.notes',
        'SELECT ON TABLE notes.migrations',
      ],
    ],
  );
  for (const { statement } of statements) await owner.query(statement);
}

/** The serving role, if the schema is behind or that role may not use it yet; undefined when nothing is to be done. */
async function roleThatWaits(url: string): Promise<string | undefined> {
  const serving = dataSource({ url, poolSize: 1, statementTimeoutMs: 5000 });
  await serving.initialize();
  try {
    if (await isCurrent(serving)) return undefined;
    const rows = await serving.query<{ role: string }[]>('SELECT current_user AS role');
    const role = rows[0]?.role;
    if (role === undefined) throw new Error('PostgreSQL did not say who we are.');
    return role;
  } finally {
    await serving.destroy();
  }
}

async function isCurrent(serving: DataSource): Promise<boolean> {
  const tables = await serving.query<{ name: string }[]>(
    `SELECT c.relname AS name FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
     WHERE n.nspname = 'notes' AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')`,
  );
  const usable = new Set(tables.map(({ name }) => name));
  if (!usable.has('notes') || !usable.has('migrations')) return false;
  const rows = await serving.query<{ name: string }[]>('SELECT name FROM notes.migrations');
  const finished = new Set(rows.map(({ name }) => name));
  return serving.migrations.every((migration) => finished.has(migration.name ?? migration.constructor.name));
}
