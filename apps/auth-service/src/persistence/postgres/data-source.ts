/**
 * Owns the connection to PostgreSQL: the pool, its time limits, and that a schema is current before anybody uses it.
 * Does not own the statements (the stores) nor how a schema is made current (migrate).
 */
import pg from 'pg';
import { DataSource } from 'typeorm';
import { Database } from './database.js';
import { AuditEventTable, AuditPersonalTable, AuditSealTable } from './entities/audit.js';
import { ApiScopeTable, ApiTable, ClientSecretTable, ClientTable, RegistryRevisionTable } from './entities/clients.js';
import { ConsentTable, GrantTable, LogoutDeliveryTable } from './entities/grants.js';
import { IdempotencyKeyTable } from './entities/idempotency-keys.js';
import { KeyRevisionTable, KeyTable, PairwiseSaltTable } from './entities/keys.js';
import { IssuerStateTable, LoginSessionTable, UserTable } from './entities/people.js';
import { GuardTable, RevocationEpochTable, RevocationTable } from './entities/revocations.js';
import { HomeTable } from './entities/home.js';
import { LOCK_WAIT_MS } from './held-locks.js';
import { refuseCopy } from './home.js';
import { makeSchemaCurrent } from './migrate.js';
import { MIGRATIONS } from './migrations/index.js';

/** Where all tables of this service live. */
export const SCHEMA = 'auth';

export interface DatabaseOptions {
  /** DATABASE_URL: the role that serves. */
  readonly url: string;
  /** MIGRATION_DATABASE_URL: the owner of the tables; the same role when left out. */
  readonly migrationUrl?: string;
  /** Connections at most. */
  readonly poolSize: number;
  /** How long a statement may take before the caller hears Unavailable. Default 4000. */
  readonly statementTimeoutMs?: number;
  /** How long a lock is waited for in PostgreSQL before it is waited for without a connection (held-locks). Default 10. */
  readonly lockWaitMs?: number;
  /** How long a free or new connection is waited for. Default 3000. */
  readonly connectTimeoutMs?: number;
  /** Also a database that was read back from a dump: for whoever is about to make it a system of its own (restored). */
  readonly evenACopy?: boolean;
  /** An idle connection broke; the pool replaces it. */
  readonly onIdleError?: (error: Error) => void;
}

const ENTITIES = [
  ...[IssuerStateTable, UserTable, LoginSessionTable, ClientTable, ClientSecretTable, ApiTable, ApiScopeTable],
  ...[GrantTable, ConsentTable, LogoutDeliveryTable, KeyTable, KeyRevisionTable, PairwiseSaltTable],
  ...[RevocationTable, RevocationEpochTable, GuardTable, AuditEventTable, AuditPersonalTable, AuditSealTable],
  ...[IdempotencyKeyTable, HomeTable, RegistryRevisionTable],
];

/**
 * Our statements touch few rows; a planner that knows no statistics yet would compile them for a fifth of a second each. What meets
 * somebody else's change looks at the row as it is then, whatever the role or the database is set to.
 */
const OPTIONS = String.raw`-c jit=off -c default_transaction_isolation=read\ committed`;

/** Behind those that the URL has itself, which the driver would take instead: of two that say the same PostgreSQL takes the last. */
function withOptions(url: string): string {
  const whole = new URL(url);
  whole.searchParams.set('options', [...whole.searchParams.getAll('options'), OPTIONS].join(' '));
  return whole.href;
}

/** A data source that is not yet connected. `synchronize` never: the shapes come from migrations alone. */
export const dataSourceFor = (options: DatabaseOptions): DataSource => {
  const statementTimeoutMs = options.statementTimeoutMs ?? 4000;
  return new DataSource({
    type: 'postgres',
    driver: pg,
    url: withOptions(options.url),
    schema: SCHEMA,
    entities: ENTITIES,
    migrations: [...MIGRATIONS],
    migrationsTableName: 'migrations',
    synchronize: false,
    migrationsRun: false,
    installExtensions: false,
    // TypeORM's default returns the first row for { id: undefined }.
    invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' },
    logging: false,
    poolSize: options.poolSize,
    connectTimeoutMS: options.connectTimeoutMs ?? 3000,
    applicationName: 'latchkey-auth',
    poolErrorHandler: options.onIdleError ?? (() => undefined),
    extra: {
      // PostgreSQL gives up first and says so; a PostgreSQL that says nothing is given up half a second later.
      ...(statementTimeoutMs === 0
        ? {}
        : {
            statement_timeout: statementTimeoutMs,
            query_timeout: statementTimeoutMs + 500,
            lock_timeout: options.lockWaitMs ?? LOCK_WAIT_MS,
          }),
      idle_in_transaction_session_timeout: 10_000,
      keepAlive: true,
    },
  });
};

/**
 * Connects, after making the schema current where that is needed and allowed. Ten instances may start at once.
 * @throws SchemaBehind when the schema is behind and this role may not change it; RestoredCopy; whatever the driver says when
 * PostgreSQL does not answer.
 */
export const openDatabase = async (options: DatabaseOptions): Promise<Database> => {
  const source = dataSourceFor(options);
  await source.initialize();
  try {
    const database = new Database(source);
    await makeSchemaCurrent(database, () =>
      // Two connections: one holds the lock, one works; and as long as a migration takes.
      dataSourceFor({ ...options, url: options.migrationUrl ?? options.url, poolSize: 2, statementTimeoutMs: 0 }),
    );
    if (options.evenACopy !== true) await refuseCopy(database);
    return database;
  } catch (error) {
    await source.destroy();
    throw error;
  }
};
