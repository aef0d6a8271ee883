/**
 * Owns the order in which a dump becomes a system again (admin-api.md A12): the target is judged, a script is given to whoever
 * reads the dump back, and what came out of it is judged. Does not own the programs that read a dump (tools/stack).
 */
import type { MigrationConfig } from './config.js';
import { dataSourceFor, openDatabase } from './persistence/postgres/data-source.js';
import { Database } from './persistence/postgres/database.js';
import { refuseCopy } from './persistence/postgres/home.js';
import { MIGRATION_LOCK } from './persistence/postgres/migrate.js';
import { BEGUN, RESTORED, STILL_BEGUN } from './persistence/postgres/restored.js';
import { dropCopies, refuseFilled, refuseWhileServed, schemasIn } from './persistence/postgres/restore-target.js';

/** What stands before and behind the dump in one script: one transaction, so that nothing of it is ever half there. */
export interface RestoringScript {
  readonly before: string;
  readonly behind: string;
  /** What the role had before. */
  readonly schemas: readonly string[];
}

/**
 * A service that starts meanwhile waits for the lock of the migrations.
 * @throws NoTarget when the database is not empty, or somebody is connected
 */
export async function prepareRestore({ migrationDatabaseUrl: url }: MigrationConfig): Promise<RestoringScript> {
  const schemas = await asOwner(url, async (database) => {
    await refuseWhileServed(database);
    await refuseFilled(database);
    return schemasIn(database);
  });
  return {
    schemas,
    before: `BEGIN;\nSELECT pg_advisory_xact_lock(${MIGRATION_LOCK});\n${BEGUN};\n`,
    behind: `\n${STILL_BEGUN};\n${RESTORED.map((statement) => `${statement};\n`).join('')}COMMIT;\n`,
  };
}

/** Behind a restore that failed: of a dump that ends transactions by itself some of it may stand. @throws when it cannot be told */
export async function undoRestore(
  { migrationDatabaseUrl }: MigrationConfig,
  { schemas }: RestoringScript,
): Promise<void> {
  await asOwner(migrationDatabaseUrl, (database) =>
    database.transaction(async (statements) => {
      await statements.run('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
      await dropCopies(statements, schemas);
    }),
  );
}

/** Makes the schema current and lets the serving role in. @throws RestoredCopy when the script did not come to its end */
export async function finishRestore({ databaseUrl, migrationDatabaseUrl }: MigrationConfig): Promise<void> {
  // First as the owner: where nothing came back there is nothing to migrate either.
  await asOwner(migrationDatabaseUrl, refuseCopy);
  await (await openDatabase({ url: databaseUrl, migrationUrl: migrationDatabaseUrl, poolSize: 2 })).close();
}

/**
 * Where somebody has read the dump back by other means: everything else that a restore does. Can be said of any database; it
 * ends whatever was issued before.
 * @throws NoTarget when somebody is connected
 */
export async function declareRestored({ databaseUrl, migrationDatabaseUrl }: MigrationConfig): Promise<void> {
  await asOwner(migrationDatabaseUrl, refuseWhileServed);
  const migrating = { url: databaseUrl, migrationUrl: migrationDatabaseUrl, poolSize: 2, evenACopy: true };
  await (await openDatabase(migrating)).close();
  await asOwner(migrationDatabaseUrl, (database) =>
    database.transaction(async (statements) => {
      for (const statement of RESTORED) await statements.run(statement);
    }),
  );
}

/** A million people and clients are written anew in less. */
const PATIENCE_MS = 600_000;

async function asOwner<Result>(url: string, work: (database: Database) => Promise<Result>): Promise<Result> {
  const source = dataSourceFor({ url, poolSize: 1, statementTimeoutMs: PATIENCE_MS });
  await source.initialize();
  try {
    return await work(new Database(source));
  } finally {
    await source.destroy();
  }
}
