/**
 * Owns the wiring of a guard into a Nest application, every route closed. Does not own a rule.
 */
import { Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { machineClock } from '../machine-clock.js';
import type { GuardLog } from '../guard-log.js';
import { ResourceGuard, type ResourceGuardOptions } from '../resource-guard.js';
import { LatchkeyGuard } from './latchkey-guard.js';
import { LatchkeyStrategy } from './latchkey-strategy.js';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, type LatchkeyModuleOptions } from './module-options.js';
import { ResourceMetadataController } from './resource-metadata-controller.js';
import { RouteBounds } from './route-bounds.js';

@Module({
  imports: [DiscoveryModule],
  controllers: [ResourceMetadataController],
  providers: [
    { provide: ResourceGuard, inject: [MODULE_OPTIONS_TOKEN], useFactory: startGuard },
    LatchkeyStrategy,
    RouteBounds,
    { provide: APP_GUARD, useClass: LatchkeyGuard },
  ],
  exports: [ResourceGuard],
})
export class LatchkeyModule extends ConfigurableModuleClass implements OnApplicationShutdown {
  constructor(
    private readonly guard: ResourceGuard,
    private readonly strategy: LatchkeyStrategy,
  ) {
    super();
  }

  /** Nest calls this when the server has answered what it had accepted. */
  async onApplicationShutdown(): Promise<void> {
    this.strategy.retire();
    await this.guard.close();
  }
}

async function startGuard(given: LatchkeyModuleOptions): Promise<ResourceGuard> {
  const options = { log: nestLog(), ...given };
  return ResourceGuard.start({ ...options, feed: await feedOf(options) });
}

async function feedOf(options: LatchkeyModuleOptions): Promise<ResourceGuardOptions['feed']> {
  if ('feed' in options) return options.feed;
  // Only here, so that an application with a feed of its own needs no redis package.
  const { RedisFeed } = await import('@latchkey/tokens/redis');
  const { clock = machineClock, log } = options;
  return new RedisFeed({
    url: options.feedRedisUrl,
    clock,
    onEvent: (event) => {
      if (event.type === 'connected') log?.info({}, 'connected to the revocation feed');
      else
        log?.warn(
          { cause: event.error instanceof Error ? event.error.message : 'unknown' },
          'lost the revocation feed',
        );
    },
  });
}

/** Nest's own logger, for whoever gives none: a guard that cannot hear the feed must not be silent about it. */
function nestLog(): GuardLog {
  const logger = new Logger('Latchkey');
  const line = (detail: Readonly<Record<string, unknown>>, message: string): string =>
    Object.keys(detail).length === 0 ? message : `${message} ${JSON.stringify(detail)}`;
  return {
    debug: (detail, message) => {
      logger.debug(line(detail, message));
    },
    info: (detail, message) => {
      logger.log(line(detail, message));
    },
    warn: (detail, message) => {
      logger.warn(line(detail, message));
    },
  };
}
