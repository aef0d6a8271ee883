// `npm run demo`: a third-party client walks the whole main job against the running stack. Reads no source of the services;
// the admin client is read from its sources, so that nothing has to be built.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { status } = spawnSync(
  process.execPath,
  ['--conditions=latchkey-source', '--import', here('../register.mjs'), here('src/demo/main.ts')],
  { stdio: 'inherit' },
);
process.exitCode = status ?? 1;
