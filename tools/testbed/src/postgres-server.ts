// Owns: the life of one PostgreSQL server on one data folder: created once, started, stopped, never left behind.
// Does not own: which binaries (postgres-binaries), who keeps it alive (kept-process), what is stored in it.
import { setTimeout as sleep } from 'node:timers/promises';
import { existsSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { resolve } from 'node:path';
import { freePort } from './free-port.js';
import { startKeptProcess, type KeptProcess } from './kept-process.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { createCluster, readPassword } from './postgres-cluster.js';
import { clearStaleLock, lockStatus } from './postgres-lock.js';
import { unprivilegedUser } from './unprivileged-user.js';

export interface PostgresOptions {
  /** Created when missing. As root it belongs to the unprivileged user that the server runs as. */
  readonly dataDirectory: string;
  /** 0 or undefined takes a free one. */
  readonly port?: number | undefined;
  /** false switches off everything that survives a crash of the machine, for tests. */
  readonly durable: boolean;
  /** A folder that goes when we were killed before we could remove it; it must belong to the user that the server runs as. */
  readonly removeIfOrphaned?: string | undefined;
}

export interface PostgresServer {
  /** Superuser, database `postgres`, scram-sha-256, on 127.0.0.1 alone. Holds the password: never log it. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Fast shutdown, immediate shutdown after 10 s, and resolves when the process has gone. */
  stop(): Promise<void>;
  /** SIGKILL, for tests of a database that vanishes. */
  kill(): Promise<void>;
}

const STARTING_MILLISECONDS = 60_000;
const LOG_LIMIT_BYTES = 10 * 1024 * 1024;
const PORT_TAKEN = /could not bind IPv4 address.*in use/;

const settings = {
  always: {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    shared_buffers: '64MB',
    max_connections: '200',
    log_destination: 'stderr',
    logging_collector: 'off',
    // No statement and no key value reaches the log: they may hold what must not be logged.
    log_statement: 'none',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
  },
  // Commits stay synchronous: what was acknowledged outlives a kill of the server, though not of the machine.
  fleeting: {
    fsync: 'off',
    full_page_writes: 'off',
    wal_level: 'minimal',
    max_wal_senders: '0',
    // Of all specs that run at once, many of which ask fifty times at the same moment.
    max_connections: '400',
  },
};

const alreadyRunning = (dataDirectory: string, pid: number): Error =>
  new Error(
    `The stack is already running on ${dataDirectory} (PostgreSQL is process ${pid}). Stop it first, or use another data folder.`,
  );

/** By one that was killed: whatever worked for it goes when it sees that, which takes a busy machine a moment. */
const LEFT_BEHIND = /pre-existing shared memory block/;
const LEFT_BEHIND_MS = 10_000;

/** Starts the server, creating the cluster on first use. Throws an Error with a sentence for people when it cannot. */
export async function startPostgres(binaries: PostgresBinaries, options: PostgresOptions): Promise<PostgresServer> {
  const dataDirectory = resolve(options.dataDirectory);
  createCluster(binaries, { dataDirectory, durable: options.durable });
  const runningPid = await clearStaleLock(dataDirectory);
  if (runningPid !== undefined) throw alreadyRunning(dataDirectory, runningPid);

  const began = performance.now();
  for (let attempt = 0; ; attempt += 1) {
    const port = options.port || (await freePort());
    const { server, complaint } = await tryStart(binaries, { ...options, dataDirectory }, port);
    if (server !== undefined) return { ...handle(server), url: urlOf(dataDirectory, port), port };
    const other = lockStatus(dataDirectory);
    if (/lock file "postmaster.pid" already exists/.test(complaint) && other !== undefined) {
      throw alreadyRunning(dataDirectory, other.pid);
    }
    if (LEFT_BEHIND.test(complaint) && performance.now() - began < LEFT_BEHIND_MS) {
      attempt -= 1;
      await sleep(100);
      continue;
    }
    if (!PORT_TAKEN.test(complaint)) throw new Error(`PostgreSQL did not start: ${complaint}`);
    if (options.port) throw new Error(`PostgreSQL cannot listen on port ${port}: another program uses it.`);
    if (attempt === 9) throw new Error('PostgreSQL found no free port in ten attempts.');
  }
}

function handle(server: KeptProcess): Pick<PostgresServer, 'pid' | 'stop' | 'kill'> {
  return {
    pid: server.pid,
    stop: () => server.stop(),
    kill: async () => {
      server.signal('SIGKILL');
      await server.exited;
    },
  };
}

function urlOf(dataDirectory: string, port: number): string {
  return `postgres://postgres:${readPassword(dataDirectory)}@127.0.0.1:${port}/postgres`;
}

async function tryStart(
  binaries: PostgresBinaries,
  options: PostgresOptions,
  port: number,
): Promise<{ server?: KeptProcess; complaint: string }> {
  const log = `${options.dataDirectory}.log`;
  if (existsSync(log) && statSync(log).size > LOG_LIMIT_BYTES) truncateSync(log);
  const before = existsSync(log) ? statSync(log).size : 0;
  const chosen = { ...settings.always, ...(options.durable ? {} : settings.fleeting), port: String(port) };
  const server = await startKeptProcess({
    command: binaries.postgres,
    args: [
      '-D',
      options.dataDirectory,
      ...Object.entries(chosen).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    uid: unprivilegedUser(),
    output: { file: log },
    stopSequence: [
      ['SIGINT', 10_000],
      ['SIGQUIT', 5_000],
      ['SIGKILL', 5_000],
    ],
    removeIfOrphaned: options.removeIfOrphaned,
  });
  const deadline = performance.now() + STARTING_MILLISECONDS;
  while (!server.hasExited()) {
    const status = lockStatus(options.dataDirectory);
    if (status?.pid === server.pid && status.word === 'ready') return { server, complaint: '' };
    if (performance.now() > deadline) {
      await server.stop();
      break;
    }
    await sleep(10);
  }
  return { complaint: readFileSync(log).subarray(before).toString('utf8').trim() };
}
