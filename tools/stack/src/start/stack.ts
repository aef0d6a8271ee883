// Owns: the whole stack in one process: an embedded PostgreSQL, both services, and memory in place of Redis.
// Does not own: any service. The adapters in memory pass the same contract suites as those for Redis.
import { resolve } from 'node:path';
import { startAuthService } from '@latchkey/auth-service';
import { readConfig as readAuthConfig } from '@latchkey/auth-service/config';
import { startResourceService } from '@latchkey/resource-service';
import { readConfig as readResourceConfig } from '@latchkey/resource-service/config';
import { type Clock, MemoryWire } from '@latchkey/tokens';
import { type Addresses, portOf } from './addresses.js';
import { type BootstrapFile, openSecrets } from './bootstrap-file.js';
import { openEmbeddedDatabase } from './embedded-database.js';
import { untilReady, type Waiting } from './until-ready.js';

export interface Stack {
  readonly bootstrap: BootstrapFile;
  readonly bootstrapPath: string;
  /** Finishes what was accepted, then closes everything in the order opposite to that of the start. */
  close(): Promise<void>;
}

const machineClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

export interface StackOptions extends Waiting {
  readonly dataDirectory: string;
  readonly addresses: Addresses;
  readonly env: NodeJS.ProcessEnv;
}

export async function startStack(options: StackOptions): Promise<Stack> {
  const folder = resolve(options.dataDirectory);
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    // 1. The folder.
    const embedded = await openEmbeddedDatabase(folder);
    closers.push(() => embedded.stop());

    // 2. Secrets are drawn on the first start and never stand in the source.
    const secrets = openSecrets(folder, options.addresses);
    const { issuer, adminUrl, apiUrl } = options.addresses;
    const env: NodeJS.ProcessEnv = {
      ...options.env,
      ISSUER: issuer,
      ADMIN_URL: adminUrl,
      API_IDENTIFIER: apiUrl,
    };
    const { admin, user } = secrets.bootstrap;

    // 3. Both services, with memory in place of Redis unless there is one: then APIs elsewhere hear revocations too.
    const redisUrl = env['REDIS_URL'];
    const wire = redisUrl === undefined || redisUrl === '' ? new MemoryWire(machineClock) : undefined;
    const auth = await startAuthService(
      readAuthConfig(
        {
          ...env,
          ...embedded.auth,
          PORT: portOf(issuer),
          ADMIN_PORT: portOf(adminUrl),
          KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey,
          BOOTSTRAP_ADMIN_CLIENT_ID: admin.client_id,
          BOOTSTRAP_ADMIN_CLIENT_SECRET: admin.client_secret,
          DEMO_USER: user.username,
          DEMO_PASSWORD: user.password,
        },
        undefined,
        { embedded: wire !== undefined },
      ),
      wire === undefined ? {} : { wire },
    );
    closers.push(() => auth.close());
    const resource = await startResourceService(
      readResourceConfig({
        ...env,
        ...embedded.notes,
        PORT: portOf(apiUrl),
        FEED_REDIS_URL: env['FEED_REDIS_URL'] ?? redisUrl,
      }),
      wire === undefined ? {} : { feed: wire.feed() },
    );
    closers.push(() => resource.close());

    // 4. Ready is what answers: the API has loaded the keys and the revocations.
    await untilReady({ api: resource.url, admin: `http://localhost:${portOf(adminUrl)}` }, options);
    return { bootstrap: secrets.bootstrap, bootstrapPath: secrets.bootstrapPath, close };
  } catch (error) {
    await close();
    throw error;
  }
}
