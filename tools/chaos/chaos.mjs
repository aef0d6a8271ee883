// `npm run chaos [-- --seed N --fault name]`: builds the services, then breaks them one fault after the other.
import '../register.mjs';

if (!process.execArgv.some((argument) => argument.includes('latchkey-source'))) {
  const { spawn } = await import('node:child_process');
  const { fileURLToPath } = await import('node:url');
  const { default: build } = await import('../stack/src/e2e/build.mjs');
  build();
  const child = spawn(
    process.execPath,
    ['--conditions=latchkey-source', '--enable-source-maps', fileURLToPath(import.meta.url), ...process.argv.slice(2)],
    { stdio: 'inherit' },
  );
  // A terminal's Ctrl-C reaches the child by itself; what is sent to us alone is passed on.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
} else {
  await import('./src/main.ts');
}
