// Compiles the sources of the project in the current folder to dist/ with SWC and copies what is not TypeScript beside them.
// Does not type-check (npm run typecheck does); writes declarations only for the packages that are published.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFile } from '@swc/core';

const root = fileURLToPath(new URL('..', import.meta.url));
const isTest = (file) => /\.(spec|contract)\.ts$|(^|\/)test\//.test(file);

rmSync('dist', { recursive: true, force: true });
for (const entry of readdirSync('src', { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const source = join(entry.parentPath, entry.name);
  if (isTest(source)) continue;
  const target = join('dist', source.slice('src/'.length));
  mkdirSync(dirname(target), { recursive: true });
  if (!source.endsWith('.ts')) {
    cpSync(source, target);
    continue;
  }
  const output = target.replace(/\.ts$/, '.js');
  const { code, map } = await transformFile(source, { configFile: join(root, '.swcrc') });
  writeFileSync(output, `${code}\n//# sourceMappingURL=${output.split('/').pop()}.map\n`);
  if (map) writeFileSync(`${output}.map`, map);
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
if (!manifest.private) execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
