// Owns: starting a child that can never outlive us. Does not own: what the child is, when it is ready, where its data lies.
//
// The child leads a session of its own, so that Ctrl-C in a terminal reaches us and not it. Beside it, in the same session, a
// tiny shell waits on a pipe whose other end we hold. When we die in whatever way, kill -9 included, the kernel closes the
// pipe and the shell sends the child its stop signals. It cannot hit a stranger: a process id is not given out again while
// it still names a process group, and the shell is a member of the child's group.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Signals in the order in which they are tried, each with the time that the child gets to leave. */
export type StopSequence = readonly (readonly [signal: NodeJS.Signals, waitMilliseconds: number])[];

export interface KeptProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** The whole environment of the child; nothing is inherited. */
  readonly env: NodeJS.ProcessEnv;
  /** Only root may ask for another user. */
  readonly uid?: number | undefined;
  /** Both output streams: appended to a file, handed to a listener, or simply ours. */
  readonly output: { readonly file: string } | { readonly listener: (chunk: Buffer) => void } | 'inherit';
  readonly stopSequence: StopSequence;
  /**
   * Signals go to everything that the child started too, as Ctrl-C in a terminal would, and what is left of it when the child
   * ends is killed; all of this as long as it stayed in the child's process group.
   */
  readonly wholeGroup?: boolean;
  /** A folder that the keeper removes when we died first; while we live, removing it is for whoever made it. */
  readonly removeIfOrphaned?: string | undefined;
}

export interface KeptProcess {
  readonly pid: number;
  /** Resolves with the exit code, or null when a signal ended it. Never rejects. */
  readonly exited: Promise<number | null>;
  hasExited(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** Walks the stop sequence until the child has gone; harmless when it has gone already. */
  stop(): Promise<void>;
}

const keeper = `
target=$1; [ "$target" = self ] && target=$$; [ "$target" = group ] && target=-$$
sequence=$2; folder=$3; shift 3
( (
  trap '' HUP INT QUIT TERM
  exec </dev/null >/dev/null 2>&1
  read -r word <&3
  [ "$word" = gone ] && exit 0
  for step in $sequence; do
    kill -"\${step%%:*}" "$target" || break
    left=\${step##*:}
    while [ "$left" -gt 0 ] && kill -0 "$$"; do sleep 0.1; left=$((left - 1)); done
    kill -0 "$$" || break
  done
  [ -n "$folder" ] && cd / && rm -rf -- "$folder"
  [ "$target" = -$$ ] && kill -KILL "$target"
) & )
exec "$@" 3<&-
`;

function openOutput(output: KeptProcessOptions['output']): { stdio: number | 'pipe' | 'inherit'; close: () => void } {
  if (output === 'inherit') return { stdio: 'inherit', close: () => undefined };
  if ('listener' in output) return { stdio: 'pipe', close: () => undefined };
  const descriptor = openSync(output.file, 'a', 0o600);
  return {
    stdio: descriptor,
    close: () => {
      closeSync(descriptor);
    },
  };
}

function spawnUnderKeeper(options: KeptProcessOptions): ChildProcess {
  const sequence = options.stopSequence.map(
    ([signal, milliseconds]) => `${signal.replace('SIG', '')}:${Math.ceil(milliseconds / 100)}`,
  );
  const target = options.wholeGroup ? 'group' : 'self';
  const output = openOutput(options.output);
  try {
    return spawn(
      '/bin/sh',
      [
        '-c',
        keeper,
        'keeper',
        target,
        sequence.join(' '),
        options.removeIfOrphaned ?? '',
        options.command,
        ...options.args,
      ],
      {
        cwd: options.cwd ?? '/',
        env: options.env,
        detached: true,
        // Not standard input: node closes that by itself the moment the child exits, before we can say that it has gone.
        stdio: ['ignore', output.stdio, output.stdio, 'pipe'],
        ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
      },
    );
  } finally {
    output.close();
  }
}

/** What a child left in its group when it ended, the keeper included. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

/** Starts the child. Throws when the shell cannot be started; a command that does not exist exits with 127. */
export async function startKeptProcess(options: KeptProcessOptions): Promise<KeptProcess> {
  const child = spawnUnderKeeper(options);
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  const { pid } = child;
  const lifeline = child.stdio[3];
  if (pid === undefined || !(lifeline instanceof Socket)) throw new Error(`${options.command} did not start`);

  lifeline.resume();
  lifeline.on('error', () => undefined); // the keeper may have left before our last word reaches it
  if (typeof options.output === 'object' && 'listener' in options.output) {
    child.stdout?.on('data', options.output.listener);
    child.stderr?.on('data', options.output.listener);
  } else if (options.output !== 'inherit') {
    // A server in the background keeps nobody awake: a program that has nothing else to do may end.
    child.unref();
    lifeline.unref();
  }

  let gone = false;
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      gone = true;
      // Before the keeper hears of it: as long as it lives, the number of the group is nobody else's.
      if (options.wholeGroup) killGroup(pid);
      lifeline.end('gone\n');
      if (child.stdout === null) resolve(code);
      else
        child.once('close', () => {
          resolve(code);
        });
    });
  });

  const signal = (name: NodeJS.Signals): void => {
    if (gone) return;
    child.ref(); // whoever sends a signal wants to see the end of it
    try {
      process.kill(options.wholeGroup ? -pid : pid, name);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  };
  const stop = async (): Promise<void> => {
    for (const [name, waitMilliseconds] of options.stopSequence) {
      signal(name);
      const deadline = performance.now() + waitMilliseconds;
      while (!gone && performance.now() < deadline) await sleep(5);
      if (gone) break;
    }
    if (!gone) throw new Error(`process ${pid} (${options.command}) did not stop`);
  };
  return { pid, exited, hasExited: () => gone, signal, stop };
}
