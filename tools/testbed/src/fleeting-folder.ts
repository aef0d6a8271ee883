// Owns: under which folder data lie that nobody keeps: in memory where there is plenty, for a disk may take ten times as long to
// make the thousand small files of a database. Does not own: what lies there.
import { accessSync, constants, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** Far more than all databases of a whole run take together. */
const PLENTY_BYTES = 4 * 1024 ** 3;

function roomIn(folder: string): number {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return 0;
  }
}

/** A file system in memory answers how large it may grow, not what memory is left: both must be plenty. */
export function fleetingFolder(inMemory = '/dev/shm', availableBytes = process.availableMemory()): string {
  return Math.min(roomIn(inMemory), availableBytes) >= PLENTY_BYTES ? inMemory : tmpdir();
}
