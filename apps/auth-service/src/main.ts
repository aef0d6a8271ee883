/** Owns the process of the auth-service. */
import { runUntilSignal } from '@latchkey/process';
import { readConfig } from './config.js';
import { startAuthService } from './service.js';

await runUntilSignal(() => startAuthService(readConfig()));
