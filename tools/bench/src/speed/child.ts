/** Owns a process of the bench itself that runs our sources and is spoken to. Does not own what it does (load, floors). */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('../../speed-child.mjs', import.meta.url));

/**
 * Of node itself. The load generator begins to look for old garbage only when it holds half a gigabyte: otherwise it does so three
 * times a second under the fastest load, and each time 10 ms of its own would be counted to the server.
 */
const NODE = { load: ['--initial-heap-size=512'], floors: [] } as const;

export class Child {
  private constructor(private readonly process: ChildProcess) {}

  /** Resolves when it has said its first word. @throws Error when it goes before */
  static async start(what: keyof typeof NODE): Promise<Child> {
    const started = fork(ENTRY, [what], {
      execArgv: ['--conditions=latchkey-source', ...NODE[what]],
      env: { PATH: process.env['PATH'], NODE_ENV: 'production' },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const child = new Child(started);
    await child.#heard();
    return child;
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** One question at a time. @throws Error when it goes without an answer */
  async ask(question: object): Promise<unknown> {
    const heard = this.#heard();
    this.process.send(question);
    return heard;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await gone;
  }

  #heard(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const gone = (): void => {
        reject(new Error('A process of the bench has gone.'));
      };
      this.process.once('exit', gone);
      this.process.once('message', (message) => {
        this.process.off('exit', gone);
        resolve(message);
      });
    });
  }
}
