/** The door of the guard for NestJS, on Fastify or Express. */
export type { AccessTokenClaims } from '@latchkey/tokens';
export { ResourceGuard, type GuardStatus } from '../resource-guard.js';
export { AccessToken, MaxStaleness, Public, RequiredScope } from './decorators.js';
export { LatchkeyGuard } from './latchkey-guard.js';
export { LatchkeyModule } from './latchkey-module.js';
export type { LatchkeyModuleOptions } from './module-options.js';
export { LatchkeyStrategy } from './latchkey-strategy.js';
export { NotAdmitted } from './not-admitted.js';
