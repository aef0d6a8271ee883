// Owns: the production shape as real processes on this machine: PostgreSQL, Redis, the built services. Does not own: what is tested.
import { randomBytes } from 'node:crypto';
import { createTestDatabase, freePort, startRedis, type RedisServer, type StartedProcess } from '@latchkey/testbed';
import type { BootstrapFile } from '../start/bootstrap-file.js';
import { bootstrapFor, startAuthService, startResourceService, type ServiceSettings } from './built-services.js';
import { Endings } from './endings.js';
import { Outside } from './outside-client.js';

export class Installation {
  readonly outside: Outside;
  readonly #processes: StartedProcess[] = [];
  #auth: StartedProcess | undefined;
  #resource: StartedProcess | undefined;

  private constructor(
    readonly bootstrap: BootstrapFile,
    readonly keyEncryptionKey: string,
    /** Holds the password of the database. */
    readonly databaseUrl: string,
    readonly redis: RedisServer,
    /** Holds the password of Redis, if it asks for one. */
    private readonly redisUrl: string,
    private readonly ports: { readonly auth: number; readonly admin: number; readonly resource: number },
    private readonly extra: Readonly<Record<string, string>>,
    private readonly endings: Endings,
  ) {
    this.outside = new Outside(bootstrap);
  }

  /**
   * PostgreSQL, Redis and both services, ready. A start that fails leaves nothing behind.
   * @param extra further settings of both services; DATABASE_URL takes the place of a database of its own
   */
  static async start(
    extra: Readonly<Record<string, string>> = {},
    { redisPassword }: { readonly redisPassword?: string } = {},
  ): Promise<Installation> {
    const endings = new Endings();
    try {
      const databaseUrl = extra['DATABASE_URL'] ?? (await newDatabase(endings));
      const extraArgs = redisPassword === undefined ? [] : ['--requirepass', redisPassword];
      const redis = endings.keep(await startRedis({ extraArgs }));
      const redisUrl = new URL(redis.url);
      redisUrl.password = redisPassword ?? '';
      const ports = { auth: await freePort(), admin: await freePort(), resource: await freePort() };
      const key = randomBytes(32).toString('base64url');
      const bootstrap = bootstrapFor(ports);
      const fixed = [bootstrap, key, databaseUrl, redis, redisUrl.href, ports, extra, endings] as const;
      const installation = new Installation(...fixed);
      await installation.startAuth();
      await installation.startResource();
      return installation;
    } catch (error) {
      await endings.run();
      throw error;
    }
  }

  /** The same addresses, secrets and Redis on another database; nothing of it runs yet. */
  on(databaseUrl: string, more: Readonly<Record<string, string>> = {}): Installation {
    const { bootstrap, keyEncryptionKey, redis, redisUrl, ports } = this;
    const extra = { ...this.extra, ...more, DATABASE_URL: databaseUrl };
    const fixed = [bootstrap, keyEncryptionKey, databaseUrl, redis, redisUrl, ports, extra, new Endings()] as const;
    return new Installation(...fixed);
  }

  async startAuth(): Promise<StartedProcess> {
    const ports = { port: this.ports.auth, adminPort: this.ports.admin };
    this.#auth = this.#keep(await startAuthService(this.#settings(), { ...ports, redisUrl: this.redisUrl }));
    return this.#auth;
  }

  async startResource(): Promise<StartedProcess> {
    const place = { port: this.ports.resource, feedRedisUrl: this.redisUrl };
    this.#resource = this.#keep(await startResourceService(this.#settings(), place));
    return this.#resource;
  }

  async restartResource(): Promise<void> {
    await this.#resource?.stop();
    await this.startResource();
  }

  /** SIGTERM; resolves with the exit code. */
  async stopAuth(): Promise<number | null> {
    return (await this.#auth?.stop('SIGTERM')) ?? null;
  }

  /** SIGTERM; resolves with the exit code. */
  async stopResource(): Promise<number | null> {
    return (await this.#resource?.stop('SIGTERM')) ?? null;
  }

  /** Everything that every service of this installation has ever written to its log. */
  output(): string {
    return this.#processes.map((process) => process.output()).join('\n');
  }

  async stop(): Promise<void> {
    await this.endings.run();
  }

  #settings(): ServiceSettings {
    const { bootstrap, keyEncryptionKey, databaseUrl, extra } = this;
    return { bootstrap, keyEncryptionKey, databaseUrl, extra };
  }

  #keep(process: StartedProcess): StartedProcess {
    this.#processes.push(process);
    this.endings.add(() => process.stop());
    return process;
  }
}

async function newDatabase(endings: Endings): Promise<string> {
  const database = await createTestDatabase();
  endings.add(() => database.drop());
  return database.url;
}
