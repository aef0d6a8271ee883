// Owns: running a program of ours as a real process and seeing everything that it says. Does not own: the program.
import { setTimeout as sleep } from 'node:timers/promises';
import { startKeptProcess } from './kept-process.js';

export interface ProcessOptions {
  readonly command: string;
  readonly args?: readonly string[];
  /** Stands over a bare PATH, HOME and TMPDIR: nothing else of the test's own environment is inherited. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Text that the output must match, or a URL that must answer with a success; without it the process counts as ready at once. */
  readonly ready?: RegExp | string;
  /** Signals reach all that the program started in its process group, as Ctrl-C in a terminal does; what it leaves there is killed. */
  readonly wholeGroup?: boolean;
  /** How long readiness may take; 120 s, a bound for what never comes. */
  readonly readyMilliseconds?: number;
}

export interface StartedProcess {
  readonly pid: number;
  /** Everything so far of standard output and standard error, in order of arrival. */
  output(): string;
  /** SIGTERM by default; SIGKILL when it has not gone after 60 s. Resolves with the exit code, null for a signal. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  readonly exited: Promise<number | null>;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** Starts the program and waits until it is ready. Throws with its output when it exits before, or is not ready in time. */
export async function startProcess(options: ProcessOptions): Promise<StartedProcess> {
  const chunks: Buffer[] = [];
  const output = (): string => Buffer.concat(chunks).toString('utf8');
  const { PATH, HOME, TMPDIR } = process.env;
  const child = await startKeptProcess({
    command: options.command,
    args: options.args ?? [],
    cwd: options.cwd ?? process.cwd(),
    env: { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }), ...options.env },
    output: { listener: (chunk) => chunks.push(chunk) },
    wholeGroup: options.wholeGroup ?? false,
    stopSequence: [
      ['SIGTERM', 15_000],
      ['SIGKILL', 5_000],
    ],
  });
  const isReady = async (): Promise<boolean> => {
    if (options.ready === undefined) return true;
    return typeof options.ready === 'string' ? answers(options.ready) : options.ready.test(output());
  };
  const deadline = performance.now() + (options.readyMilliseconds ?? 120_000);
  while (!(await isReady())) {
    if (child.hasExited()) {
      throw new Error(`${options.command} exited with ${String(await child.exited)} before it was ready:\n${output()}`);
    }
    if (performance.now() > deadline) {
      await child.stop();
      throw new Error(`${options.command} was not ready in time:\n${output()}`);
    }
    await sleep(20);
  }
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    child.signal(signal);
    const left = await Promise.race([child.exited.then(() => true), sleep(60_000, false, { ref: false })]);
    if (!left) child.signal('SIGKILL');
    return child.exited;
  };
  return { pid: child.pid, output, stop, exited: child.exited };
}
