// Bundles dist/main.js of the project in the current folder with all that it loads at its start (ADR 19): a start that opens one
// file instead of three thousand. Whatever is loaded later, native or optional stays where it is in node_modules. To be called
// after build.mjs; the other files of dist stay as they are, for whoever imports them.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const DIST = resolve('dist');
const NATIVE = /^@node-rs\//;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const { packages: LOCKED } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
/** The folder of the package that a file lies in, '' for ours. */
const packageOf = (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? '';
const isForDevelopment = (path) => LOCKED[packageOf(relative(ROOT, path))]?.dev === true;
const isPackage = (path) => !/^(\.|\/|node:)/.test(path);

const outside = {
  name: 'outside',
  setup({ onResolve, resolve: find }) {
    onResolve({ filter: NATIVE }, ({ path }) => ({ path, external: true }));
    // What others require in vain and do without (a driver, an adapter) they may go on to require in vain. In vain it is, too,
    // where it is installed for development alone.
    onResolve({ filter: /./ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
      if (pluginData === 'found' || !isPackage(path)) return undefined;
      // Loaded when it is asked for, or never. What is ours alone says so by a dependency of this project.
      if (kind === 'dynamic-import') return { path, external: true };
      if (kind !== 'require-call') return undefined;
      const { errors, path: file } = await find(path, { kind, importer, resolveDir, pluginData: 'found' });
      return errors.length > 0 || isForDevelopment(file) ? { path, external: true } : undefined;
    });
  },
};

/** Pages and styles are read from beside the module that names them. */
const places = {
  name: 'places',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      if (!path.startsWith(DIST)) return undefined;
      const here = `new URL(${JSON.stringify(`./${relative(DIST, path)}`)}, import.meta.url).href`;
      const contents = readFileSync(path, 'utf8').replaceAll('import.meta.url', here);
      return { contents, resolveDir: dirname(path) };
    });
  },
};

const { metafile } = await build({
  entryPoints: ['dist/main.js'],
  outfile: 'dist/main.js',
  allowOverwrite: true,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // Names stay as they are without keepNames, which would call a function for each closure that a request makes.
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: 'linked',
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
  banner: {
    js: [
      `import { createRequire as createRequireOfBundle } from 'node:module';`,
      `const require = createRequireOfBundle(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;`,
    ].join('\n'),
  },
  plugins: [outside, places],
});

/** By the folder of its package, '' for ours: how many bytes of the bundle are of it. */
const sizes = new Map();
for (const { inputs } of Object.values(metafile.outputs)) {
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    const folder = packageOf(path);
    sizes.set(folder, (sizes.get(folder) ?? 0) + bytesInOutput);
  }
}
// A copy of somebody's code goes with its licence, also where the file is taken without its node_modules.
const licences = [...sizes.keys()].filter((folder) => folder !== '').map(licenceOf);
writeFileSync('dist/main.licences.txt', licences.toSorted().join(`\n${'-'.repeat(80)}\n\n`));

/** Packages without a text name their licence alone. */
function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((each) => /^licen[cs]e(\.|$)/i.test(each));
  return `${name} ${version}: ${license}\n\n${file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim()}\n`;
}

if (process.argv.includes('--tell')) {
  for (const [folder, size] of [...sizes].sort(([, a], [, b]) => b - a)) {
    const name = folder === '' ? 'ours' : folder.replace(/^.*node_modules\//, '');
    console.log(`${(size / 1e3).toFixed(0).padStart(6)} kB  ${name}`);
  }
}
