// Owns: the command `npm run restore`: what the person at the terminal types and reads. Does not own: the restoring.
import { sayAndFail } from '../start/chosen-database.js';
import { restore } from './restore.js';

const USAGE = `usage: npm run restore -- DUMP         reads a dump of pg_dump (in whichever format) back into an empty database
       npm run restore -- --in-place   the dump was read back by other means: does the rest

The database: DATABASE_URL and MIGRATION_DATABASE_URL as for the auth-service; without both, that of npm start.
`;

const DONE =
  'Restored. Whatever was issued before is revoked, in this database and, when the service starts, everywhere.';

async function main(): Promise<void> {
  const [given, ...more] = process.argv.slice(2);
  if (given === undefined || more.length > 0) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
    return;
  }
  await restore(given, process.env);
  process.stdout.write(`${DONE}\n`);
}

main().catch(sayAndFail);
