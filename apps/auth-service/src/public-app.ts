/**
 * Owns the public port: Nest on Fastify, raw text bodies, the endpoints for machines and the pages for people.
 * Does not own a rule.
 */
import type { AuthorizationServer } from '@latchkey/protocol';
import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { BrokenWorldFilter } from './http/broken-world.filter.js';
import { endpointController } from './http/endpoint-controllers.js';
import { drainOnClose, nestLogger } from '@latchkey/process';

/** Larger than any legal authorization or token request, small enough to cost nothing. */
const BODY_LIMIT_BYTES = 64 * 1024;

export interface PublicAppParts {
  readonly server: AuthorizationServer;
  /** Login and consent. */
  readonly pages: DynamicModule;
  readonly log: Logger;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** CIDR list of the proxies whose forwarding headers count; undefined trusts nobody. */
  readonly trustProxy?: string;
}

@Module({})
class PublicModule {}

export interface PublicApp {
  /** Answers where it listens; port 0 takes a free one. */
  listen(port: number, host: string): Promise<string>;
  /** Answers what was accepted, then closes. */
  close(): Promise<void>;
}

export async function createPublicApp(parts: PublicAppParts): Promise<PublicApp> {
  const { server } = parts;
  const module: DynamicModule = {
    module: PublicModule,
    imports: [parts.pages],
    controllers: [
      endpointController(['/token'], server.token),
      endpointController(['/revoke'], server.revocation),
      endpointController(['/jwks'], server.jwks),
      endpointController(
        ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'],
        server.metadata,
      ),
    ],
  };
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    logger: false,
    // A closing server finishes what it has accepted and closes idle connections at once.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // Fastify's default waits for a slow body for ever.
    requestTimeout: 30_000,
    routerOptions: { ignoreTrailingSlash: true },
    ...(parts.trustProxy === undefined ? {} : { trustProxy: parts.trustProxy }),
    ...(parts.tls === undefined ? {} : { https: { ...parts.tls, minVersion: 'TLSv1.2' } }),
  });
  drainOnClose(adapter.getInstance());
  // RFC 6749 errors are the protocol's to give, so every body reaches it as the text that it is.
  adapter.getInstance().removeAllContentTypeParsers();
  adapter.getInstance().addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    done(null, body);
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    bodyParser: false,
    logger: nestLogger(parts.log),
  });
  app.useGlobalFilters(new BrokenWorldFilter(parts.log));
  return {
    listen: async (port, host) => {
      await app.listen(port, host);
      return app.getUrl();
    },
    close: () => app.close(),
  };
}
