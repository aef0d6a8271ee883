// Lets node run the TypeScript sources: `node --conditions=latchkey-source --import ./tools/register.mjs file.ts`.
import { register } from 'node:module';

register('./swc-hooks.mjs', import.meta.url);
