// `npm run restore -- DUMP`: makes a system of a dump, or says that one was made. Runs from the sources, without a build.
import { runFromSources } from './from-sources.mjs';

await runFromSources(new URL('src/restore/main.ts', import.meta.url));
