/**
 * Owns the product as it runs in production: the built service as processes of their own, PostgreSQL with fsync, Redis, filled by
 * a seed. Does not own what is asked of it (latchkey-drills).
 */
import { randomBytes } from 'node:crypto';
import { bootstrapFor, Endings, Outside, startAuthService, type ServiceSettings } from '@latchkey/stack';
import {
  freePort,
  startRedis,
  startTestPostgres,
  type RedisServer,
  type StartedProcess,
  type TestPostgres,
} from '@latchkey/testbed';
import { SEED } from './seed.js';

interface Place {
  readonly port: number;
  readonly adminPort: number;
  readonly redisUrl: string;
}

export interface LatchkeySize {
  /** How many auth-services; 1 when left out. */
  readonly auths?: number;
  /** PostgreSQL with fsync; true when left out. */
  readonly durable?: boolean;
  /** Further settings of every auth-service. */
  readonly extra?: Readonly<Record<string, string>>;
}

export class Latchkey {
  readonly outside: Outside;
  readonly #processes: StartedProcess[] = [];

  private constructor(
    private readonly settings: ServiceSettings,
    readonly postgres: TestPostgres,
    readonly redis: RedisServer,
    private readonly places: readonly Place[],
    private readonly endings: Endings,
  ) {
    this.outside = new Outside(settings.bootstrap);
  }

  /** Ready, migrated and filled. A start that fails leaves nothing behind. */
  static async start({ auths = 1, durable = true, extra = {} }: LatchkeySize = {}): Promise<Latchkey> {
    const endings = new Endings();
    try {
      const postgres = endings.keep(await startTestPostgres({ durable }));
      const redis = endings.keep(await startRedis());
      const free = await Promise.all(Array.from({ length: 2 * auths + 1 }, freePort));
      const places = Array.from({ length: auths }, (_, n) => ({
        port: free[2 * n + 1] ?? 0,
        adminPort: free[2 * n + 2] ?? 0,
        redisUrl: redis.url,
      }));
      const settings = {
        bootstrap: bootstrapFor({
          auth: places[0]?.port ?? 0,
          admin: places[0]?.adminPort ?? 0,
          resource: free[0] ?? 0,
        }),
        keyEncryptionKey: randomBytes(32).toString('base64url'),
        databaseUrl: postgres.url,
        extra: { NODE_ENV: 'production', LOG_LEVEL: 'warn', SEED: JSON.stringify(SEED), ...extra },
      };
      const latchkey = new Latchkey(settings, postgres, redis, places, endings);
      endings.add(() => Promise.all(latchkey.#processes.map((process) => process.stop())));
      for (const index of places.keys()) await latchkey.startAuth(index);
      return latchkey;
    } catch (error) {
      await endings.run();
      throw error;
    }
  }

  get origins(): readonly string[] {
    return this.places.map(({ port }) => `http://127.0.0.1:${port}`);
  }

  get servers(): readonly number[] {
    return this.#processes.map(({ pid }) => pid);
  }

  get processes(): readonly StartedProcess[] {
    return this.#processes;
  }

  get stores(): readonly number[] {
    return [this.postgres.pid, this.redis.pid];
  }

  /** Holds the password of the database, for whoever fills it. */
  get databaseUrl(): string {
    return this.postgres.url;
  }

  /** Stops it if it runs. Resolves when it is ready. */
  async startAuth(index: number): Promise<void> {
    const place = this.places[index];
    if (place === undefined) throw new Error(`There is no auth-service ${index}.`);
    await this.#processes[index]?.stop();
    this.#processes[index] = await startAuthService(this.settings, place);
  }

  /** Starts the first one again, and answers the milliseconds from the start of its process until it says that it is ready. */
  async timedStart(): Promise<number> {
    await this.#processes[0]?.stop();
    const began = performance.now();
    await this.startAuth(0);
    return performance.now() - began;
  }

  async stop(): Promise<void> {
    await this.endings.run();
  }
}
