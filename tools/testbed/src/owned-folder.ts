// Owns: a folder under the temp folder that we fill once and everybody of ours uses, which no other local user can plant or alter.
// Does not own: what lies in it.
import { chmodSync, lstatSync, mkdtempSync, renameSync, rmSync, type Stats } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const statOrNothing = (path: string): Stats | undefined => lstatSync(path, { throwIfNoEntry: false });

function assertOurs(path: string, stat: Stats): void {
  const ours = stat.isDirectory() && stat.uid === process.getuid?.() && (stat.mode & 0o022) === 0;
  if (!ours) {
    throw new Error(
      `${path} is not a folder that belongs to this user alone, so nothing in it is run. Remove it, or set TMPDIR to a folder of your own.`,
    );
  }
}

export interface OwnedFolder {
  /** Unique for the content, and stable, such as `postgres-18.4`. */
  readonly name: string;
  /** Fills an empty folder. Whatever it throws is passed on, and nothing is left behind. */
  fill(folder: string): void | Promise<void>;
  /** Whether everything is there still: cleaners of temp folders take away single files. */
  isComplete(folder: string): boolean;
}

/**
 * The path of the folder, filled by us or by an earlier run. It appears under its name by one rename, so of many processes
 * that start at once each finds either nothing or all of it. Throws when the name is held by somebody else.
 */
export async function ownedFolder(wanted: OwnedFolder): Promise<string> {
  const path = join(tmpdir(), `latchkey-${process.getuid?.() ?? 'user'}-${wanted.name}`);
  const present = statOrNothing(path);
  if (present !== undefined) {
    assertOurs(path, present);
    if (wanted.isComplete(path)) return path;
  }
  const scratch = mkdtempSync(`${path}.`);
  try {
    await wanted.fill(scratch);
    chmodSync(scratch, 0o755);
    publish(scratch, path, wanted);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return path;
}

function publish(scratch: string, path: string, wanted: OwnedFolder): void {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    try {
      renameSync(scratch, path);
      return;
    } catch (error) {
      const present = statOrNothing(path);
      if (present === undefined) {
        if (attempt === 4) throw error;
        continue;
      }
      assertOurs(path, present);
      if (wanted.isComplete(path)) return;
      const remains = mkdtempSync(`${path}.old-`);
      renameSync(path, remains);
      rmSync(remains, { recursive: true, force: true });
    }
  }
  throw new Error(`${path} could not be put in place`);
}
