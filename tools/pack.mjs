// Packs the published packages as the registry would get them: `node tools/pack.mjs FOLDER` leaves their tarballs there.
// Touches neither the tracked manifests nor any dist/: everything is made in FOLDER, so that it may run beside tests.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from './compile.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = join(root, 'node_modules/typescript/bin/tsc');
// In the order in which they need each other's declarations.
const PUBLISHED = ['tokens', 'resource-guard', 'admin-client'];

const folder = resolve(process.argv[2] ?? 'packed');
const staged = [];
for (const name of PUBLISHED) {
  const project = join(root, 'libs', name);
  const stage = join(folder, name);
  const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  await compile(project, join(stage, 'dist'));
  declare(project, stage);
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(published(manifest), undefined, 2)}\n`);
  for (const file of [join(project, 'README.md'), join(root, 'LICENSE')]) {
    if (existsSync(file)) copyFileSync(file, join(stage, file.split('/').pop()));
  }
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder, stage], {
    stdio: 'inherit',
  });
  staged.push({ manifest, stage });
}

/** Declarations against those staged before, never against a dist/ that may be old. */
function declare(project, stage) {
  const paths = Object.fromEntries(
    staged.flatMap(({ manifest, stage: other }) =>
      Object.entries(published(manifest).exports).map(([entry, { types }]) => [
        join(manifest.name, entry),
        [join(other, types)],
      ]),
    ),
  );
  const config = {
    extends: join(project, 'tsconfig.build.json'),
    compilerOptions: {
      outDir: join(stage, 'dist'),
      rootDir: join(project, 'src'),
      typeRoots: [join(root, 'node_modules/@types')],
      paths,
    },
    include: [join(project, 'src/**/*.ts')],
    exclude: ['*.spec.ts', '*.contract.ts', 'test/**'].map((tests) => join(project, `src/**/${tests}`)),
  };
  mkdirSync(stage, { recursive: true });
  const path = join(stage, 'tsconfig.json');
  writeFileSync(path, JSON.stringify(config));
  execFileSync(process.execPath, [tsc, '-p', path], { stdio: 'inherit' });
}

/** The manifest without what only the workspace understands. */
function published(manifest) {
  const { devDependencies: _dev, nx: _nx, ...kept } = manifest;
  const exports = Object.fromEntries(
    Object.entries(kept.exports)
      .map(([entry, { 'latchkey-source': _source, ...conditions }]) => [entry, conditions])
      .filter(([, conditions]) => Object.keys(conditions).length > 0),
  );
  return { ...kept, exports };
}
