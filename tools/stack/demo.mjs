// `npm run demo`: a third-party client walks the whole main job against the running stack. Reads no source of the services.
import '../register.mjs';

await import('./src/demo/main.ts');
