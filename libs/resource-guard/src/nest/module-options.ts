/** Owns what an application tells the module. Does not own the defaults: the guard has them. */
import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { ResourceGuardOptions } from '../resource-guard.js';

export type LatchkeyModuleOptions = Omit<ResourceGuardOptions, 'feed'> & {
  /** Human-readable name of this API, for RFC 9728. */
  readonly resourceName?: string | undefined;
  /** What its metadata say that it understands, for RFC 9728. */
  readonly scopesSupported?: readonly string[] | undefined;
} & (
    | {
        /** redis:// or rediss://, as a user with feedAclRules of @latchkey/tokens/redis. Needs the package `redis`. */
        readonly feedRedisUrl: string;
      }
    | { readonly feed: ResourceGuardOptions['feed'] }
  );

/** Nest's own builder gives forRoot and forRootAsync. */
export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<LatchkeyModuleOptions>()
  .setClassMethodName('forRoot')
  .build();
