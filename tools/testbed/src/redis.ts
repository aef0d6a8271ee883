// Owns: the life of one real Redis server on 127.0.0.1, empty and without persistence unless asked. Does not own: finding the program.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.js';
import { startKeptProcess, type KeptProcess } from './kept-process.js';
import { findRedis, type RedisBinary } from './redis-binary.js';

export interface RedisOptions {
  readonly port?: number | undefined;
  /** Where an append-only file lies; a temporary folder when left out. */
  readonly dir?: string | undefined;
  readonly appendonly?: boolean;
  /** Further arguments of redis-server, for example `['--user', 'feed', …]`. */
  readonly extraArgs?: readonly string[];
}

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Of the running process; another one after restart(). */
  readonly pid: number;
  /** SIGTERM, and resolves when it has gone; its temporary folder goes too. */
  stop(): Promise<void>;
  /** SIGKILL, as if the machine had died. restart() brings it back. */
  kill(): Promise<void>;
  /** The same port and folder again: empty, unless `appendonly` was asked for. `empty` throws its append-only file away. */
  restart(options?: { readonly empty?: boolean }): Promise<void>;
}

/** Redis's own default for `appenddirname`. */
const APPEND_ONLY_FOLDER = 'appendonlydir';

async function tryStart(
  binary: RedisBinary,
  options: RedisOptions & { readonly dir: string; readonly port: number },
  temporary: string | undefined,
): Promise<{ server?: KeptProcess; complaint: string }> {
  const log = join(options.dir, `redis-${options.port}.log`);
  const before = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  const server = await startKeptProcess({
    command: binary.path,
    args: [
      ...['--bind', '127.0.0.1', '--port', String(options.port), '--dir', options.dir, '--save', ''],
      ...['--appendonly', options.appendonly === true ? 'yes' : 'no', '--daemonize', 'no', '--logfile', ''],
      ...(options.extraArgs ?? []),
    ],
    env: { PATH: process.env['PATH'], ...(binary.libraryPath === '' ? {} : { LD_LIBRARY_PATH: binary.libraryPath }) },
    output: { file: log },
    stopSequence: [
      ['SIGTERM', 5_000],
      ['SIGKILL', 5_000],
    ],
    removeIfOrphaned: temporary,
  });
  // Its own words, not a ping: on a port lost to somebody else, somebody else would answer.
  const said = (): string => readFileSync(log).subarray(before).toString('utf8');
  const deadline = performance.now() + 60_000;
  while (!server.hasExited()) {
    if (said().includes('Ready to accept connections')) return { server, complaint: '' };
    if (performance.now() > deadline) {
      await server.stop();
      break;
    }
    await sleep(5);
  }
  return { complaint: said().trim() };
}

/** Starts a server and resolves when it accepts connections. Throws when none can be found (what to install) or started. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const binary = await findRedis();
  const temporary = options.dir === undefined ? mkdtempSync(join(tmpdir(), 'latchkey-test-redis-')) : undefined;
  const dir = options.dir ?? temporary ?? '';
  const removeTemporary = (): void => {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  };

  const start = async (wanted: number | undefined): Promise<{ server: KeptProcess; port: number }> => {
    for (let attempt = 0; ; attempt += 1) {
      const port = wanted ?? (await freePort());
      const { server, complaint } = await tryStart(binary, { ...options, dir, port }, temporary);
      if (server !== undefined) return { server, port };
      const lostThePort = /Address already in use/.test(complaint);
      if (!lostThePort || wanted !== undefined || attempt === 9) throw new Error(`Redis did not start: ${complaint}`);
    }
  };

  let running: KeptProcess;
  let port: number;
  try {
    ({ server: running, port } = await start(options.port));
  } catch (error) {
    removeTemporary();
    throw error;
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return running.pid;
    },
    stop: async () => {
      await running.stop();
      removeTemporary();
    },
    kill: async () => {
      running.signal('SIGKILL');
      await running.exited;
    },
    restart: async ({ empty = false } = {}) => {
      await running.stop();
      if (empty) rmSync(join(dir, APPEND_ONLY_FOLDER), { recursive: true, force: true });
      ({ server: running } = await start(port));
    },
  };
}

/** A Redis of the caller's own (it starts in some 20 ms); the caller stops it. */
export async function testRedis(): Promise<RedisServer> {
  return startRedis();
}
