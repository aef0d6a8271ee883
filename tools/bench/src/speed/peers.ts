/**
 * Owns the programs of others that the bench measures beside ours: that they are installed, by their own lock file, in a folder
 * of their own. Does not own what they do.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PEERS = fileURLToPath(new URL('../../peers', import.meta.url));

/** npm writes it last: what is older than the lock file is another installation. */
const INSTALLED = join(PEERS, 'node_modules', '.package-lock.json');

/** By the lock file, without their install scripts; needs the net when something is missing. @throws Error when npm fails */
export function installPeers(tell: (line: string) => void): void {
  const lock = join(PEERS, 'package-lock.json');
  if (existsSync(INSTALLED) && statSync(INSTALLED).mtimeMs >= statSync(lock).mtimeMs) return;
  tell('installing what ours is measured beside');
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: PEERS,
    env: { ...process.env, NODE_OPTIONS: undefined },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** The version that is installed of one of them. */
export function versionOf(name: string): string {
  const manifest = readFileSync(join(PEERS, 'node_modules', name, 'package.json'), 'utf8');
  return String((Object(JSON.parse(manifest)) as Record<string, unknown>)['version']);
}
