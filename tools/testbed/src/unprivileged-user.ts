// Owns: whom the database server runs as when we are root, and whether that user can reach a path. Does not own: the server.
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';

/** The traditional number of "nobody": owns nothing, and exists as a number even where it has no name. */
const NOBODY = 65534;

/** initdb and postgres refuse to run as root; undefined when we are an ordinary user and simply stay who we are. */
export function unprivilegedUser(): number | undefined {
  return process.getuid?.() === 0 ? NOBODY : undefined;
}

/** Every folder above a path, outermost first, without the path itself. */
function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    folders.unshift(folder);
    if (folder === dirname(folder)) return folders;
  }
}

/** The outermost folder above the path that exists and that the user may not enter, or undefined when all are open to it. */
export function folderThatShutsOut(uid: number | undefined, path: string): string | undefined {
  const script = 'for folder; do [ -x "$folder" ] || [ ! -e "$folder" ] || { printf %s "$folder"; exit 1; }; done';
  const answer = spawnSync('/bin/sh', ['-c', script, 'reach', ...foldersAbove(path)], {
    cwd: '/',
    env: {},
    encoding: 'utf8',
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  return answer.status === 0 ? undefined : answer.stdout;
}
