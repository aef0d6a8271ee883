// Owns: PostgreSQL's own programs: that they are there, and how they are told which database, without its password in a list
// of processes. Does not own: what they run.
import { spawnSync } from 'node:child_process';

const WHERE_FROM =
  'The PostgreSQL that npm brings is the server alone. Install the client programs, of the version of the server that was ' +
  'dumped or newer: "apt-get install postgresql-client", "brew install libpq"';

/** @throws Error with a sentence for the person at the terminal */
export function requireProgram(name: 'psql' | 'pg_restore', { PATH }: NodeJS.ProcessEnv): void {
  const { status } = spawnSync(name, ['--version'], { stdio: 'ignore', env: { PATH } });
  if (status !== 0) throw new Error(`${name} is not on the PATH. ${WHERE_FROM}.`);
}

/** What libpq reads of a URL, as variables: an argument could be seen by every user of the machine. */
export function libpqEnvironment(databaseUrl: string): Readonly<Record<string, string>> {
  const url = new URL(databaseUrl);
  const given = {
    PGHOST: decodeURIComponent(url.hostname.replace(/^\[|\]$/g, '')),
    PGPORT: url.port,
    PGUSER: decodeURIComponent(url.username),
    PGPASSWORD: decodeURIComponent(url.password),
    PGDATABASE: decodeURIComponent(url.pathname.slice(1)),
    PGSSLMODE: url.searchParams.get('sslmode') ?? '',
    PGSSLROOTCERT: url.searchParams.get('sslrootcert') ?? '',
    PGSSLCERT: url.searchParams.get('sslcert') ?? '',
    PGSSLKEY: url.searchParams.get('sslkey') ?? '',
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
}
