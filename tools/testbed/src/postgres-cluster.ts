// Owns: making a data folder, whole or not at all, and the superuser's password that lies in it. Does not own: the running server.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { PostgresBinaries } from './postgres-binaries.js';
import { folderThatShutsOut, unprivilegedUser } from './unprivileged-user.js';

const PASSWORD_FILE = 'latchkey.password';
const REMEDY = 'Name a folder that it can reach, for example "LATCHKEY_DATA_DIR=/var/lib/latchkey npm start"';
const isCluster = (folder: string): boolean => existsSync(join(folder, 'PG_VERSION'));

/** The superuser's password. Throws when the file has gone. */
export function readPassword(dataDirectory: string): string {
  return readFileSync(join(dataDirectory, PASSWORD_FILE), 'utf8').trim();
}

/** Missing folders above the data folder, passable for the server's user whatever the umask says. */
function makeParents(path: string): void {
  let first: string | undefined;
  try {
    first = mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new Error(`The folder ${path} cannot be made, so the database has no place for its data. ${REMEDY}.`, {
      cause: error,
    });
  }
  if (first === undefined || unprivilegedUser() === undefined) return;
  for (let folder = path; folder.length >= first.length; folder = dirname(folder)) chmodSync(folder, 0o711);
}

function assertReachable(dataDirectory: string): void {
  const uid = unprivilegedUser();
  const closed = folderThatShutsOut(uid, dataDirectory);
  if (closed === undefined) return;
  throw new Error(
    uid === undefined
      ? `The folder ${closed} cannot be entered, so the database cannot keep its data in ${dataDirectory}. ${REMEDY}.`
      : `PostgreSQL refuses to run as root, so it runs here as the unprivileged user ${uid}, who cannot enter ${closed} and so cannot keep its data in ${dataDirectory}. ${REMEDY}, or run as a user that is not root.`,
  );
}

function initialise(binaries: PostgresBinaries, folder: string, durable: boolean): void {
  const uid = unprivilegedUser();
  const password = randomBytes(24).toString('base64url');
  const args = [
    '-D',
    folder,
    '-U',
    'postgres',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--pwfile=/dev/stdin',
  ];
  if (!durable) args.push('--no-sync');
  // Through a pipe, so that the password stands in no argument list and in no file that outlives the call.
  const script = 'printf "%s\\n" "$SUPERUSER_PASSWORD" | { unset SUPERUSER_PASSWORD; "$@"; }';
  const result = spawnSync('/bin/sh', ['-c', script, 'initialise', binaries.initdb, ...args], {
    cwd: '/',
    env: { PATH: process.env['PATH'], LC_ALL: 'C', SUPERUSER_PASSWORD: password },
    encoding: 'utf8',
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  if (result.status !== 0) {
    throw new Error(`initdb failed: ${result.error?.message ?? (result.stderr.trim() || result.stdout.trim())}`);
  }
  const file = join(folder, PASSWORD_FILE);
  writeFileSync(file, `${password}\n`, { mode: 0o600, flag: 'wx' });
  if (uid !== undefined) chownSync(file, uid, uid);
}

/**
 * Makes the cluster unless it is there. It appears by one rename, so a run that was interrupted leaves no half of one, and of
 * several that start at once the first wins and the others find it.
 */
export function createCluster(
  binaries: PostgresBinaries,
  { dataDirectory, durable }: { dataDirectory: string; durable: boolean },
): void {
  assertReachable(dataDirectory);
  makeParents(dirname(dataDirectory));
  if (isCluster(dataDirectory)) return;

  const uid = unprivilegedUser();
  const scratch = mkdtempSync(`${dataDirectory}.new-`);
  try {
    if (uid !== undefined) chownSync(scratch, uid, uid);
    initialise(binaries, scratch, durable);
    renameSync(scratch, dataDirectory);
  } catch (error) {
    if (isCluster(dataDirectory)) return;
    if (existsSync(dataDirectory)) {
      throw new Error(`${dataDirectory} is not empty and holds no database. Empty it, or use another data folder.`, {
        cause: error,
      });
    }
    throw error;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
