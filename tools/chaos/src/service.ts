// Owns: one service as a process that can be killed, stopped and woken, and when it stood still. Does not own: which service it is.
import { setTimeout as sleep } from 'node:timers/promises';
import type { StartedProcess } from '@latchkey/testbed';
import type { TcpProxy } from './tcp-proxy.js';
import { WireClient } from './wire-client.js';

interface Standstill {
  readonly from: number;
  to: number;
}

/** A signal takes effect a moment after it was sent; what is asked later than this finds the process still. */
const SIGNAL_MS = 20;

export interface ServicePlace {
  readonly name: string;
  /** Where it is asked. */
  readonly url: string;
  /** Where it says whether it is ready. */
  readonly readyUrl: string;
  /** Its own wire to Redis. */
  readonly redisWire: TcpProxy;
  /** Resolves when it is ready. */
  readonly start: () => Promise<StartedProcess>;
}

export class Service {
  readonly name: string;
  readonly redisWire: TcpProxy;
  readonly client: WireClient;
  readonly #place: ServicePlace;
  readonly #standstills: Standstill[] = [];
  #process: StartedProcess | undefined;
  #isUp = false;

  constructor(place: ServicePlace) {
    this.#place = place;
    [this.name, this.redisWire] = [place.name, place.redisWire];
    this.client = new WireClient(place.url);
  }

  async start(): Promise<void> {
    this.#process = await this.#place.start();
    this.#isUp = true;
  }

  /** What a balancer sees: it answers, or it accepts connections and is silent; not while it is dead. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** SIGKILL, sent before this returns; resolves when the process has gone. */
  kill(): Promise<unknown> {
    this.#isUp = false;
    this.#signal('SIGKILL');
    return this.#process?.exited ?? Promise.resolve();
  }

  /** SIGSTOP; resolves when it stands still. */
  async standStill(): Promise<void> {
    this.#signal('SIGSTOP');
    await sleep(SIGNAL_MS);
    this.#standstills.push({ from: performance.now(), to: Number.POSITIVE_INFINITY });
  }

  /** SIGCONT. */
  wake(): void {
    const latest = this.#standstills.at(-1);
    if (latest !== undefined) latest.to = performance.now();
    this.#signal('SIGCONT');
  }

  /** If it stood still at that instant, for longer than this and until it was woken: when that was. */
  wokenAfter(instant: number, longerThanMs: number): number | undefined {
    return this.#standstills.find(({ from, to }) => from <= instant && instant < to && to - from > longerThanMs)?.to;
  }

  async isReady(): Promise<boolean> {
    try {
      const response = await fetch(this.#place.readyUrl, { signal: AbortSignal.timeout(1000) });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  /** What it has said so far, of its present life alone. */
  output(): string {
    return this.#process?.output() ?? '';
  }

  async stop(): Promise<void> {
    this.client.close();
    this.wake();
    await this.#process?.stop();
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#process === undefined) return;
    try {
      process.kill(this.#process.pid, signal);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}
