// Owns: the PostgreSQL 18 that npm brings, as one call. Does not own: anything below that call.
import { embeddedBinaries } from './postgres-binaries.js';
import { startPostgres, type PostgresOptions, type PostgresServer } from './postgres-server.js';

/**
 * Starts the embedded PostgreSQL on a data folder, creating it on first use. Throws an Error whose message is a sentence for
 * the person at the terminal: already running, folder out of reach, port taken, no binaries for this platform.
 */
export async function startEmbeddedPostgres(options: PostgresOptions): Promise<PostgresServer> {
  return startPostgres(await embeddedBinaries(), options);
}
