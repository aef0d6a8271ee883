/**
 * Owns the measurement of V20: from the answer to `POST /revoke` until each of three guards refuses the token. Real
 * processes, real PostgreSQL, real Redis. An admission is counted until the answer of the first refusal has arrived.
 */
import { randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import { freePort, startRedis, startTestPostgres, type StartedProcess } from '@latchkey/testbed';
import { basic, bootstrapFor, Endings, Outside, startAuthService, startResourceService, textOf } from '@latchkey/stack';
import { askOn } from '../ask-on.js';
import { under, type Figure, type Measurement } from '../measurement.js';
import { percentiles } from '../percentiles.js';

const GUARDS = 3;
const GOAL_MS = 25;
/** Unmeasured: code that has never run. */
const WARM_UP = 50;
const UNAUTHORIZED = 401;

export const refusal = (tokens = 500): Measurement => ({
  name: 'refusal',
  rounds: 2,
  seconds: 23,
  run: async () => {
    const endings = new Endings();
    try {
      return await measured(endings, tokens);
    } finally {
      await endings.run();
    }
  },
});

async function measured(endings: Endings, tokens: number): Promise<readonly Figure[]> {
  // 1. One auth-service, three guards, one client with many tokens.
  const postgres = endings.keep(await startTestPostgres());
  const redis = endings.keep(await startRedis());
  const [auth = 0, admin = 0, ...resources] = await Promise.all(Array.from({ length: 2 + GUARDS }, freePort));
  const bootstrap = bootstrapFor({ auth, admin, resource: resources[0] ?? 0 });
  const settings = {
    ...{ bootstrap, keyEncryptionKey: randomBytes(32).toString('base64url'), databaseUrl: postgres.url },
    extra: { LOG_LEVEL: 'warn', ACCESS_TOKEN_LIFETIME_SECONDS: '3600' },
  };
  endings.keep(await startAuthService(settings, { port: auth, adminPort: admin, redisUrl: redis.url }));
  const guards: StartedProcess[] = [];
  for (const port of resources) {
    guards.push(endings.keep(await startResourceService(settings, { port, feedRedisUrl: redis.url })));
  }
  const outside = new Outside(bootstrap);
  const client = await outside.createClient({
    grant_types: ['client_credentials'],
    redirect_uris: [],
    scope: 'notes:read',
  });

  // 2. Each token is revoked; then each guard is asked until it refuses.
  const authAgent = new Agent({ keepAlive: true, maxSockets: 1 });
  const agents = resources.map(() => new Agent({ keepAlive: true, maxSockets: 1 }));
  const took: number[] = [];
  for (let n = 0; n < WARM_UP + tokens; n += 1) {
    const token = textOf(await outside.token(client, { grant_type: 'client_credentials' }), 'access_token');
    const headers = { authorization: `Bearer ${token}` };
    const ask = (index: number): Promise<number> =>
      statusOn(agents[index], `http://127.0.0.1:${resources[index] ?? 0}/notes`, { headers });
    const before = await Promise.all(resources.map((_, index) => ask(index)));
    if (before.some((status) => status !== 200)) {
      const said = guards.map((guard) => guard.output()).join('\n');
      throw new Error(`A good token was answered ${before.join(' ')}.\n${said}`);
    }
    const revoked = await statusOn(authAgent, `${bootstrap.issuer}/revoke`, {
      method: 'POST',
      headers: { authorization: basic(client), 'content-type': 'application/x-www-form-urlencoded' },
      body: `token=${token}`,
    });
    if (revoked !== 200) throw new Error(`Revoking was answered ${revoked}.`);
    const acknowledged = performance.now();
    const each = resources.map(async (_, index) => {
      while ((await ask(index)) !== UNAUTHORIZED);
      return performance.now() - acknowledged;
    });
    const slowest = Math.max(...(await Promise.all(each)));
    if (n >= WARM_UP) took.push(slowest);
  }
  for (const agent of [authAgent, ...agents]) agent.destroy();
  return percentiles('acknowledged → refused by all of 3 guards', took, { p99: under(GOAL_MS) });
}

const statusOn = async (...question: Parameters<typeof askOn>): Promise<number> => (await askOn(...question)).status;
