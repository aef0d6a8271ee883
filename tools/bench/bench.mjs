// `npm run bench`, `bench:admin`, `bench:revocation` and `bench:storm`: builds the services, then runs the sources of the one that is
// named first, a folder of src. It may collect its garbage when it is told to: what is weighed must be alone in memory.
import { runBuilt } from '../stack/from-sources.mjs';

const [name, ...args] = process.argv.slice(2);
await runBuilt(new URL(`src/${name}/main.ts`, import.meta.url), args, ['--expose-gc']);
