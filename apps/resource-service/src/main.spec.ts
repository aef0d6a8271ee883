/** The process itself, from its sources, in another folder, on real PostgreSQL and Redis. */
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testIssuer, type TestIssuer } from '@latchkey/resource-guard/testing';
import {
  createTestDatabase,
  freePort,
  startProcess,
  testRedis,
  type RedisServer,
  type TestDatabase,
} from '@latchkey/testbed';
import { RedisWire } from '@latchkey/tokens/redis';

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const EPOCH = 1;

describe('DESIGN §2 the process of the resource-service', () => {
  let issuer: TestIssuer;
  let database: TestDatabase;
  let redis: RedisServer;
  let wire: RedisWire;
  let watermarks: NodeJS.Timeout;
  let environment: Record<string, string>;
  let jwks: ReturnType<typeof createServer>;
  let url: string;

  const start = (program: string, env: Record<string, string>, ready?: string): ReturnType<typeof startProcess> =>
    startProcess({
      command: process.execPath,
      args: ['--conditions=latchkey-source', '--import', file('../../../tools/register.mjs'), file(program)],
      ...{ cwd: tmpdir(), env, readyMilliseconds: 60_000, ...(ready === undefined ? {} : { ready }) },
    });

  beforeAll(async () => {
    const issuerUrl = `http://127.0.0.1:${await freePort()}`;
    issuer = await testIssuer({ issuer: issuerUrl });
    jwks = createServer((request, response) => {
      const metadata = { issuer: issuerUrl, jwks_uri: `${issuerUrl}/jwks` };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(request.url === '/jwks' ? issuer.jwks : metadata));
    }).listen(Number(new URL(issuerUrl).port), '127.0.0.1');
    [database, redis] = await Promise.all([createTestDatabase(), testRedis()]);
    wire = new RedisWire({ url: redis.url });
    await wire.beginEpoch(EPOCH);
    watermarks = setInterval(() => {
      void wire.inspect().then(
        ({ now }) => wire.watermark(EPOCH, now),
        () => undefined,
      );
    }, 100);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    environment = { ISSUER: issuerUrl, DATABASE_URL: database.url, FEED_REDIS_URL: redis.url, PORT: String(port) };
  });

  afterAll(async () => {
    clearInterval(watermarks);
    jwks.close();
    issuer.close();
    await wire.close();
    await redis.stop();
    await database.drop();
  });

  it('refuses to start when a setting is missing or contradicts another, and names them', async () => {
    const silent = await start('main.ts', { ...environment, DATABASE_URL: '' });
    expect([await silent.exited, silent.output()]).toEqual([1, expect.stringContaining('DATABASE_URL')]);
    const unfed = await start('main.ts', { ...environment, FEED_REDIS_URL: '' });
    expect([await unfed.exited, unfed.output()]).toEqual([1, expect.stringContaining('FEED_REDIS_URL')]);
  });

  it('migrates in one shot', async () => {
    const migration = await start('migrate.ts', { DATABASE_URL: database.url });
    expect([await migration.exited, migration.output()]).toEqual([0, expect.stringContaining('is current')]);
  });

  it('becomes ready, serves, refuses what was revoked over Redis, and ends on SIGTERM', async () => {
    const service = await start('main.ts', environment, `${url}/readyz`);
    const token = issuer.mint({ jti: 'to be revoked' });
    const ask = (): Promise<Response> => fetch(`${url}/notes`, { headers: { authorization: `Bearer ${token}` } });
    expect((await ask()).status).toBe(200);
    const expiresAt = Math.floor(Date.now() / 1000) + 300;
    await wire.append(EPOCH, [{ id: 'one', kind: 'token', value: 'to be revoked', expiresAt }]);
    const deadline = performance.now() + 10_000;
    let response: Response;
    do response = await ask();
    while (response.status === 200 && performance.now() < deadline);
    expect(response.status).toBe(401);
    expect(await service.stop()).toBe(0);
    expect(service.output()).toContain('"msg":"closed"');
    expect(service.output()).not.toContain(token.split('.')[2]);
  });
});
