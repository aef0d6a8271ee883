// Owns: one transaction of psql that holds the whole dump and what makes a system of it. Whoever dies in the middle of it, this
// program, psql or the server, leaves an empty database. Does not own: what stands before and behind the dump (auth-service).
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { RestoringScript } from '@latchkey/auth-service/restoring';
import type { DumpScript } from './dump.js';
import { withoutOwnRestriction } from './own-restriction.js';
import { libpqEnvironment } from './postgres-client.js';

/** Errors by their first line: the others may show a row. */
const ARGUMENTS = [
  ...['--no-psqlrc', '--quiet', '--no-password', '--file=-'],
  ...['--set=ON_ERROR_STOP=1', '--set=VERBOSITY=terse', '--set=SHOW_CONTEXT=never'],
];

/**
 * Not checked: that the transaction was committed; psql ends well as well when its input ends too early.
 * @throws Error with what psql or pg_restore said
 */
export async function readBack(
  dump: DumpScript,
  script: RestoringScript,
  { databaseUrl, env }: { readonly databaseUrl: string; readonly env: NodeJS.ProcessEnv },
): Promise<void> {
  const psql = spawn('psql', ARGUMENTS, {
    env: { PATH: env['PATH'], ...libpqEnvironment(databaseUrl), PGAPPNAME: 'latchkey-restore' },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let complaint = '';
  psql.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const ended = new Promise<number | null>((resolve, reject) => {
    psql.once('error', reject).once('close', resolve);
  });
  try {
    // Whatever is in the dump, no command of psql runs: `\\!` would be any program of this machine.
    psql.stdin.write(`\\restrict ${randomBytes(32).toString('hex')}\n${script.before}`);
    await Promise.all([pipeline(dump.text, withoutOwnRestriction, psql.stdin, { end: false }), dump.whole]);
    psql.stdin.end(script.behind);
  } catch (error) {
    // A psql that has complained reads no further, which is what breaks then.
    psql.stdin.destroy();
    if ((await ended) === 0 || complaint === '') throw error;
  }
  if ((await ended) !== 0) throw new Error(`Nothing was restored. ${firstErrorIn(complaint)}`);
}

const TOO_OLD =
  'psql is too old: 15.14, 16.10, 17.6, 18 or newer is needed, which can be kept from running what is in a dump.';
const COMMANDS = 'There is a command of psql in the dump: pg_dump writes none.';

function firstErrorIn(complaint: string): string {
  if (complaint.includes('invalid command \\restrict')) return TOO_OLD;
  if (complaint.includes('backslash commands are restricted')) return COMMANDS;
  return sqlErrorIn(complaint);
}

const sqlErrorIn = (complaint: string): string =>
  /^psql:[^:]*:\d+: (?:ERROR|FATAL): +(.*)$/m.exec(complaint)?.[1] ?? complaint.trim();
