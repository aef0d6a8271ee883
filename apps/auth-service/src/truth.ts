/**
 * Owns the opening of the truth: the database with its schema made current, and the stores over it. Does not own any of these.
 */
import type { Logger } from 'pino';
import type { Closers } from './closers.js';
import type { AuthServiceConfig } from './config.js';
import { openDatabase } from './persistence/postgres/data-source.js';
import type { Database } from './persistence/postgres/database.js';
import type { OnRevoked } from './persistence/postgres/revoking.js';
import { openStores, type Stores } from './persistence/postgres/stores.js';
import { servesAsOwner } from './persistence/postgres/tables-owner.js';

export interface TruthParts {
  readonly config: AuthServiceConfig;
  /** Whether the log hears of a role that may do too much. */
  readonly warnsOfOwner: boolean;
  readonly onRevoked: OnRevoked;
  readonly closers: Closers;
  readonly log: Logger;
}

export interface Truth {
  readonly database: Database;
  readonly stores: Stores;
}

/** @throws Error whose message helps: no database, one that may not be served as it is */
export async function openTruth({ config, warnsOfOwner, onRevoked, closers, log }: TruthParts): Promise<Truth> {
  const database = await openDatabase({
    url: config.databaseUrl,
    migrationUrl: config.migrationDatabaseUrl,
    poolSize: config.databasePoolSize,
    onIdleError: (error) => {
      log.warn({ cause: error.message }, 'an idle database connection broke');
    },
  });
  closers.add(() => database.close());
  if (warnsOfOwner && (await servesAsOwner(database))) {
    log.warn(
      'the role of DATABASE_URL owns the tables, and so it can rewrite the audit trail: give the owner as MIGRATION_DATABASE_URL, and as DATABASE_URL a role of its own',
    );
  }
  return { database, stores: openStores(database, config, onRevoked) };
}
