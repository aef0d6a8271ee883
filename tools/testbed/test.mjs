// `npm test [-- project … [--paths pattern]]`: brings what the tests stand on, runs them, prints `N passed, N failed` last.
// Owns the command line only; the work is in src/run-tests.ts.
import { register } from 'node:module';

register('../swc-hooks.mjs', import.meta.url);
const { runTests } = await import('./src/run-tests.ts');
process.exitCode = await runTests(process.argv.slice(2));
