/** Owns what processes have cost so far, as Linux counts it. Does not own which processes, nor between which moments. */
import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ: what /proc counts in, on every Linux that node runs on. */
const TICKS_PER_SECOND = 100;
const STATE = 0;
const [PARENT, USER, SYSTEM, USER_OF_CHILDREN, SYSTEM_OF_CHILDREN] = [STATE + 1, 11, 12, 13, 14] as const;

/** The fields after the name of the program, which may hold anything. Empty when the process has gone. */
function statOf(pid: number | string): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

const sum = (fields: readonly string[], which: readonly number[]): number =>
  which.reduce((all, field) => all + Number(fields[field] ?? 0), 0);

/**
 * User and system time of these processes with all their threads, and of all that they have started (a PostgreSQL is many),
 * in microseconds; exact to 10 ms for each process.
 * @throws Error where there is no /proc, and when one of these processes has gone
 */
export function cpuMicros(pids: readonly number[]): number {
  const family = new Set(pids.map(String));
  const stats = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => [pid, statOf(pid)] as const),
  );
  for (let grown = -1; grown !== family.size;) {
    grown = family.size;
    for (const [pid, fields] of stats) if (family.has(fields[PARENT] ?? '')) family.add(pid);
  }
  let ticks = 0;
  for (const pid of family) {
    const fields = stats.get(pid) ?? [];
    if (fields.length === 0 && pids.includes(Number(pid))) throw new Error(`The process ${pid} has gone.`);
    ticks += sum(fields, [USER, SYSTEM, USER_OF_CHILDREN, SYSTEM_OF_CHILDREN]);
  }
  return (ticks / TICKS_PER_SECOND) * 1e6;
}

const [BUSY_USER, BUSY_NICE, BUSY_SYSTEM, STOLEN] = [0, 1, 2, 7] as const;

/**
 * What the whole machine has done so far beside these processes and all that they have started, in microseconds, with what its host
 * took from it; interrupts are nobody's. @throws as cpuMicros
 */
export function othersMicros(pids: readonly number[]): number {
  const [line = ''] = readFileSync('/proc/stat', 'latin1').split('\n', 1);
  const fields = line.trim().split(/\s+/).slice(1);
  return (sum(fields, [BUSY_USER, BUSY_NICE, BUSY_SYSTEM, STOLEN]) / TICKS_PER_SECOND) * 1e6 - cpuMicros(pids);
}

/** Resident memory of one process in bytes. @throws Error when it has gone */
export function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) * 1024;
}
