// Owns: what a person at a terminal sees of `npm start`, and the end of it. Does not own: the stack.
import { relative } from 'node:path';
import { addressesFrom } from './addresses.js';
import { startStack, type Stack } from './stack.js';

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

async function main(): Promise<void> {
  const startedAt = performance.now();
  const { LATCHKEY_DATA_DIR: dataDirectory = '.latchkey', LOG_LEVEL = 'warn', ...env } = process.env;
  let stack: Stack | undefined;
  let stopping = false;
  const stop = (): void => {
    // A second Ctrl-C does not interrupt the shutdown: the database needs its second.
    if (stopping) return;
    stopping = true;
    say('\nStopping …');
    void (stack?.close() ?? Promise.resolve()).then(
      () => process.exit(0),
      (error: unknown) => {
        fail(error);
      },
    );
  };

  const addresses = addressesFrom(env);
  const starting = startStack({ dataDirectory, addresses, env: { ...env, LOG_LEVEL } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      void starting.then(stop, () => undefined);
    });
  }
  stack = await starting;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  say(`
Latchkey is ready after ${seconds} s.

  issuer     ${addresses.issuer}   OAuth and OpenID Connect; start at /.well-known/openid-configuration
  admin API  ${addresses.adminUrl}   /admin/v1, /admin/openapi.json, /readyz
  API        ${addresses.apiUrl}   the guarded sample: /notes

  The first admin client and a person to log in as are in
  ${relative(process.cwd(), stack.bootstrapPath)}

  Try \`npm run demo\` in another terminal. Ctrl-C stops everything; the data stay in ${dataDirectory}.`);
}

function fail(error: unknown): void {
  process.stderr.write(`Latchkey could not start: ${error instanceof Error ? error.message : String(error)}\n`);
  if (process.env['LOG_LEVEL'] === 'debug' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  process.exit(1);
}

main().catch(fail);
