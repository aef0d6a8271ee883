// Owns: `npm start` as a person at a terminal runs it, on a data folder of its own. Does not own: what it must do.
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startProcess, type StartedProcess } from '@latchkey/testbed';
import type { BootstrapFile } from '../start/bootstrap-file.js';
import { Endings } from './endings.js';

const STACK = fileURLToPath(new URL('../../', import.meta.url));
/** "nobody": an ordinary user on every machine, even where the number has no name. */
const ORDINARY_USER = 65534;

export const isRoot = process.getuid?.() === 0;

export class NpmStart {
  readonly #started: StartedProcess[] = [];

  private constructor(
    readonly folder: string,
    readonly env: Readonly<Record<string, string>>,
    private readonly asOrdinaryUser: boolean,
    private readonly endings: Endings,
  ) {}

  /** A data folder and three free ports; nothing runs yet. `ordinaryUser` counts only when we are root ourselves. */
  static async prepare({ ordinaryUser = false } = {}): Promise<NpmStart> {
    const endings = new Endings();
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-npm-start-'));
    endings.add(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    // The folder of a test is closed to others; the database's unprivileged user has to pass.
    chmodSync(folder, 0o711);
    const other = ordinaryUser && isRoot;
    if (other) chownSync(folder, ORDINARY_USER, ORDINARY_USER);
    const addresses = await threeAddresses();
    return new NpmStart(folder, { LATCHKEY_DATA_DIR: join(folder, 'data'), ...addresses }, other, endings);
  }

  /** @throws Error with the output, when it exits before it says what it says when it is ready, or `ready` in place of that */
  async start(over: Readonly<Record<string, string>> = {}, ready = /is ready after/): Promise<StartedProcess> {
    const node = [process.execPath, join(STACK, 'start.mjs')];
    const user = String(ORDINARY_USER);
    const [command = '', ...args] = this.asOrdinaryUser
      ? ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', ...node]
      : node;
    const home = this.asOrdinaryUser ? { HOME: this.folder } : {};
    const env = { ...home, ...this.env, ...over };
    const stack = await startProcess({ command, args, env, ready, wholeGroup: true });
    this.#started.push(stack);
    this.endings.add(() => stack.stop('SIGKILL'));
    return stack;
  }

  /** `npm run demo` beside it. */
  async demo(): Promise<StartedProcess> {
    return startProcess({ command: process.execPath, args: [join(STACK, 'demo.mjs')], env: this.env });
  }

  get bootstrapPath(): string {
    return join(this.env['LATCHKEY_DATA_DIR'] ?? '', 'bootstrap.json');
  }

  bootstrap(): BootstrapFile {
    return JSON.parse(readFileSync(this.bootstrapPath, 'utf8')) as BootstrapFile;
  }

  /** Nobody may be left that works on the data folder. */
  processesOnFolder(): string {
    return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(this.folder))
      .join('\n');
  }

  /** Kills what still runs; the data stay. */
  async killAll(): Promise<void> {
    for (const stack of this.#started.splice(0)) await stack.stop('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.endings.run();
  }
}

async function threeAddresses(): Promise<Readonly<Record<string, string>>> {
  return {
    ISSUER: `http://localhost:${await freePort()}`,
    ADMIN_URL: `http://localhost:${await freePort()}`,
    API_IDENTIFIER: `http://localhost:${await freePort()}`,
  };
}
