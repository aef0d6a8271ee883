// Owns: what a person at a terminal sees of `npm start`, and the end of it. Does not own: the stack.
import { relative } from 'node:path';
import { addressesFrom } from './addresses.js';
import { dataDirectoryOf } from './embedded-database.js';
import { whenNpmHasEnded } from './launcher.js';
import { refuseOwnSettings } from './own-settings.js';
import { startStack, type Stack } from './stack.js';

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

async function main(): Promise<void> {
  const { LATCHKEY_DATA_DIR, LOG_LEVEL = 'warn', ...env } = process.env;
  const dataDirectory = dataDirectoryOf({ LATCHKEY_DATA_DIR });
  refuseOwnSettings(env);
  const addresses = addressesFrom(env);
  const giveUp = new AbortController();
  const { signal } = giveUp;
  const starting = startStack({ dataDirectory, addresses, env: { ...env, LOG_LEVEL }, signal, tell: complain });
  stopAtTheEnd(starting, giveUp, env);
  const { bootstrapPath } = await starting;
  const chosen = dataDirectory === LATCHKEY_DATA_DIR ? `LATCHKEY_DATA_DIR=${quoted(dataDirectory)} ` : '';
  const seconds = (performance.now() / 1000).toFixed(1);
  say(`
Latchkey is ready after ${seconds} s.

  issuer     ${addresses.issuer}   OAuth and OpenID Connect; start at /.well-known/openid-configuration
  admin API  ${addresses.adminUrl}   /admin/v1, its reference at /admin/docs, /readyz
  API        ${addresses.apiUrl}   the guarded sample: /notes

  The first admin client and a person to log in as are in
  ${relative(process.cwd(), bootstrapPath)}

  Try \`${chosen}npm run demo\` in another terminal. Ctrl-C stops everything; the data stay in ${dataDirectory}.`);
}

/** For a POSIX shell. */
const quoted = (word: string): string =>
  /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/**
 * Also while it starts: then it is stopped as soon as it has, and waits for nobody to become ready. A second Ctrl-C interrupts nothing,
 * the database needs its second.
 */
function stopAtTheEnd(starting: Promise<Stack>, giveUp: AbortController, env: NodeJS.ProcessEnv): void {
  const stop = async (): Promise<void> => {
    say('\nStopping …');
    giveUp.abort(GIVEN_UP);
    await starting.then((stack) => stack.close());
    process.exit(0);
  };
  const end = (): void => {
    if (!giveUp.signal.aborted) stop().catch(fail);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  whenNpmHasEnded(env, end);
  // A terminal that has gone, or a reader: nobody is left to be told, and everything is stopped in order all the same.
  process.stdout.on('error', () => undefined);
}

/** What a start ends with that was told to end: no failure. */
const GIVEN_UP = new Error('told to end');

const complain = (sentence: string): void => {
  process.stderr.write(`${sentence}\n`);
};

function fail(error: unknown): void {
  if (error === GIVEN_UP) process.exit(0);
  process.stderr.write(`Latchkey could not start: ${sentenceOf(error)}\n`);
  if (process.env['LOG_LEVEL'] === 'debug' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  process.exit(1);
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!('code' in error) || error.code !== 'EADDRINUSE') return error.message;
  return (
    `port ${'port' in error ? String(error.port) : ''} is in use, perhaps by another Latchkey. Stop that one, or choose other addresses and another folder: ` +
    'LATCHKEY_DATA_DIR=.latchkey-5000 ISSUER=http://localhost:5000 ADMIN_URL=http://localhost:5001 API_IDENTIFIER=http://localhost:5002 npm start'
  );
}

main().catch(fail);
