// Owns: the production shape as real processes on this machine: PostgreSQL, Redis, the built services. Does not own: what is tested.
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import {
  createTestDatabase,
  freePort,
  startProcess,
  startRedis,
  type RedisServer,
  type StartedProcess,
  type TestDatabase,
} from '@latchkey/testbed';
import type { BootstrapFile } from '../start/bootstrap-file.js';
import { Outside } from './outside-client.js';

const MAIN = {
  auth: fileURLToPath(new URL('../../../../apps/auth-service/dist/main.js', import.meta.url)),
  resource: fileURLToPath(new URL('../../../../apps/resource-service/dist/main.js', import.meta.url)),
};

export class Installation {
  readonly outside: Outside;
  readonly #processes: StartedProcess[] = [];
  #auth: StartedProcess | undefined;
  #resource: StartedProcess | undefined;

  private constructor(
    readonly bootstrap: BootstrapFile,
    readonly keyEncryptionKey: string,
    readonly database: TestDatabase,
    readonly redis: RedisServer,
    private readonly ports: { readonly auth: number; readonly admin: number; readonly resource: number },
    private readonly extra: Readonly<Record<string, string>>,
  ) {
    this.outside = new Outside(bootstrap);
  }

  /** PostgreSQL, Redis and both services, ready. */
  static async start(extra: Readonly<Record<string, string>> = {}): Promise<Installation> {
    const ports = { auth: await freePort(), admin: await freePort(), resource: await freePort() };
    const bootstrap: BootstrapFile = {
      issuer: `http://127.0.0.1:${ports.auth}`,
      admin_url: `http://127.0.0.1:${ports.admin}`,
      api_url: `http://127.0.0.1:${ports.resource}`,
      admin: { client_id: randomBytes(16).toString('hex'), client_secret: randomBytes(32).toString('hex') },
      user: { username: 'demo', password: randomBytes(12).toString('base64url') },
    };
    const key = randomBytes(32).toString('base64url');
    const installation = new Installation(bootstrap, key, await createTestDatabase(), await startRedis(), ports, extra);
    try {
      await installation.startAuth();
      await installation.startResource();
      return installation;
    } catch (error) {
      await installation.stop();
      throw error;
    }
  }

  async startAuth(): Promise<StartedProcess> {
    const { admin, user } = this.bootstrap;
    this.#auth = await this.#start(
      MAIN.auth,
      {
        PORT: String(this.ports.auth),
        ADMIN_PORT: String(this.ports.admin),
        ADMIN_URL: this.bootstrap.admin_url,
        REDIS_URL: this.redis.url,
        KEY_ENCRYPTION_KEY: this.keyEncryptionKey,
        BOOTSTRAP_ADMIN_CLIENT_ID: admin.client_id,
        BOOTSTRAP_ADMIN_CLIENT_SECRET: admin.client_secret,
        DEMO_USER: user.username,
        DEMO_PASSWORD: user.password,
      },
      `${this.bootstrap.admin_url}/readyz`,
    );
    return this.#auth;
  }

  async startResource(): Promise<StartedProcess> {
    const env = { PORT: String(this.ports.resource), FEED_REDIS_URL: this.redis.url };
    this.#resource = await this.#start(MAIN.resource, env, `${this.bootstrap.api_url}/readyz`);
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

  /** Everything that every service of this installation has ever written to its log. */
  output(): string {
    return this.#processes.map((process) => process.output()).join('\n');
  }

  async stop(): Promise<void> {
    for (const process of [...this.#processes].reverse()) await process.stop();
    await this.redis.stop();
    await this.database.drop();
  }

  async #start(main: string, env: Readonly<Record<string, string>>, ready: string): Promise<StartedProcess> {
    const process = await startProcess({
      command: globalThis.process.execPath,
      args: [main],
      // From any working directory.
      cwd: '/',
      ready,
      env: {
        ISSUER: this.bootstrap.issuer,
        API_IDENTIFIER: this.bootstrap.api_url,
        DATABASE_URL: this.database.url,
        ...env,
        ...this.extra,
      },
    });
    this.#processes.push(process);
    return process;
  }
}
