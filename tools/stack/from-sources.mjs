// Owns: running a command's TypeScript in a process of its own, with its arguments and its exit code. Does not own: the command.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import build from './src/e2e/build.mjs';

const REGISTER = fileURLToPath(new URL('../register.mjs', import.meta.url));
const NODE = ['--conditions=latchkey-source', '--enable-source-maps', '--import', REGISTER];

/** Resolves when it has ended; a signal that is sent to us alone is passed on. @param nodeArguments further ones of node itself */
export async function runFromSources(main, args = process.argv.slice(2), nodeArguments = []) {
  const child = spawn(process.execPath, [...NODE, ...nodeArguments, fileURLToPath(main), ...args], {
    stdio: 'inherit',
  });
  // A terminal's Ctrl-C reaches the child by itself.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise((resolve) => {
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** What is asked for with one of these starts no service. */
const WITHOUT_SERVICES = ['--help', '--document'];

/** The same for what starts the services as the images run them: they are built first. */
export async function runBuilt(main, args, nodeArguments) {
  if (!WITHOUT_SERVICES.some((option) => args.includes(option))) {
    process.stderr.write('building the services: half a minute, or a moment when nothing has changed\n');
    build();
  }
  await runFromSources(main, args, nodeArguments);
}
