// `npm run rescue`: a new admin client, for whoever has the database. Runs from the sources, without a build.
import { runFromSources } from './from-sources.mjs';

await runFromSources(new URL('src/rescue/main.ts', import.meta.url));
