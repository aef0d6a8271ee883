/** Owns one API behind one guard as a process of its own: how it is started, and when it admits. Does not own the APIs (peers/guards). */
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort, startProcess, type StartedProcess } from '@latchkey/testbed';
import type { Latchkey } from '../contenders/latchkey.js';
import { API, type Algorithm } from '../contenders/seed.js';
import { bearer } from './guard-tokens.js';

/** By the file of peers/guards that serves it. */
export type GuardKind = 'unguarded' | 'latchkey' | 'passport-jwt' | 'jose' | 'auth0';

type Settings = Readonly<Record<string, string>>;

const PATIENCE_MS = 60_000;

export class GuardServer {
  private constructor(
    readonly kind: GuardKind,
    readonly origin: string,
    readonly process: StartedProcess,
  ) {}

  /** Resolves when it admits this token. @throws Error with its output when it does not in time */
  static async start(
    kind: GuardKind,
    latchkey: Latchkey,
    { algorithm, token, extra }: { readonly algorithm: Algorithm; readonly token: string; readonly extra: Settings },
  ): Promise<GuardServer> {
    const port = await freePort();
    const [issuer = ''] = latchkey.origins;
    const started = await startProcess({
      command: process.execPath,
      args: [fileURLToPath(new URL(`../../../peers/guards/${kind}.mjs`, import.meta.url))],
      ready: /listening/,
      env: {
        ...{ NODE_ENV: 'production', PORT: String(port), ALGORITHM: algorithm, AUDIENCE: API[algorithm].identifier },
        ...{
          ISSUER: issuer,
          JWKS_URI: `${issuer}/jwks`,
          FEED_REDIS_URL: latchkey.redis.url,
          SCOPE: API[algorithm].scope,
        },
        ...extra,
      },
    });
    const server = new GuardServer(kind, `http://127.0.0.1:${port}`, started);
    const until = performance.now() + PATIENCE_MS;
    while ((await server.ask(token)) !== 200) {
      if (performance.now() > until) {
        await server.stop();
        throw new Error(`The guard ${kind} does not admit a good token.\n${started.output()}`);
      }
      await pause(50);
    }
    return server;
  }

  get pid(): number {
    return this.process.pid;
  }

  /** The status that this token is answered with. */
  async ask(token: string): Promise<number> {
    const { path, headers } = bearer(token);
    const response = await fetch(new URL(path, this.origin), { headers });
    await response.arrayBuffer();
    return response.status;
  }

  async stop(): Promise<void> {
    await this.process.stop();
  }
}
