/** The process itself, from its sources, in another folder, on real PostgreSQL and Redis. */
import { randomUUID } from 'node:crypto';
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
import { GuardRegistry } from '@latchkey/tokens';
import { RedisWire } from '@latchkey/tokens/redis';
import { MemoryGuardRegister, systemClock, until } from '@latchkey/tokens/testing';

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const EPOCH = 1;

describe('DESIGN §2 the process of the resource-service', () => {
  let issuer: TestIssuer;
  let database: TestDatabase;
  let redis: RedisServer;
  let wire: RedisWire;
  let register: MemoryGuardRegister;
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
    wire = new RedisWire({ url: redis.url, timeoutMs: 30_000 });
    await wire.beginEpoch(EPOCH);
    register = new MemoryGuardRegister(systemClock);
    const registry = new GuardRegistry({ wire, register });
    const round = async (): Promise<void> => {
      await registry.run();
      const { now } = await wire.inspect();
      await wire.watermark(EPOCH, { at: now, longestLifetimeSeconds: 3600 });
    };
    watermarks = setInterval(() => void round().catch(() => undefined), 100);
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
    const ask = async (): Promise<number> =>
      (await fetch(`${url}/notes`, { headers: { authorization: `Bearer ${token}` } })).status;
    await until(async () => (await ask()) === 200, 'it serves');
    const expiresAt = Math.floor(Date.now() / 1000) + 300;
    await wire.append(EPOCH, [{ id: 'one', kind: 'token', value: 'to be revoked', expiresAt }], false);
    await until(async () => (await ask()) === 401, 'it refuses');
    // revocation.md V16: "registers before it first admits and deregisters after it stops".
    expect(register.guards).toMatchObject([{ service: 'http://localhost:4002', onStale: 'refuse', leaseMs: 5000 }]);
    expect(await service.stop()).toBe(0);
    await until(() => register.guards.length === 0, 'it is struck off the register');
    expect(service.output()).toContain('"msg":"closed"');
    expect(service.output()).not.toContain(token.split('.')[2]);
  });

  it('V18 its first answers refuse when it was stopped for longer than its lease, revoked meanwhile, and woken', async () => {
    const strict = { ...environment, MAX_STALENESS_MS: '1000' };
    const service = await start('main.ts', strict, `${url}/readyz`);
    const token = issuer.mint({ jti: 'revoked in its sleep' });
    const ask = async (): Promise<number> =>
      (await fetch(`${url}/notes`, { headers: { authorization: `Bearer ${token}` } })).status;
    await until(async () => (await ask()) === 200, 'it serves');
    process.kill(service.pid, 'SIGSTOP');
    const expiresAt = Math.floor(Date.now() / 1000) + 300;
    const entry = { id: randomUUID(), kind: 'token', value: 'revoked in its sleep', expiresAt } as const;
    await wire.append(EPOCH, [entry], true);
    const alive = async (): Promise<number> => (await wire.allLeases()).filter(({ ended }) => !ended).length;
    await until(async () => (await alive()) === 0, 'the wire has let its lease go');
    // These wait in its sockets, and are the first that it answers.
    const first = Promise.all(Array.from({ length: 20 }, ask));
    process.kill(service.pid, 'SIGCONT');
    for (const status of await first) expect([401, 503]).toContain(status);
    await until(async () => (await ask()) === 401, 'it knows');
    await until(async () => (await fetch(`${url}/readyz`)).status === 200, 'it is ready again');
    expect(await service.stop()).toBe(0);
  });
});
