/**
 * Owns the public port: Nest on Fastify, raw text bodies, the endpoints for machines and the pages for people.
 * Does not own a rule.
 */
import type { AuthorizationServer, Endpoint } from '@latchkey/protocol';
import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { BrokenWorldFilter } from './http/broken-world.filter.js';
import { callerAddress } from './http/caller-address.js';
import { answerAcrossOrigins, withoutOrigin } from './http/cross-origin.js';
import { endpointController } from './http/endpoint-controllers.js';
import type { RememberedOrigins } from './http/remembered-origins.js';
import { openShortWay } from './http/short-way.js';
import {
  answerBadPath,
  answerUnreadable,
  ARRIVAL_MS,
  drainOnClose,
  keepCertificateCurrent,
  nestLogger,
  nodeServerOptions,
  NO_SCHEMAS,
  type Tls,
  tlsOptions,
  type UnreadableForm,
} from '@latchkey/process';

/** Larger than any legal authorization or token request, small enough to cost nothing. */
const BODY_LIMIT_BYTES = 64 * 1024;

export interface PublicAppParts {
  readonly server: AuthorizationServer;
  /** Whose scripts may read what machines are answered. */
  readonly origins: RememberedOrigins;
  /** Login and consent. */
  readonly pages: DynamicModule;
  readonly log: Logger;
  readonly tls?: Tls;
  /** CIDR list of the proxies whose forwarding headers count; undefined trusts nobody. */
  readonly trustProxy?: string;
}

/** RFC 6749 §5.2, for machines: a browser sends none of these. */
const UNREADABLE: UnreadableForm = ({ detail }) => ({
  type: 'application/json',
  body: JSON.stringify({ error: 'invalid_request', error_description: detail }),
});

/** For machines, by path. */
const endpointsOf = (server: AuthorizationServer): ReadonlyMap<string, Endpoint> =>
  new Map([
    ['/token', server.token],
    ['/revoke', server.revocation],
    ['/introspect', server.introspection],
    ['/userinfo', server.userinfo],
    ['/jwks', server.jwks],
    ['/.well-known/openid-configuration', server.metadata],
    ['/.well-known/oauth-authorization-server', server.metadata],
  ]);

@Module({})
class PublicModule {}

export interface PublicApp {
  /** Answers where it listens; port 0 takes a free one. */
  listen(port: number, host: string): Promise<string>;
  /** Answers what was accepted, then closes. */
  close(): Promise<void>;
}

export async function createPublicApp(parts: PublicAppParts): Promise<PublicApp> {
  const endpoints = endpointsOf(parts.server);
  const module: DynamicModule = {
    module: PublicModule,
    imports: [parts.pages],
    controllers: [...endpoints].map(([path, endpoint]) => endpointController([path], endpoint)),
  };
  const http = nodeServerOptions();
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    logger: false,
    // Nest middleware is used by nobody here; its plugin would be asked on every request.
    skipMiddie: true,
    schemaController: NO_SCHEMAS,
    // A closing server finishes what it has accepted and closes idle connections at once.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    requestTimeout: ARRIVAL_MS,
    routerOptions: { ignoreTrailingSlash: true },
    ...(parts.trustProxy === undefined ? {} : { trustProxy: parts.trustProxy }),
    frameworkErrors: answerBadPath(UNREADABLE),
    ...(parts.tls === undefined ? { http } : { https: { ...http, ...tlsOptions(parts.tls) } }),
  });
  const draining = drainOnClose(adapter.getInstance());
  openShortWay(adapter.getInstance(), {
    ...{ endpoints, bodyLimitBytes: BODY_LIMIT_BYTES, headersAt: withoutOrigin, draining, log: parts.log },
    addressOf: callerAddress(parts.trustProxy),
  });
  answerUnreadable(adapter.getInstance(), UNREADABLE);
  keepCertificateCurrent(adapter.getInstance(), parts.tls, parts.log);
  answerAcrossOrigins(adapter.getInstance(), parts.origins);
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
