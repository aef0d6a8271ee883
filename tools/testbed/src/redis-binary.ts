// Owns: where a real Redis or Valkey server lies, bringing one when there is none. Does not own: running it.
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { arch } from 'node:os';
import { delimiter, join } from 'node:path';
import { installWithApt, missingLibraries, unpackWithApt } from './apt.js';
import { ownedFolder } from './owned-folder.js';

export interface RedisBinary {
  readonly path: string;
  /** Non-empty when it was unpacked rather than installed. */
  readonly libraryPath: string;
}

const REMEDY =
  'The tests need a real Redis: install "redis-server" or "valkey-server" (7.0 or newer) so that it is on PATH, for example with "apt-get install redis-server"';

/** The first program of these names on PATH or where Debian keeps servers. */
export function onPath(names: readonly string[]): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/sbin', '/usr/local/bin'];
  const isProgram = (path: string): boolean => {
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  };
  return names.flatMap((name) => folders.filter(Boolean).map((folder) => join(folder, name))).find(isProgram);
}

const libraryPackages: Readonly<Record<string, string>> = {
  'libjemalloc.so.2': 'libjemalloc2',
  'liblzf.so.1': 'liblzf1',
  'libatomic.so.1': 'libatomic1',
  'libhiredis.so.0.14': 'libhiredis0.14',
  'liblua5.1.so.0': 'liblua5.1-0',
};

/** Debian's package taken apart under the temp folder, with the libraries that this machine lacks. */
export async function unpackedRedis(): Promise<RedisBinary> {
  const triplet = arch() === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  const program = (folder: string): string => join(folder, 'usr/bin/redis-check-rdb');
  const librariesOf = (folder: string): string =>
    [`usr/lib/${triplet}`, `lib/${triplet}`].map((part) => join(folder, part)).join(':');
  const folder = await ownedFolder({
    name: 'redis-server',
    fill: (scratch) => {
      // redis-server is a link to redis-check-rdb, which redis-tools holds.
      unpackWithApt(['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1'], scratch);
      const missing = missingLibraries(program(scratch), librariesOf(scratch)).flatMap(
        (name) => libraryPackages[name] ?? [],
      );
      if (missing.length > 0) unpackWithApt(missing, scratch);
      const still = missingLibraries(program(scratch), librariesOf(scratch));
      if (still.length > 0) throw new Error(`the libraries ${still.join(', ')} are missing`);
    },
    isComplete: (folder) => existsSync(join(folder, 'usr/bin/redis-server')),
  });
  return { path: join(folder, 'usr/bin/redis-server'), libraryPath: librariesOf(folder) };
}

/**
 * The server on PATH; else Debian's package, installed as root, unpacked into a cache as anybody else. TESTBED_REDIS names
 * one explicitly. Throws an Error that says what to install.
 */
export async function findRedis(): Promise<RedisBinary> {
  const named = process.env['TESTBED_REDIS'];
  if (named !== undefined && named !== '')
    return { path: named, libraryPath: process.env['TESTBED_REDIS_LIBRARIES'] ?? '' };
  const names = ['redis-server', 'valkey-server'];
  const present = onPath(names);
  if (present !== undefined) return { path: present, libraryPath: '' };
  if (process.getuid?.() === 0) {
    await installWithApt('redis-server', REMEDY);
    const installed = onPath(names);
    if (installed !== undefined) return { path: installed, libraryPath: '' };
  }
  try {
    return await unpackedRedis();
  } catch (error) {
    throw new Error(`${REMEDY}; downloading it here failed`, { cause: error });
  }
}
