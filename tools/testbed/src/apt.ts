// Owns: installing a Debian package when we may. Does not own: finding out that it is missing.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

const POLICY = '/usr/sbin/policy-rc.d';

function run(command: string, args: readonly string[], cwd = '/'): string {
  const result = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${result.stderr.trim().slice(-2000)}`);
  return result.stdout;
}

/** Packages that bring a service start it; with a policy that says 101 ("action forbidden by policy") they do not. */
function withoutStartingServices<T>(work: () => T): T {
  const ours = !existsSync(POLICY);
  if (ours) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return work();
  } finally {
    if (ours) rmSync(POLICY, { force: true });
  }
}

/** Installs the package as root. Throws an Error that begins with `remedy` when we are not root or it does not work. */
export async function installWithApt(packageName: string, remedy: string): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error(`${remedy}.`);
  await Promise.resolve();
  const lock = ['-o', 'DPkg::Lock::Timeout=300'];
  try {
    run('apt-get', [...lock, 'update', '-q']);
    withoutStartingServices(() =>
      run('apt-get', [...lock, 'install', '-y', '-q', '--no-install-recommends', packageName]),
    );
  } catch (error) {
    throw new Error(`${remedy}; trying it here failed`, { cause: error });
  }
}

/** Downloads packages and unpacks them into a folder, which needs no rights at all. */
export function unpackWithApt(packageNames: readonly string[], folder: string): void {
  run('apt-get', ['download', '-q', ...packageNames], folder);
  run('/bin/sh', ['-c', 'for package in ./*.deb; do dpkg -x "$package" . && rm "$package" || exit 1; done'], folder);
}

/** The shared libraries that the program asks for and the loader does not find. */
export function missingLibraries(program: string, libraryPath: string): string[] {
  const result = spawnSync('ldd', [program], {
    encoding: 'utf8',
    env: { ...process.env, LD_LIBRARY_PATH: libraryPath },
  });
  return [...result.stdout.matchAll(/^\s*(\S+) => not found/gm)].flatMap(([, name]) => name ?? []);
}
