/**
 * Owns the start and the end of the resource-service within a process: database, guard, HTTP. Does not own the process
 * (main) nor a rule.
 */
import 'reflect-metadata';
import type { LatchkeyModuleOptions } from '@latchkey/resource-guard/nest';
import type { RevocationFeed, VerificationKeys } from '@latchkey/tokens';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DestinationStream, Logger } from 'pino';
import { AppModule } from './app.module.js';
import type { ResourceServiceConfig } from './config.js';
import {
  answerBadPath,
  answerUnreadable,
  ARRIVAL_MS,
  ConfigurationError,
  createLog,
  drainOnClose,
  keepCertificateCurrent,
  nestLogger,
  nodeServerOptions,
  tlsOptions,
  type UnreadableForm,
} from '@latchkey/process';
import { PROBLEM_TYPE, problemDocument, ProblemFilter } from './operations/problem-filter.js';
import { dataSource } from './persistence/data-source.js';
import { migrateSchema } from './persistence/migrate-schema.js';

export interface ResourceServiceParts {
  /** In place of the one at FEED_REDIS_URL. */
  readonly feed?: RevocationFeed;
  /** In place of the issuer's JWKS. */
  readonly keys?: VerificationKeys;
  /** In place of standard output. */
  readonly logTo?: DestinationStream;
}

export interface ResourceService {
  /** Where it listens. */
  readonly url: string;
  /** Stops accepting, finishes what was accepted, then closes feed and database. Safe to call twice. */
  close(): Promise<void>;
}

/** 10,000 characters, each escaped as a pair of \uXXXX, and some room. */
const BODY_LIMIT_BYTES = 128 * 1024;
const STATEMENT_TIMEOUT_MS = 4000;

const UNREADABLE: UnreadableForm = (unreadable) => ({ type: PROBLEM_TYPE, body: problemDocument(unreadable) });

/**
 * Makes the schema current, then listens. The issuer and the feed may answer later: /readyz tells.
 * @throws ConfigurationError without a feed; whatever PostgreSQL says when it does not answer.
 */
export async function startResourceService(
  config: ResourceServiceConfig,
  parts: ResourceServiceParts = {},
): Promise<ResourceService> {
  const log = createLog('resource-service', config.logLevel, parts.logTo);
  const guard = guardOptions(config, parts, log);
  await migrateSchema(config).catch((error: unknown) => {
    if (error instanceof Error) log.debug({ stack: error.stack }, 'could not start');
    throw error;
  });
  const database = dataSource({
    url: config.databaseUrl,
    poolSize: config.databasePoolSize,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  });
  await database.initialize();
  const fastify = adapter(config, log);
  drainOnClose(fastify.getInstance());
  keepCertificateCurrent(fastify.getInstance(), config.tls, log);
  let app: NestFastifyApplication | undefined;
  try {
    app = await NestFactory.create<NestFastifyApplication>(AppModule.compose({ guard, database }), fastify, {
      bodyParser: false,
      abortOnError: false,
      logger: nestLogger(log),
    });
    app.useGlobalFilters(new ProblemFilter(log));
    await app.listen(config.port, config.host);
  } catch (error) {
    await app?.close();
    await database.destroy();
    throw error;
  }
  const listening = app;
  const url = await app.getUrl();
  log.info({ url }, 'listening');
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await listening.close();
    await database.destroy();
    log.info({}, 'closed');
  };
  return { url, close: () => (closing ??= close()) };
}

function guardOptions(config: ResourceServiceConfig, parts: ResourceServiceParts, log: Logger): LatchkeyModuleOptions {
  const { issuer, issuerInternalUrl, sharedSecrets, maxStalenessMs, watermarkIntervalMs, onStale } = config;
  const rest = {
    ...{ issuer, issuerInternalUrl, maxStalenessMs, watermarkIntervalMs, onStale, log, keys: parts.keys },
    ...{ audience: config.apiIdentifier, sharedSecrets },
    resourceName: 'Latchkey notes',
    scopesSupported: ['notes:read', 'notes:write'],
  };
  if (parts.feed !== undefined) return { ...rest, feed: parts.feed };
  if (config.feedRedisUrl !== undefined) return { ...rest, feedRedisUrl: config.feedRedisUrl };
  throw new ConfigurationError(['FEED_REDIS_URL is missing; give FEED_REDIS_URL or FEED_REDIS_URL_FILE']);
}

function adapter(config: ResourceServiceConfig, log: Logger): FastifyAdapter {
  const http = nodeServerOptions();
  const fastify = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    logger: false,
    // A closing server finishes what it has accepted, also on connections that are kept alive, and closes idle ones.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    requestTimeout: ARRIVAL_MS,
    ...(config.trustProxy === undefined ? {} : { trustProxy: config.trustProxy }),
    frameworkErrors: answerBadPath(UNREADABLE),
    ...(config.tls === undefined ? { http } : { https: { ...http, ...tlsOptions(config.tls) } }),
  });
  const instance = fastify.getInstance();
  answerUnreadable(instance, UNREADABLE);
  // JSON only: what is not is 415.
  instance.removeContentTypeParser('text/plain');
  instance.addHook('onResponse', (request, reply, done) => {
    // The route and not the URL: a query may hold what nobody should have put there.
    const { method, routeOptions } = request;
    const ms = Math.round(reply.elapsedTime);
    log.info({ method, route: routeOptions.url ?? null, status: reply.statusCode, ms }, 'answered');
    done();
  });
  return fastify;
}
