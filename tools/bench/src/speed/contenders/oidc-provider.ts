/**
 * Owns oidc-provider with its own Redis as processes, filled with the same clients and APIs as ours. Does not own how it is set
 * (tools/bench/peers), nor what it is asked (oidc-provider-drills).
 */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { Endings } from '@latchkey/stack';
import { freePort, startProcess, startRedis, type RedisServer, type StartedProcess } from '@latchkey/testbed';
import { PEERS } from '../peers.js';
import { REDIRECT_URI } from '../shots.js';
import { ALGORITHMS, API, MACHINE, TOKEN_LIFETIME_SECONDS, WEB } from './seed.js';

/** Each write of Redis is on its disk before it is answered; without it Redis keeps nothing. */
const DURABLE = { appendonly: true, extraArgs: ['--appendfsync', 'always'] } as const;

export class OidcProvider {
  #process: StartedProcess | undefined;

  private constructor(
    readonly redis: RedisServer,
    private readonly port: number,
    private readonly settings: string,
    private readonly endings: Endings,
  ) {}

  /** Ready. A start that fails leaves nothing behind. @param durable whether its Redis syncs each write to the disk */
  static async start(durable: boolean): Promise<OidcProvider> {
    const endings = new Endings();
    try {
      const redis = endings.keep(await startRedis(durable ? DURABLE : {}));
      const provider = new OidcProvider(redis, await freePort(), JSON.stringify(settings()), endings);
      endings.add(() => provider.#process?.stop());
      await provider.timedStart();
      return provider;
    } catch (error) {
      await endings.run();
      throw error;
    }
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get servers(): readonly number[] {
    return this.#process === undefined ? [] : [this.#process.pid];
  }

  get stores(): readonly number[] {
    return [this.redis.pid];
  }

  /** Stops it if it runs, and answers the milliseconds from the start of the process until it answers. */
  async timedStart(): Promise<number> {
    await this.#process?.stop();
    const began = performance.now();
    this.#process = await startProcess({
      command: process.execPath,
      args: [join(PEERS, 'oidc-provider.mjs')],
      cwd: PEERS,
      ready: `${this.origin}/.well-known/openid-configuration`,
      env: {
        NODE_ENV: 'production',
        ISSUER: this.origin,
        PORT: String(this.port),
        REDIS_URL: this.redis.url,
        SETTINGS: this.settings,
      },
    });
    return performance.now() - began;
  }

  async stop(): Promise<void> {
    await this.endings.run();
  }
}

function settings(): object {
  return {
    apis: ALGORITHMS.map((algorithm) => API[algorithm]),
    clients: [
      { ...MACHINE, grant_types: ['client_credentials'], response_types: [], redirect_uris: [] },
      {
        ...WEB,
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [REDIRECT_URI],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: {
      keys: [
        jwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, 'ES256'),
        jwk(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'RS256'),
      ],
    },
    tokenLifetimeSeconds: TOKEN_LIFETIME_SECONDS,
  };
}

const jwk = (key: KeyObject, alg: string): object => ({ ...key.export({ format: 'jwk' }), alg, use: 'sig', kid: alg });
