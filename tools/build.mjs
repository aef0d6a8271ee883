// Builds the project in the current folder to dist/ (compile). Does not type-check (npm run typecheck does); writes
// declarations only for the packages that are published.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compile } from './compile.mjs';

const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));

await compile('.', 'dist');
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
if (!manifest.private) execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
