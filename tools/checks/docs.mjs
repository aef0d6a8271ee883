// `npm run docs` writes the generated documents; `npm run docs:check` fails, with the difference, when they are not current.
// Owns the command line; what a document holds is in src/. Runs the TypeScript sources, so that nothing has to be built.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { status } = spawnSync(
  process.execPath,
  [
    '--conditions=latchkey-source',
    '--import',
    here('../register.mjs'),
    here('src/write-docs.ts'),
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit' },
);
process.exitCode = status ?? 1;
