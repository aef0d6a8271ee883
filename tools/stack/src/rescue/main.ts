// Owns: the command `npm run rescue`. Does not own: what it makes (auth-service).
import { rescue } from '@latchkey/auth-service/rescuing';
import { onChosenDatabase, sayAndFail } from '../start/chosen-database.js';

onChosenDatabase(process.env, async (config) => {
  process.stdout.write(`${JSON.stringify(await rescue(config), null, 2)}\n`);
}).catch(sayAndFail);
