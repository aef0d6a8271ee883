/** Owns the floors as a process of its own, and what they are asked. Does not own what they do (floors). */
import pg from 'pg';
import { API, MACHINE, type Algorithm } from '../contenders/seed.js';
import type { Latchkey } from '../contenders/latchkey.js';
import { Child } from '../child.js';
import type { Shot } from '../load/plan.js';
import { answerTo, form, get } from '../shots.js';
import { FLOOR, type Entrant, type Need } from '../workload.js';
import { FLOOR_TABLES, type FloorSettings } from './floors.js';

/** As DATABASE_POOL_SIZE is by default. */
const POOL_SIZE = 10;
export const DOCUMENTS = { JWKS: '/jwks', discovery: '/.well-known/openid-configuration' } as const;

export class FloorServer {
  private constructor(
    private readonly child: Child,
    private readonly origin: string,
    private readonly latchkey: Latchkey,
  ) {}

  /** Takes what it sends from that service, and a database of its own on the same PostgreSQL. */
  static async start(latchkey: Latchkey): Promise<FloorServer> {
    const settings = await settingsFrom(latchkey);
    const child = await Child.start('floors');
    try {
      // Written by child.ts, from the same sources.
      const { port } = (await child.ask(settings)) as { readonly port: number };
      return new FloorServer(child, `http://127.0.0.1:${port}`, latchkey);
    } catch (error) {
      await child.stop();
      throw error;
    }
  }

  clientCredentials(algorithm: Algorithm): Entrant {
    return this.#entrant(this.#repeat(form(`/client_credentials/${algorithm}`, MACHINE, {})));
  }

  codeExchange(): Entrant {
    const shot = form('/code', MACHINE, {});
    return this.#entrant(({ requests }) =>
      Promise.resolve({ kind: 'once', shots: Array.from({ length: requests }, () => shot) }),
    );
  }

  /** @param scope with `openid` there is an ID token, too */
  refresh(scope = ''): Entrant {
    const path = scope.split(' ').includes('openid') ? '/refresh/openid' : '/refresh';
    return this.#entrant(this.#repeat(form(path, MACHINE, {})));
  }

  introspection(): Entrant {
    return this.#entrant(this.#repeat(form('/introspection', MACHINE, {})));
  }

  document(path: string): Entrant {
    return this.#entrant(this.#repeat(get(path)));
  }

  async stop(): Promise<void> {
    await this.child.stop();
  }

  #repeat(shot: Shot): Entrant['ammunition'] {
    return () => Promise.resolve({ kind: 'repeat', shots: [shot] });
  }

  #entrant(ammunition: (need: Need) => ReturnType<Entrant['ammunition']>): Entrant {
    const { latchkey } = this;
    return {
      contender: FLOOR,
      origins: [this.origin],
      servers: () => [this.child.pid],
      stores: () => [latchkey.postgres.pid],
      ammunition,
    };
  }
}

async function settingsFrom(latchkey: Latchkey): Promise<FloorSettings> {
  const [origin = ''] = latchkey.origins;
  const token = async (algorithm: Algorithm): Promise<string> => {
    const shot = form('/token', MACHINE, { grant_type: 'client_credentials', scope: API[algorithm].scope });
    return String((await answerTo(origin, shot))['access_token']);
  };
  const tokens = { ES256: await token('ES256'), RS256: await token('RS256') };
  const bytes = async (path: string): Promise<Buffer> =>
    Buffer.from(await (await fetch(new URL(path, origin))).arrayBuffer());
  return {
    signed: { ES256: partsOf(tokens.ES256), RS256: partsOf(tokens.RS256) },
    introspected: await answerTo(origin, form('/introspect', MACHINE, { token: tokens.ES256 })),
    token: tokens.ES256,
    documents: Object.fromEntries(
      await Promise.all(Object.values(DOCUMENTS).map(async (path) => [path, await bytes(path)] as const)),
    ),
    databaseUrl: await databaseBeside(latchkey.databaseUrl),
    poolSize: POOL_SIZE,
  };
}

function partsOf(token: string): { readonly header: string; readonly claims: string } {
  const [header = '', claims = ''] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString('utf8'));
  return { header, claims };
}

async function databaseBeside(databaseUrl: string): Promise<string> {
  const run = async (connectionString: string, statements: readonly string[]): Promise<void> => {
    const client = new pg.Client({ connectionString });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  };
  const url = new URL(databaseUrl);
  url.pathname = '/floor';
  await run(databaseUrl, ['CREATE DATABASE floor']);
  await run(url.href, FLOOR_TABLES);
  return url.href;
}
