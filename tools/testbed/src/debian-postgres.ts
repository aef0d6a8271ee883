// Owns: Debian's PostgreSQL 15, the oldest version that we support, as one call. Does not own: anything below that call.
import { debianBinaries } from './postgres-binaries.js';
import { startPostgres, type PostgresOptions, type PostgresServer } from './postgres-server.js';

/** As startEmbeddedPostgres, on PostgreSQL 15; installs it when it is missing and we are root. */
export async function startDebianPostgres(options: PostgresOptions): Promise<PostgresServer> {
  return startPostgres(await debianBinaries(), options);
}
