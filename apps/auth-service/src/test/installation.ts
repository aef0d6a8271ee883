/**
 * Owns two whole auth-services on a real PostgreSQL and a real Redis, and guards of the published package, each on a line to
 * Redis of its own. Does not own what is expected.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { ResourceGuard, type ResourceGuardOptions } from '@latchkey/resource-guard';
import { createTestDatabase, freePort, startRedis, type RedisServer } from '@latchkey/testbed';
import { RedisFeed } from '@latchkey/tokens/redis';
import { systemClock, until } from '@latchkey/tokens/testing';
import { readConfig } from '../config.js';
import { startAuthService, type AuthService } from '../service.js';
import { heldLine, type HeldLine } from './held-line.js';

export interface Answer {
  readonly status: number;
  readonly preferenceApplied: string | null;
  readonly json: Readonly<Record<string, unknown>>;
}

export interface LinedGuard {
  readonly guard: ResourceGuard;
  readonly line: HeldLine;
  /** The answer to this token now: admit, refuse or cannot-tell. */
  readonly judge: (token: string) => Promise<string>;
}

/** A client that acts by itself. */
export interface Machine {
  /** The answer of /token, whatever it is. */
  readonly ask: (instance?: 0 | 1) => Promise<Answer>;
  readonly token: (instance?: 0 | 1) => Promise<string>;
  readonly revoke: (token: string, headers?: Readonly<Record<string, string>>) => Promise<Answer>;
}

/** What a guard is asked for, and the token that it must admit before it counts as started; else it must be ready. */
export interface Knock {
  readonly scope: string;
  readonly token?: () => Promise<string>;
}

export interface Installation {
  readonly issuer: string;
  readonly redis: RedisServer;
  readonly databaseUrl: string;
  /** Of the two instances. */
  readonly publicUrls: readonly [string, string];
  readonly adminUrls: readonly [string, string];
  addGuard(options?: Partial<ResourceGuardOptions>, knock?: Knock): Promise<LinedGuard>;
  addMachine(scope: string): Promise<Machine>;
  /** For notes:read, by a client of its own. */
  token(): Promise<string>;
  adminToken(instance?: 0 | 1): Promise<string>;
  admin(method: string, path: string, request?: AdminRequest): Promise<Answer>;
  revoke(token: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  stop(): Promise<void>;
}

export interface AdminRequest {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly instance?: 0 | 1;
  readonly token?: string;
}

const NOTES = 'http://localhost:4002';
const SECRET = randomBytes(32).toString('hex');
const ADMIN_ID = randomBytes(16).toString('hex');

/** @param settings beside those that every installation has */
export async function startInstallation(
  maxStalenessMs: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<Installation> {
  const redis = await startRedis();
  const database = await createTestDatabase();
  const ports = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const issuer = `http://localhost:${ports[0]}`;
  const common = {
    ISSUER: issuer,
    ADMIN_URL: `http://localhost:${ports[1]}`,
    API_IDENTIFIER: NOTES,
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64url'),
    BOOTSTRAP_ADMIN_CLIENT_ID: ADMIN_ID,
    BOOTSTRAP_ADMIN_CLIENT_SECRET: SECRET,
    MAX_STALENESS_MS: String(maxStalenessMs),
    LOG_LEVEL: 'silent',
    ...settings,
  };
  const services: AuthService[] = [];
  for (const [port, adminPort] of [ports.slice(0, 2), ports.slice(2)]) {
    services.push(await startAuthService(readConfig({ ...common, PORT: String(port), ADMIN_PORT: String(adminPort) })));
  }
  const publicUrls = [`http://127.0.0.1:${ports[0]}`, `http://127.0.0.1:${ports[2]}`] as const;
  const adminUrls = [`http://127.0.0.1:${ports[1]}`, `http://127.0.0.1:${ports[3]}`] as const;
  const guards: LinedGuard[] = [];

  const machineOf = (clientId: string, secret: string): Machine => {
    const ask: Machine['ask'] = (instance = 0) =>
      form(`${publicUrls[instance]}/token`, clientId, secret, { grant_type: 'client_credentials' });
    return {
      ask,
      token: async (instance) => {
        const { status, json } = await ask(instance);
        if (typeof json['access_token'] !== 'string') throw new Error(`no token: ${status} ${JSON.stringify(json)}`);
        return json['access_token'];
      },
      revoke: (token, headers = {}) => form(`${publicUrls[0]}/revoke`, clientId, secret, { token }, headers),
    };
  };
  const { token: adminToken } = machineOf(ADMIN_ID, SECRET);
  let kept: string | undefined;
  const admin: Installation['admin'] = async (method, path, { body, headers = {}, instance = 0, token } = {}) => {
    kept ??= await adminToken();
    return answerOf(
      await fetch(`${adminUrls[instance]}/admin/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token ?? kept}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  };
  const addMachine = async (scope: string): Promise<Machine> => {
    const body = { client_name: 'A machine', grant_types: ['client_credentials'], scope };
    const { json } = await admin('POST', '/clients', { body });
    return machineOf(String(json['client_id']), String(json['client_secret']));
  };
  const machine = await addMachine('notes:read');

  return {
    ...{ issuer, redis, publicUrls, adminUrls, admin, adminToken, addMachine, databaseUrl: database.url },
    token: () => machine.token(),
    revoke: machine.revoke,
    addGuard: async (options = {}, { scope, token } = { scope: 'notes:read', token: () => machine.token() }) => {
      const line = await heldLine(redis.port);
      const guard = ResourceGuard.start({
        ...{ issuer, issuerInternalUrl: publicUrls[0], audience: NOTES, maxStalenessMs },
        feed: new RedisFeed({ url: `redis://127.0.0.1:${line.port}`, clock: systemClock }),
        ...options,
      });
      const judge = async (of: string): Promise<string> =>
        (await guard.admit({ authorization: [`Bearer ${of}`], query: '', requiredScope: [scope] })).answer;
      const lined = { guard, line, judge };
      guards.push(lined);
      const first = await token?.();
      await until(
        async () => (first === undefined ? guard.status().ready : (await judge(first)) === 'admit'),
        'the guard judges',
      );
      return lined;
    },
    stop: async () => {
      for (const { guard, line } of guards) {
        line.pass();
        await guard.close();
        await line.stop();
      }
      await Promise.all(services.map((service) => service.close()));
      await redis.stop();
      await database.drop();
    },
  };
}

export const aJti = () => ({ kind: 'token', value: randomUUID() });

async function form(
  url: string,
  clientId: string,
  secret: string,
  words: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const basic = Buffer.from(`${clientId}:${secret}`).toString('base64');
  return answerOf(
    await fetch(url, {
      method: 'POST',
      body: new URLSearchParams(words),
      headers: { ...headers, authorization: `Basic ${basic}` },
    }),
  );
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const json: unknown = text === '' ? {} : JSON.parse(text);
  if (typeof json !== 'object' || json === null) throw new Error(`no object: ${text}`);
  return { status: response.status, preferenceApplied: response.headers.get('preference-applied'), json: { ...json } };
}
