/**
 * Owns one whole auth-service on a real PostgreSQL, with memory in place of Redis, as an operator would set it up: a person,
 * and clients that are registered by the admin API. Does not own what is expected.
 */
import { randomBytes } from 'node:crypto';
import { createTestDatabase, freePort } from '@latchkey/testbed';
import { MemoryWire } from '@latchkey/tokens';
import { systemClock } from '@latchkey/tokens/testing';
import { readConfig } from '../config.js';
import { startAuthService } from '../service.js';
import { fetchBelieving } from './fetch-believing.js';

export const PERSON = { username: 'ada', password: 'correct horse battery staple' };

export interface WholeClient {
  readonly client_id: string;
  /** Empty for a public client. */
  readonly client_secret: string;
}

export interface WholeService {
  readonly issuer: string;
  /** Where it listens, which is elsewhere behind a proxy. */
  readonly port: number;
  readonly adminPort: number;
  readonly adminUrl: string;
  /** As `fetch`, believing the certificate of this service where it has one. */
  readonly fetch: typeof fetch;
  /** Everything that was logged. */
  log(): string;
  addClient(metadata?: Readonly<Record<string, unknown>>): Promise<WholeClient>;
  admin(method: string, path: string, body?: unknown): Promise<Readonly<Record<string, unknown>>>;
  close(): Promise<void>;
}

export interface WholeServiceOptions {
  readonly scheme?: 'http' | 'https';
  /** Where it differs from the port that is listened on. */
  readonly issuer?: string;
  /** The certificate to believe; the settings name its files. */
  readonly ca?: string;
  readonly settings?: Readonly<Record<string, string>>;
}

export async function startWholeService(options: WholeServiceOptions = {}): Promise<WholeService> {
  const { scheme = 'http', ca, settings = {} } = options;
  const database = await createTestDatabase();
  const [port, adminPort] = await Promise.all([freePort(), freePort()]);
  const issuer = options.issuer ?? `${scheme}://localhost:${port}`;
  const [adminUrl, own] = [`${scheme}://localhost:${adminPort}`, `${scheme}://localhost:${port}`];
  const bootstrap = { id: randomBytes(16).toString('hex'), secret: randomBytes(32).toString('hex') };
  const lines: string[] = [];
  const environment = {
    ...{ ISSUER: issuer, ADMIN_URL: adminUrl, PORT: String(port), ADMIN_PORT: String(adminPort) },
    ...{ DATABASE_URL: database.url, KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64url') },
    ...{ BOOTSTRAP_ADMIN_CLIENT_ID: bootstrap.id, BOOTSTRAP_ADMIN_CLIENT_SECRET: bootstrap.secret },
    ...{ DEMO_USER: PERSON.username, DEMO_PASSWORD: PERSON.password, HOST: 'localhost', ...settings },
  };
  const service = await startAuthService(readConfig(environment, undefined, { embedded: true }), {
    wire: new MemoryWire(systemClock),
    logTo: { write: (line: string) => void lines.push(line) },
  });
  const believing = ca === undefined ? fetch : fetchBelieving(ca);
  const adminToken = async (): Promise<string> => {
    const response = await believing(`${own}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${bootstrap.id}:${bootstrap.secret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    return textOf(await response.json(), 'access_token');
  };
  const admin: WholeService['admin'] = async (method, path, body) => {
    const response = await believing(`${adminUrl}/admin/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${await adminToken()}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return text === '' ? {} : recordOf(JSON.parse(text));
  };
  return {
    ...{ issuer, port, adminPort, adminUrl, fetch: believing, admin, log: () => lines.join('') },
    addClient: async (metadata = {}) => {
      const registered = await admin('POST', '/clients', {
        client_name: 'Acme Notes',
        grant_types: ['authorization_code', 'refresh_token'],
        scope: 'openid profile email offline_access notes:read notes:write',
        ...metadata,
      });
      const secret = registered['client_secret'];
      return {
        client_id: textOf(registered, 'client_id'),
        client_secret: typeof secret === 'string' ? secret : '',
      };
    },
    close: async () => {
      await service.close();
      await database.drop();
    },
  };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new Error(`not an object: ${JSON.stringify(value)}`);
  return { ...value };
}

function textOf(value: unknown, name: string): string {
  const text = recordOf(value)[name];
  if (typeof text !== 'string') throw new Error(`without ${name}: ${JSON.stringify(value)}`);
  return text;
}
