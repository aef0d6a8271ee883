/** Owns the check at start that every `@MaxStaleness` can be kept (revocation.md V12). Does not own the bound itself. */
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { ResourceGuard } from '../resource-guard.js';
import { MAX_STALENESS } from './decorators.js';

@Injectable()
export class RouteBounds implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
    private readonly guard: ResourceGuard,
  ) {}

  /** @throws Error naming the route whose bound is under four watermark intervals. */
  onModuleInit(): void {
    for (const { metatype } of this.discovery.getControllers()) {
      if (typeof metatype !== 'function') continue;
      this.check(metatype, metatype.name);
      const prototype: unknown = metatype.prototype;
      if (typeof prototype !== 'object' || prototype === null) continue;
      for (const name of this.scanner.getAllMethodNames(prototype)) {
        const handler: unknown = Reflect.get(prototype, name);
        if (typeof handler === 'function') this.check(handler, `${metatype.name}.${name}`);
      }
    }
  }

  // eslint sees a Function where Nest's reflector wants one: any function is a fine target of metadata.
  private check(target: Parameters<Reflector['get']>[1], route: string): void {
    const bound = this.reflector.get<number | undefined>(MAX_STALENESS, target);
    if (bound !== undefined) this.guard.assertBound(bound, `@MaxStaleness on ${route}`);
  }
}
