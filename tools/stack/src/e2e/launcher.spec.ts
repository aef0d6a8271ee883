// npm start ends with the npm that started it, and with nobody else. Real processes, as a terminal, a script and a container make them.
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Endings } from './endings.js';
import { NpmStart } from './npm-start.js';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
/** Whoever looked whether npm is there has looked several times. */
const SEVERAL_LOOKS_MS = 2500;

/** An orphan before it begins, told what npm tells: nobody waits for it, and its parent stays the same. */
const ORPHAN = `(while kill -0 $$; do sleep 0.1; done
  npm_lifecycle_event=start exec node tools/stack/start.mjs >"$OUTPUT" 2>&1) &`;

const endings = new Endings();
let stack: NpmStart;
let output: string;
let session: number;
beforeEach(async () => {
  stack = endings.keep(await NpmStart.prepare());
  output = join(stack.folder, 'output');
  writeFileSync(output, '');
});
afterEach(() => endings.run());

/** Runs in a session of its own, with a file in place of the terminal. */
function run(script: string): void {
  const { PATH, HOME } = process.env;
  const shell = spawn('/bin/sh', ['-c', script], {
    ...{ cwd: ROOT, detached: true, stdio: 'ignore' },
    env: { PATH, HOME, ...stack.env, OUTPUT: output },
  });
  session = shell.pid ?? 0;
  endings.add(() => {
    for (const { pid } of left()) process.kill(pid, 'SIGKILL');
  });
}

/** What the script has started and still runs; the database leads a session of its own. */
const left = (): readonly { readonly pid: number; readonly command: string }[] =>
  execFileSync('ps', ['-eo', 'pid=,sid=,stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, sid, state]) => Number(sid) === session && !state?.startsWith('Z'))
    .map(([pid, , , ...command]) => ({ pid: Number(pid), command: command.join(' ') }));

const pidOf = (command: string): number => left().find((each) => each.command.startsWith(command))?.pid ?? 0;
const said = (): string => readFileSync(output, 'utf8');
const serves = async (): Promise<number> =>
  (await fetch(`${stack.env['ISSUER'] ?? ''}/.well-known/openid-configuration`)).status;

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 120_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`In vain waited for: ${what}\n${said()}`);
    await sleep(50);
  }
}

const ready = (): Promise<void> => until('a stack that is ready', () => said().includes('is ready after'));
const nothingLeft = (): Promise<void> =>
  until('the end of everything', () => left().length === 0 && stack.processesOnFolder() === '');

describe('npm start whose npm alone is killed', () => {
  it('stops everything, in order', async () => {
    run('exec npm start >"$OUTPUT" 2>&1');
    await ready();
    process.kill(pidOf('npm'), 'SIGKILL');
    await nothingLeft();
    expect(said()).toContain('Stopping');
    expect(readFileSync(join(stack.env['LATCHKEY_DATA_DIR'] ?? '', 'postgres.log'), 'utf8')).toMatch(
      /database system is shut down\n$/,
    );
  });

  it('stops everything also while it starts', async () => {
    run('exec npm start >"$OUTPUT" 2>&1');
    await until('a database that starts', () => stack.processesOnFolder() !== '');
    process.kill(pidOf('npm'), 'SIGKILL');
    await nothingLeft();
  });
});

describe('npm start whose npm is killed before node has begun with ours', () => {
  it('stops everything', async () => {
    // Holds node where it has been started and has loaded nothing yet.
    const [hold, goOn] = [join(stack.folder, 'hold.cjs'), join(stack.folder, 'go-on')];
    writeFileSync(
      hold,
      `const { existsSync } = require('node:fs');
       const held = process.argv[1]?.endsWith('start.mjs');
       while (held && !existsSync(${JSON.stringify(goOn)})) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);`,
    );
    run(`NODE_OPTIONS='--require ${hold}' exec npm start >"$OUTPUT" 2>&1`);
    await until('node', () => pidOf('node tools/stack/start.mjs') !== 0);
    process.kill(pidOf('npm'), 'SIGKILL');
    await until('the end of npm', () => pidOf('npm') === 0);
    writeFileSync(goOn, '');
    await nothingLeft();
    expect(said()).toContain('Stopping');
  });
});

describe('npm start goes on', () => {
  it.each([
    ['in the background of a shell that has ended, without standard input', 'nohup npm start <&- >"$OUTPUT" 2>&1 &'],
    ['in the background of a shell that has ended, without npm', 'node tools/stack/start.mjs >"$OUTPUT" 2>&1 &'],
    ['whose parent is from the beginning who takes in orphans, mostly process 1: as npm is in a container', ORPHAN],
  ])('%s', async (_, script) => {
    run(script);
    await ready();
    await sleep(SEVERAL_LOOKS_MS);
    expect(await serves()).toBe(200);
    process.kill(pidOf(script.includes('npm start') ? 'npm' : 'node'), 'SIGTERM');
    await nothingLeft();
  });
});

describe('npm start without a reader of what it says', () => {
  it('stops everything in order', async () => {
    run(`(npm start; echo "exit $?" >>"$OUTPUT") 2>&1 | sed /Ctrl-C/q >>"$OUTPUT"`);
    await ready();
    await until('the end of the reader', () => pidOf('sed') === 0);
    process.kill(pidOf('npm'), 'SIGTERM');
    await nothingLeft();
    expect(said()).toContain('exit 0');
  });
});
