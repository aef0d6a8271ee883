/**
 * Owns the taking of a CPU profile of a process that is under load: only while it is, without its start and its warm-up. The
 * process needs PROFILED among its settings. Does not own what is made of the profile (self-times).
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { StartedProcess } from '@latchkey/testbed';
import { WebSocket } from 'undici';
import type { CpuProfile } from './self-times.js';

/** Settings of node itself: on SIGUSR1 its inspector listens where nobody else does, on this machine alone. */
export const PROFILED = { NODE_OPTIONS: '--inspect-port=127.0.0.1:0' } as const;

const SAMPLE_EVERY_MICROS = 200;
const PATIENCE_MS = 10_000;

/** @throws Error when its inspector does not answer */
export async function profileOf(process_: StartedProcess, during: () => Promise<void>): Promise<CpuProfile> {
  const inspector = await Inspector.of(process_);
  try {
    await inspector.ask('Profiler.enable');
    await inspector.ask('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_MICROS });
    await inspector.ask('Profiler.start');
    await during();
    // As the protocol of DevTools defines it.
    return (await inspector.ask('Profiler.stop'))['profile'] as CpuProfile;
  } finally {
    inspector.close();
  }
}

class Inspector {
  #last = 0;
  readonly #waiting = new Map<number, (result: Readonly<Record<string, unknown>>) => void>();

  private constructor(private readonly socket: WebSocket) {
    socket.addEventListener('message', ({ data }) => {
      const { id, result } = Object(JSON.parse(String(data))) as { id?: number; result?: Record<string, unknown> };
      const resolve = this.#waiting.get(id ?? 0);
      this.#waiting.delete(id ?? 0);
      resolve?.(result ?? {});
    });
  }

  static async of(process_: StartedProcess): Promise<Inspector> {
    process.kill(process_.pid, 'SIGUSR1');
    const socket = new WebSocket(await addressIn(process_));
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', () => {
        reject(new Error('The inspector of the server does not answer.'));
      });
    });
    return new Inspector(socket);
  }

  ask(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, resolve);
      this.socket.addEventListener('close', () => {
        reject(new Error('The server has gone.'));
      });
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }

  close(): void {
    this.socket.close();
  }
}

/** node says it on standard error. */
async function addressIn(process_: StartedProcess): Promise<string> {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const [address] = /ws:\/\/127\.0\.0\.1:\d+\/\S+/.exec(process_.output()) ?? [];
    if (address !== undefined) return address;
    await pause(20);
  }
  throw new Error(`The server does not say where its inspector is.\n${process_.output()}`);
}
