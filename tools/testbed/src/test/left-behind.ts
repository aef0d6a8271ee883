// Owns: what specs of this project need to see whether something was left behind. Does not own: the things themselves.
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { startProcess, type StartedProcess } from '../start-process.js';

/** Whether a process of this number runs; one that has ended and was not yet collected does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !existsSync('/proc') || workingFolderOf(String(pid)) !== undefined;
}

function workingFolderOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

/** The processes whose working folder this is: a database server and each of its workers sit in their data folder. */
export function processesIn(folder: string): string[] {
  if (!existsSync('/proc')) return [];
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && workingFolderOf(pid)?.startsWith(folder) === true);
}

/** Waits until it holds; the runner's own limit ends a wait for something that never comes. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20);
}

const register = fileURLToPath(new URL('../../../register.mjs', import.meta.url));
const index = new URL('../index.ts', import.meta.url).href;

/** A process of its own that runs this code, with the testbed as `testbed` and `say` to print a line of JSON, and then stays. */
export async function runApart(
  code: string,
  options: { env?: Record<string, string>; as?: number } = {},
): Promise<StartedProcess & { said: () => unknown }> {
  const program = `
    const testbed = await import(${JSON.stringify(index)});
    const say = (value) => console.log('SAID ' + JSON.stringify(value));
    setInterval(() => undefined, 1000);
    try { ${code} } catch (error) { say({ error: error.message }); }`;
  const node = [
    process.execPath,
    ...['--conditions=latchkey-source', '--import', register, '--input-type=module', '-e', program],
  ];
  const other =
    options.as === undefined ? [] : ['setpriv', `--reuid=${options.as}`, `--regid=${options.as}`, '--clear-groups'];
  const [command = '', ...args] = [...other, ...node];
  const started = await startProcess({ command, args, env: options.env ?? {}, cwd: '/', ready: /^SAID .*\n/m });
  return { ...started, said: () => JSON.parse(/^SAID (.*)$/m.exec(started.output())?.[1] ?? 'null') as unknown };
}
