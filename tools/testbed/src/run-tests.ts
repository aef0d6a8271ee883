// Owns: `npm test`: servers up, every project's jest through nx, figures added up, nothing left behind. Does not own: the tests.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from './chromium.js';
import { startKeptProcess, type KeptProcess } from './kept-process.js';
import { findRedis } from './redis-binary.js';
import { addUpFigures, judge } from './test-figures.js';
import { startTestPostgres } from './test-postgres.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

interface Wish {
  readonly projects: readonly string[];
  /** A pattern over spec paths; every spec when undefined. */
  readonly paths: string | undefined;
}

function parseWish(args: readonly string[]): Wish {
  const at = args.indexOf('--paths');
  const paths = at === -1 ? undefined : args[at + 1];
  const names = at === -1 ? args : [...args.slice(0, at), ...args.slice(at + 2)];
  if ((at !== -1 && paths === undefined) || names.some((name) => name.startsWith('-'))) {
    throw new Error('usage: npm test [-- project … [--paths pattern]]');
  }
  return { projects: names.map((name) => (name.startsWith('@') ? name : `@latchkey/${name}`)), paths };
}

function testsOf(wish: Wish): readonly string[] {
  const chosen = wish.projects.length === 0 ? [] : [`--projects=${wish.projects.join(',')}`];
  const jest = wish.paths === undefined ? [] : ['--', `--testPathPatterns=${wish.paths}`, '--passWithNoTests'];
  return ['-t', 'test', '--output-style=static', '--parallel=3', '--nxBail=false', ...chosen, ...jest];
}

function startNx(wanted: readonly string[], env: NodeJS.ProcessEnv): Promise<KeptProcess> {
  const nx = createRequire(import.meta.url).resolve('nx/bin/nx.js');
  return startKeptProcess({
    command: process.execPath,
    args: [nx, 'run-many', ...wanted],
    cwd: root,
    // Without the daemon and the pseudo-terminal everything stays in one process group, which we can end as a whole.
    env: { ...env, NX_DAEMON: 'false', NX_NATIVE_COMMAND_RUNNER: 'false' },
    output: 'inherit',
    wholeGroup: true,
    removeIfOrphaned: env['TESTBED_RESULTS'],
    stopSequence: [
      ['SIGTERM', 10_000],
      ['SIGKILL', 5_000],
    ],
  });
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Runs the tests and answers the exit code. What is missing on the machine is a failure that says what to install. */
export async function runTests(args: readonly string[]): Promise<number> {
  const undo: (() => Promise<void> | void)[] = [];
  let interrupted = false;
  const wasInterrupted = (): boolean => interrupted;
  let nx: KeptProcess | undefined;
  const interrupt = (): void => {
    interrupted = true;
    void nx?.stop();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    const wish = parseWish(args);
    const redis = await findRedis();
    const chromium = await findChromium();
    const postgres = await startTestPostgres();
    undo.push(() => postgres.stop());
    const results = mkdtempSync(join(tmpdir(), 'latchkey-test-results-'));
    undo.push(() => {
      rmSync(results, { recursive: true, force: true });
    });
    say(
      `Redis ${redis.path}, Chromium ${chromium}, PostgreSQL ${process.env['TESTBED_POSTGRES'] ?? '18'} on port ${postgres.port}`,
    );

    // Once, before anybody runs them: whoever builds again would take them away from those who do (stack, e2e/build).
    nx = await startNx(['-t', 'build', '--output-style=stream'], process.env);
    const built = await nx.exited;
    if (wasInterrupted()) return 130;
    if (built !== 0) throw new Error('The services could not be built.');
    nx = await startNx(testsOf(wish), {
      ...process.env,
      TESTBED_BUILT: 'true',
      TEST_POSTGRES_URL: postgres.url,
      TESTBED_REDIS: redis.path,
      TESTBED_REDIS_LIBRARIES: redis.libraryPath,
      CHROMIUM_PATH: chromium,
      TESTBED_RESULTS: results,
    });
    const exitCode = await nx.exited;
    if (wasInterrupted()) return 130;

    const figures = addUpFigures(results);
    const { failed, reasons } = judge(figures, exitCode);
    for (const line of [...figures.failures, ...reasons]) say(`FAILED ${line}`);
    say(`${figures.passed} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  } catch (error) {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
      process.stderr.write(`${cause.message}\n`);
    say('0 passed, 1 failed');
    return 1;
  } finally {
    for (const step of undo.reverse()) await step();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}
