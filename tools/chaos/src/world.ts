// Owns: the installation that is broken: 2 auth-services, 3 guards, a PostgreSQL and a Redis of its own, a wire for each service.
// Does not own: the load, the faults, the verdict.
import { randomBytes } from 'node:crypto';
import { freePort, startRedis, startTestPostgres, type RedisServer, type TestPostgres } from '@latchkey/testbed';
import {
  bootstrapFor,
  Endings,
  Outside,
  startAuthService,
  startResourceService,
  type ServiceSettings,
} from '@latchkey/stack';
import { Service } from './service.js';
import { TcpProxy } from './tcp-proxy.js';

export const MAX_STALENESS_MS = 5000;
const AUTH_SERVICES = 2;
const GUARDS = 3;

const SETTINGS = {
  MAX_STALENESS_MS: String(MAX_STALENESS_MS),
  // Longer than a run: what is refused at the end is refused because it was revoked.
  ACCESS_TOKEN_LIFETIME_SECONDS: '3600',
  // As often as it can be: whatever is broken, some key is announced or has just begun to sign. A guard that hears nothing is
  // fenced before a key signs that it has not heard of.
  KEY_ANNOUNCE_SECONDS: String(MAX_STALENESS_MS / 1000 + 1),
  KEY_USE_SECONDS: String(MAX_STALENESS_MS / 1000 + 2),
  LOG_LEVEL: 'warn',
};

export class World {
  readonly outside: Outside;

  private constructor(
    readonly auths: readonly Service[],
    readonly guards: readonly Service[],
    readonly postgres: TestPostgres,
    private currentRedis: RedisServer,
    settings: ServiceSettings,
    private readonly endings: Endings,
  ) {
    this.outside = new Outside(settings.bootstrap);
  }

  /** Everything is ready when it resolves; what had started is stopped when it rejects. */
  static async start(): Promise<World> {
    const endings = new Endings();
    try {
      const postgres = endings.keep(await startTestPostgres());
      // It writes all that it has acknowledged to its file; what becomes of that is for the faults to say.
      const redis = endings.keep(await startRedis({ appendonly: true }));
      const ports = await Promise.all(Array.from({ length: 2 * AUTH_SERVICES + GUARDS }, freePort));
      const port = (index: number): number => ports[index] ?? 0;
      const settings: ServiceSettings = {
        bootstrap: bootstrapFor({ auth: port(0), admin: port(AUTH_SERVICES), resource: port(2 * AUTH_SERVICES) }),
        keyEncryptionKey: randomBytes(32).toString('base64url'),
        databaseUrl: postgres.url,
        extra: SETTINGS,
      };
      const wires: TcpProxy[] = [];
      for (let n = 0; n < AUTH_SERVICES + GUARDS; n++) wires.push(endings.keep(await TcpProxy.start(redis.port)));
      const auths = wires.slice(0, AUTH_SERVICES).map((redisWire, n) => {
        const place = { port: port(n), adminPort: port(AUTH_SERVICES + n) };
        return endings.keep(authService(n + 1, settings, place, redisWire));
      });
      const guards = wires.slice(AUTH_SERVICES).map((redisWire, n) => {
        const place = { port: port(2 * AUTH_SERVICES + n), issuerPort: port(n % AUTH_SERVICES) };
        return endings.keep(guardService(n + 1, settings, place, redisWire));
      });
      for (const services of [auths, guards]) await startTogether(services);
      return new World(auths, guards, postgres, redis, settings, endings);
    } catch (error) {
      await endings.run();
      throw error;
    }
  }

  get services(): readonly Service[] {
    return [...this.auths, ...this.guards];
  }

  /** The one that serves: another one after a failover. */
  get redis(): RedisServer {
    return this.currentRedis;
  }

  /** Another Redis, stopped at the end at the latest. */
  async anotherRedis(): Promise<RedisServer> {
    return this.endings.keep(await startRedis({ appendonly: true }));
  }

  serveFrom(redis: RedisServer): void {
    this.currentRedis = redis;
  }

  keep<Thing extends { stop(): Promise<unknown> }>(thing: Thing): Thing {
    return this.endings.keep(thing);
  }

  async stop(): Promise<void> {
    await this.endings.run();
  }
}

/** Rejects, if any does not start, when none of them is starting any more. */
async function startTogether(services: readonly Service[]): Promise<void> {
  const outcomes = await Promise.allSettled(services.map((service) => service.start()));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

function authService(
  number: number,
  settings: ServiceSettings,
  ports: { readonly port: number; readonly adminPort: number },
  redisWire: TcpProxy,
): Service {
  const redisUrl = `redis://127.0.0.1:${redisWire.port}`;
  return new Service({
    name: `auth ${number}`,
    url: `http://127.0.0.1:${ports.port}`,
    readyUrl: `http://127.0.0.1:${ports.adminPort}/readyz`,
    redisWire,
    start: () => startAuthService(settings, { ...ports, redisUrl }),
  });
}

function guardService(
  number: number,
  settings: ServiceSettings,
  { port, issuerPort }: { readonly port: number; readonly issuerPort: number },
  redisWire: TcpProxy,
): Service {
  const feedRedisUrl = `redis://127.0.0.1:${redisWire.port}`;
  const issuerInternalUrl = `http://127.0.0.1:${issuerPort}`;
  return new Service({
    name: `guard ${number}`,
    url: `http://127.0.0.1:${port}`,
    readyUrl: `http://127.0.0.1:${port}/readyz`,
    redisWire,
    start: () => startResourceService(settings, { port, feedRedisUrl, issuerInternalUrl }),
  });
}
