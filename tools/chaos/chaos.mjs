// `npm run chaos [-- --seed N --fault name]`: builds the services, then breaks them one fault after the other.
import { runBuilt } from '../stack/from-sources.mjs';

await runBuilt(new URL('src/main.ts', import.meta.url), process.argv.slice(2));
