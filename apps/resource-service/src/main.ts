/** Owns the process of the resource-service. */
import { runUntilSignal } from '@latchkey/process';
import { readConfig } from './config.js';
import { startResourceService } from './service.js';

await runUntilSignal(() => startResourceService(readConfig()));
