// Owns: reading the postmaster.pid of a data folder and removing one that nobody stands behind. Does not own: the server.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LockStatus {
  readonly pid: number;
  /** PostgreSQL's own word: starting, ready, standby, stopping; empty before it has written one. */
  readonly word: string;
}

const lockFile = (dataDirectory: string): string => join(dataDirectory, 'postmaster.pid');

/** What the lock file says, or undefined when there is none. */
export function lockStatus(dataDirectory: string): LockStatus | undefined {
  let lines: string[];
  try {
    lines = readFileSync(lockFile(dataDirectory), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  return Number.isSafeInteger(pid) && pid > 0 ? { pid, word: (lines[7] ?? '').trim() } : undefined;
}

/** Whether the process is a PostgreSQL: after a crash of the machine the number may have gone to anybody. */
function isPostgres(pid: number): boolean {
  try {
    return basename(execFileSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' }).trim()) === 'postgres';
  } catch (error) {
    // ps exits with 1 when there is no such process; where there is no ps at all, PostgreSQL judges for itself.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return isAlive(pid);
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * The process id of a server that really runs on this folder, or undefined. One that is shutting down (its owner was killed a
 * moment ago) is waited for; a lock that nobody holds is removed.
 */
export async function clearStaleLock(dataDirectory: string): Promise<number | undefined> {
  const started = performance.now();
  for (;;) {
    const status = lockStatus(dataDirectory);
    if (status === undefined) return undefined;
    if (!isAlive(status.pid) || !isPostgres(status.pid)) {
      // Only if it still says the same: a server that starts in this very moment writes its own.
      if (lockStatus(dataDirectory)?.pid === status.pid) rmSync(lockFile(dataDirectory), { force: true });
      return undefined;
    }
    const patience = status.word === 'stopping' ? 15_000 : 1_000;
    if (performance.now() - started > patience) return status.pid;
    await sleep(50);
  }
}
