/**
 * Owns what an empty database is given, what is made so at each start, and what refuses a start thereafter. Does not own what a seed or
 * the first rows hold.
 */
import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { refuseReserved } from './admin/apis/reserved-audiences.js';
import { bootstrap } from './admin/bootstrap.js';
import type { AuthServiceConfig } from './config.js';
import { hashPassword } from './interaction/passwords.js';
import type { LongestLifetimes } from './lifetimes.js';
import type { Stores } from './persistence/postgres/stores.js';
import type { Secrets } from './secrets.js';
import { seed } from './seed/seed.js';

export interface BeginningParts {
  readonly config: AuthServiceConfig;
  readonly stores: Pick<Stores, 'apis' | 'bootstrap' | 'seed'>;
  readonly secrets: Pick<Secrets, 'keys' | 'sealSecret'>;
  readonly lifetimes: LongestLifetimes;
  readonly log: Logger;
}

/** @throws Error whose message helps: no admin client and none given, a seed with faults, an API at an address of ours */
export async function begin({ config, stores, secrets, lifetimes, log }: BeginningParts): Promise<void> {
  await bootstrap({ config, store: stores.bootstrap, hashPassword, log });
  if (config.seed !== undefined) {
    await seed({
      ...{ ...config.seed, readSecret: (path: string) => readFileSync(path, 'utf8'), own: config, log },
      ...{ store: stores.seed, hashPassword, sealSecret: secrets.sealSecret },
      ensureRing: (algorithm) => secrets.keys.rotation.ensure({ algorithm }),
      raiseLongestLifetime: (seconds) => lifetimes.raiseAccess(seconds),
      raiseLongestRefresh: (seconds) => lifetimes.raiseRefresh(seconds),
    });
  }
  const apis = await stores.apis.all();
  refuseReserved(apis, config);
  await lifetimes.raiseAccess(Math.max(0, ...apis.map((api) => api.accessTokenLifetimeSeconds ?? 0)));
}
