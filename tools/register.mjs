// Lets node run the TypeScript sources: `node --import ./tools/register.mjs file.ts`.
import { register } from 'node:module';

register('./swc-hooks.mjs', import.meta.url);
