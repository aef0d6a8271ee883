// `npm run bench:revocation`: measures revocation against the goals of revocation.md V14 and V20, and keys
// against theirs, and fails where one is missed.
// Runs the TypeScript sources in a process of its own, which may collect its garbage when it is told to.
import '../register.mjs';

if (!process.execArgv.includes('--expose-gc')) {
  const { spawnSync } = await import('node:child_process');
  const { fileURLToPath } = await import('node:url');
  const { default: build } = await import('../stack/src/e2e/build.mjs');
  build();
  const { status } = spawnSync(
    process.execPath,
    ['--conditions=latchkey-source', '--expose-gc', '--enable-source-maps', fileURLToPath(import.meta.url)],
    { stdio: 'inherit' },
  );
  process.exitCode = status ?? 1;
} else {
  await import('./src/revocation/main.ts');
}
