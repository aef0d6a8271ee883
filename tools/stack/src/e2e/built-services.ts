// Owns: one built service as a real process, with the settings that it needs. Does not own: which of them run, nor for how long.
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { startProcess, type StartedProcess } from '@latchkey/testbed';
import type { BootstrapFile } from '../start/bootstrap-file.js';

const MAIN = {
  auth: fileURLToPath(new URL('../../../../apps/auth-service/dist/main.js', import.meta.url)),
  resource: fileURLToPath(new URL('../../../../apps/resource-service/dist/main.js', import.meta.url)),
};

/** What all services of one installation have in common. */
export interface ServiceSettings {
  readonly bootstrap: BootstrapFile;
  readonly keyEncryptionKey: string;
  /** Holds the password of the database. */
  readonly databaseUrl: string;
  /** Further settings of every service; they win. */
  readonly extra: Readonly<Record<string, string>>;
}

export interface AuthServicePlace {
  readonly port: number;
  readonly adminPort: number;
  readonly redisUrl: string;
  /** The file that is run; what the workspace has built when left out. */
  readonly main?: string;
}

export interface ResourceServicePlace {
  readonly port: number;
  readonly feedRedisUrl: string;
  /** Where this one reaches the issuer; at ISSUER when left out. */
  readonly issuerInternalUrl?: string;
}

/** Resolves when it is ready. @throws Error with its output when it is not in time */
export function startAuthService(settings: ServiceSettings, place: AuthServicePlace): Promise<StartedProcess> {
  const { admin, user, admin_url: adminUrl } = settings.bootstrap;
  return start(place.main ?? MAIN.auth, place.adminPort, settings, {
    PORT: String(place.port),
    ADMIN_PORT: String(place.adminPort),
    ADMIN_URL: adminUrl,
    REDIS_URL: place.redisUrl,
    KEY_ENCRYPTION_KEY: settings.keyEncryptionKey,
    BOOTSTRAP_ADMIN_CLIENT_ID: admin.client_id,
    BOOTSTRAP_ADMIN_CLIENT_SECRET: admin.client_secret,
    DEMO_USER: user.username,
    DEMO_PASSWORD: user.password,
  });
}

/** Resolves when it is ready. @throws Error with its output when it is not in time */
export function startResourceService(settings: ServiceSettings, place: ResourceServicePlace): Promise<StartedProcess> {
  const { issuerInternalUrl } = place;
  return start(MAIN.resource, place.port, settings, {
    PORT: String(place.port),
    FEED_REDIS_URL: place.feedRedisUrl,
    ...(issuerInternalUrl === undefined ? {} : { ISSUER_INTERNAL_URL: issuerInternalUrl }),
  });
}

function start(
  main: string,
  readyPort: number,
  { bootstrap, databaseUrl, extra }: ServiceSettings,
  own: Readonly<Record<string, string>>,
): Promise<StartedProcess> {
  return startProcess({
    command: process.execPath,
    args: [main],
    // From any working directory.
    cwd: '/',
    ready: `http://127.0.0.1:${readyPort}/readyz`,
    env: {
      ISSUER: bootstrap.issuer,
      API_IDENTIFIER: bootstrap.api_url,
      DATABASE_URL: databaseUrl,
      ...own,
      ...extra,
    },
  });
}

/** Addresses on this machine, and a first admin client and person drawn for this installation. */
export function bootstrapFor(ports: {
  readonly auth: number;
  readonly admin: number;
  readonly resource: number;
}): BootstrapFile {
  return {
    issuer: `http://127.0.0.1:${ports.auth}`,
    admin_url: `http://127.0.0.1:${ports.admin}`,
    api_url: `http://127.0.0.1:${ports.resource}`,
    admin: { client_id: randomBytes(16).toString('hex'), client_secret: randomBytes(32).toString('hex') },
    user: { username: 'demo', password: randomBytes(12).toString('base64url') },
  };
}
