// `npm start`: runs the stack from its sources, without a build.
import '../register.mjs';

process.setSourceMapsEnabled(true);
// Before everything else is loaded: npm may end meanwhile.
await import('./src/start/launcher.ts');
await import('./src/start/main.ts');
