// Owns: one installation of several instances, as real processes: auth-services and guards on one PostgreSQL and one Redis, each
// with an address of its own. Does not own: what is asked of them.
import { randomBytes } from 'node:crypto';
import { freePort, startRedis, startTestPostgres, type StartedProcess } from '@latchkey/testbed';
import pg from 'pg';
import { bootstrapFor, startAuthService, startResourceService, type ServiceSettings } from '../built-services.js';
import { Endings } from '../endings.js';
import { Outside } from '../outside-client.js';

export interface FleetSize {
  readonly auths: number;
  readonly guards: number;
  /** PostgreSQL with fsync, as in production; without it when left out. */
  readonly durable?: boolean;
}

interface Ports {
  readonly auths: readonly { readonly port: number; readonly adminPort: number }[];
  readonly guards: readonly number[];
}

export class Fleet {
  /** The installation by way of each auth-service: the issuer in its tokens is the same. */
  readonly auths: readonly Outside[];
  /** The installation by way of each guard. */
  readonly guards: readonly Outside[];
  readonly #guardProcesses: StartedProcess[] = [];

  private constructor(
    private readonly settings: ServiceSettings,
    private readonly ports: Ports,
    private readonly redisUrl: string,
    private readonly endings: Endings,
  ) {
    const { bootstrap } = settings;
    this.auths = ports.auths.map(
      ({ port, adminPort }) => new Outside({ ...bootstrap, issuer: localhost(port), admin_url: localhost(adminPort) }),
    );
    this.guards = ports.guards.map((port) => new Outside({ ...bootstrap, api_url: localhost(port) }));
  }

  /** All of them ready. A start that fails leaves nothing behind. @param extra further settings of every service */
  static async start(
    { auths, guards, durable = false }: FleetSize,
    extra: Readonly<Record<string, string>>,
  ): Promise<Fleet> {
    const endings = new Endings();
    try {
      const postgres = endings.keep(await startTestPostgres({ durable }));
      const redis = endings.keep(await startRedis());
      const free = await Promise.all(Array.from({ length: 2 * auths + guards }, freePort));
      const ports: Ports = {
        auths: Array.from({ length: auths }, (_, n) => ({ port: free[2 * n] ?? 0, adminPort: free[2 * n + 1] ?? 0 })),
        guards: free.slice(2 * auths),
      };
      const [first = { port: 0, adminPort: 0 }] = ports.auths;
      const settings = {
        bootstrap: bootstrapFor({ auth: first.port, admin: first.adminPort, resource: ports.guards[0] ?? 0 }),
        keyEncryptionKey: randomBytes(32).toString('base64url'),
        databaseUrl: postgres.url,
        extra,
      };
      const fleet = new Fleet(settings, ports, redis.url, endings);
      await fleet.#startAll();
      return fleet;
    } catch (error) {
      await endings.run();
      throw error;
    }
  }

  /** At the database, for what no endpoint says or does. */
  async query(sql: string, values: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const client = new pg.Client({ connectionString: this.settings.databaseUrl });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  /** SIGTERM, and again; resolves when it is ready. */
  async restartGuard(index: number): Promise<void> {
    await this.#guardProcesses[index]?.stop('SIGTERM');
    await this.#startGuard(index);
  }

  async stop(): Promise<void> {
    await this.endings.run();
  }

  async #startAll(): Promise<void> {
    for (const place of this.ports.auths) {
      this.endings.keep(await startAuthService(this.settings, { ...place, redisUrl: this.redisUrl }));
    }
    for (const index of this.ports.guards.keys()) await this.#startGuard(index);
  }

  /** Guards are spread over the auth-services, as behind a balancer. */
  async #startGuard(index: number): Promise<void> {
    const issuer = this.ports.auths[index % this.ports.auths.length];
    const started = await startResourceService(this.settings, {
      port: this.ports.guards[index] ?? 0,
      feedRedisUrl: this.redisUrl,
      ...(issuer === undefined ? {} : { issuerInternalUrl: localhost(issuer.port) }),
    });
    this.#guardProcesses[index] = this.endings.keep(started);
  }
}

const localhost = (port: number): string => `http://127.0.0.1:${port}`;
