/**
 * Owns a copy of the tree in which a spec may write what must never be committed, and what the fences say there. Does not
 * own what is written, nor what must be said.
 *
 * The copy runs the eslint.config.mjs of the tree, of which it keeps the fences alone (without types, which takes seconds
 * in place of a minute), and takes away two refusals that would speak before the law that is meant: a circle of projects,
 * and a package that a package.json does not name.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT, type Ran, runInWorkspace } from './workspace.js';

const FENCES = [
  '@nx/enforce-module-boundaries',
  'no-restricted-imports',
  'no-restricted-syntax',
  'no-restricted-globals',
  'no-restricted-properties',
];

/** A pair of a project with itself would make a project a stranger to its own files. */
const configOf = (projects: readonly string[]): string => `import config from './eslint.config.mjs';
const FENCES = ${JSON.stringify(FENCES)};
const projects = ${JSON.stringify(projects)};
const circles = projects.flatMap((one) => projects.filter((other) => other !== one).map((other) => [one, other]));
const heard = ([name, rule]) =>
  name === '@nx/enforce-module-boundaries' ? [name, [rule[0], { ...rule[1], ignoredCircularDependencies: circles }]] : [name, rule];
export default config.map(({ rules, languageOptions, ...rest }) => ({
  ...rest,
  ...(languageOptions === undefined ? {} : { languageOptions: { ...languageOptions, parserOptions: {} } }),
  ...(rules === undefined ? {} : { rules: Object.fromEntries(Object.entries(rules).filter(([name]) => FENCES.includes(name)).map(heard)) }),
}));
`;

interface Linted {
  readonly filePath: string;
  readonly messages: readonly { readonly ruleId: string | null; readonly message: string }[];
}

export class TreeCopy {
  private constructor(private readonly folder: string) {}

  /** Every file that git knows, as it stands now; the packages by links. */
  static async make(): Promise<TreeCopy> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'latchkey-canary-')));
    const files = succeeded(await runInWorkspace('git', ['ls-files', '-z'])).split('\0');
    for (const file of files.filter((name) => name !== '' && existsSync(join(ROOT, name)))) {
      cpSync(join(ROOT, file), join(folder, file));
    }
    writeFileSync(join(folder, 'eslint.canary.mjs'), configOf(linkPackages(folder)));
    return new TreeCopy(folder);
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true });
    writeFileSync(join(this.folder, file), text);
  }

  /** Names packages in the package.json of a project, at the versions that are installed. */
  declare(project: string, packages: readonly string[]): void {
    const file = join(this.folder, project, 'package.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as { dependencies?: Record<string, string> };
    const versions = packages.map((name) => {
      const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as {
        version: string;
      };
      return [name, version] as const;
    });
    const dependencies = { ...manifest.dependencies, ...Object.fromEntries(versions) };
    writeFileSync(file, JSON.stringify({ ...manifest, dependencies }));
  }

  /** What the fences say of each file; a file that was not linted is missing. */
  async lint(files: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    // Without nx's project graph the rule is skipped and everything passes.
    succeeded(await runInWorkspace('node_modules/.bin/nx', ['show', 'projects'], {}, this.folder));
    const { stdout, stderr } = await runInWorkspace(
      'node_modules/.bin/eslint',
      ['--config', 'eslint.canary.mjs', '--format', 'json', '--no-warn-ignored', ...files],
      {},
      this.folder,
    );
    if (`${stdout}${stderr}`.includes('No cached ProjectGraph')) throw new Error('eslint found no project graph');
    const linted = JSON.parse(stdout) as readonly Linted[];
    return new Map(
      linted.map(({ filePath, messages }) => [
        filePath.slice(this.folder.length + 1),
        messages.map(({ message }) => message),
      ]),
    );
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function succeeded({ code, stdout, stderr }: Ran): string {
  if (code !== 0) throw new Error(`${stdout}${stderr}`);
  return stdout;
}

/** @returns the names of our own, which link to the copy */
function linkPackages(folder: string): readonly string[] {
  const ours = '@latchkey';
  mkdirSync(join(folder, 'node_modules', ours), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name !== ours && name !== '.cache') {
      symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
    }
  }
  const names: string[] = [];
  for (const group of ['apps', 'libs', 'tools']) {
    for (const project of readdirSync(join(folder, group))) {
      const manifest = join(folder, group, project, 'package.json');
      if (!existsSync(manifest)) continue;
      const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name: string };
      names.push(name);
      symlinkSync(join(folder, group, project), join(folder, 'node_modules', name));
      const own = join(group, project, 'node_modules');
      if (existsSync(join(ROOT, own))) symlinkSync(join(ROOT, own), join(folder, own));
    }
  }
  return names;
}
