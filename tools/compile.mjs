// Compiles the sources of one project to a folder with SWC and copies what is not TypeScript beside them.
// Does not type-check and writes no declarations.
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFile } from '@swc/core';

const swcrc = fileURLToPath(new URL('../.swcrc', import.meta.url));
const isTest = (file) => /\.(spec|contract)\.ts$|(^|\/)test\//.test(file);

export async function compile(project, output) {
  const sources = join(project, 'src');
  rmSync(output, { recursive: true, force: true });
  for (const entry of readdirSync(sources, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const source = join(entry.parentPath, entry.name);
    if (isTest(relative(project, source))) continue;
    const target = join(output, relative(sources, source));
    mkdirSync(dirname(target), { recursive: true });
    if (!source.endsWith('.ts')) {
      cpSync(source, target);
      continue;
    }
    const script = target.replace(/\.ts$/, '.js');
    const { code, map } = await transformFile(source, { configFile: swcrc });
    writeFileSync(script, `${code}\n//# sourceMappingURL=${script.split('/').pop()}.map\n`);
    if (map) writeFileSync(`${script}.map`, map);
  }
}
