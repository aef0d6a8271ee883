// One process of `npm run bench` that runs our sources: the load generator, or the floors.
import '../register.mjs';

await (process.argv[2] === 'load' ? import('./src/speed/load/child.ts') : import('./src/speed/floors/child.ts'));
