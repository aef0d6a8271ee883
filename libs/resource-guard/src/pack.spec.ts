/** What a third party gets: packed, installed outside the workspace, and the README's own lines compiled and run. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, startProcess, testRedis, type RedisServer, type StartedProcess } from '@latchkey/testbed';
import { GuardRegistry } from '@latchkey/tokens';
import { RedisWire } from '@latchkey/tokens/redis';
import { MemoryGuardRegister, mintAccessToken, systemClock, testKeys } from '@latchkey/tokens/testing';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const tsc = join(root, 'node_modules/typescript/bin/tsc');
const EPOCH = 1;
const AUDIENCE = 'http://localhost:3000';

const versionOf = (name: string): string =>
  /"version": *"([^"]+)"/.exec(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'))?.[1] ?? '';

const PEERS = ['common', 'core', 'platform-fastify'].map((name) => `@nestjs/${name}`);
const OTHERS = ['passport', 'passport-jwt', 'redis', 'reflect-metadata', 'rxjs', '@types/node'];

const TSCONFIG = {
  compilerOptions: {
    ...{ target: 'es2023', module: 'nodenext', strict: true, skipLibCheck: true, outDir: 'out', types: ['node'] },
    ...{ experimentalDecorators: true, emitDecoratorMetadata: true, useDefineForClassFields: false },
  },
  files: ['main.ts', 'wrong.ts'],
};

/** Nest says that it has started just before it listens. */
async function firstAnswer(address: string): Promise<Response> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    try {
      return await fetch(address);
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(20);
    }
  }
}

describe('the packed library, as a third party has it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-third-party-'));
  const keys = testKeys();
  let redis: RedisServer;
  let wire: RedisWire;
  let issuer: Server;
  let issuerUrl: string;
  let watermarks: NodeJS.Timeout;
  let app: StartedProcess;
  let url: string;

  beforeAll(async () => {
    await run(process.execPath, [join(root, 'tools/pack.mjs'), join(folder, 'packed')]);
    const tarballs = readdirSync(join(folder, 'packed'))
      .filter((file) => file.endsWith('.tgz'))
      .map((file) => join(folder, 'packed', file));
    writeFileSync(join(folder, 'package.json'), '{"name":"third-party","private":true,"type":"module"}');
    const wanted = [...PEERS, ...OTHERS].map((name) => `${name}@${versionOf(name)}`);
    const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
    await run('npm', ['install', ...options, ...tarballs, ...wanted], { cwd: folder });

    const listing = /```ts\n(.*?)```/s.exec(readme)?.[1];
    if (listing === undefined) throw new Error('the README shows no TypeScript');
    writeFileSync(join(folder, 'main.ts'), listing);
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));

    redis = await testRedis();
    wire = new RedisWire({ url: redis.url, timeoutMs: 30_000 });
    await wire.beginEpoch(EPOCH);
    const registry = new GuardRegistry({ wire, register: new MemoryGuardRegister(systemClock) });
    watermarks = setInterval(() => {
      void registry
        .run()
        .then(() => wire.inspect())
        .then(({ now }) => wire.watermark(EPOCH, { at: now, longestLifetimeSeconds: 300 }))
        // As a service does: what Redis did not answer in time, the next round brings.
        .catch(() => undefined);
    }, 100);
    issuer = createServer((request, response) => {
      const metadata = { issuer: issuerUrl, jwks_uri: `${issuerUrl}/jwks` };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(request.url === '/jwks' ? keys.jwks : metadata));
    });
    issuerUrl = await new Promise((resolve) => {
      issuer.listen(0, '127.0.0.1', () => {
        const address = issuer.address();
        resolve(`http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`);
      });
    });
  }, 300_000);

  afterAll(async () => {
    clearInterval(watermarks);
    await app.stop();
    await wire.close();
    await redis.stop();
    issuer.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('knows nothing of the workspace in its manifests', () => {
    for (const name of ['tokens', 'resource-guard']) {
      const manifest = readFileSync(join(folder, 'node_modules/@latchkey', name, 'package.json'), 'utf8');
      expect(manifest).not.toContain('latchkey-source');
      expect(manifest).not.toContain('testbed');
    }
  });

  it('compiles the listing of the README under strict, and refuses a wrong one', async () => {
    const listing = readFileSync(join(folder, 'main.ts'), 'utf8');
    writeFileSync(join(folder, 'wrong.ts'), listing.replace('audience: AUDIENCE', 'audience: 7'));
    const compiled = run(process.execPath, [tsc, '-p', 'tsconfig.json', '--pretty', 'false'], { cwd: folder });
    await expect(compiled).rejects.toMatchObject({
      stdout: expect.stringMatching(/^wrong\.ts\(.*Type 'number' is not assignable to type 'string'\.\n$/),
    });
  });

  it('answers 401 without a token, 200 with a good one, and 401 from its revocation on', async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}/orders`;
    app = await startProcess({
      ...{ command: process.execPath, args: ['out/main.js'], cwd: folder, ready: /successfully started/ },
      env: { ISSUER: issuerUrl, AUDIENCE, FEED_REDIS_URL: redis.url, PORT: String(port) },
    });
    const bare = await firstAnswer(url);
    expect(bare.status).toBe(401);
    expect(bare.headers.get('www-authenticate')).toMatch(/^Bearer resource_metadata="/);

    const jti = randomUUID();
    const mint = (claims: Record<string, unknown>): string =>
      mintAccessToken({ iss: issuerUrl, aud: AUDIENCE, ...claims }, { signer: keys.signer });
    const ask = (token: string): Promise<Response> => fetch(url, { headers: { authorization: `Bearer ${token}` } });
    const until = async (token: string, status: number): Promise<Response> => {
      const deadline = performance.now() + 30_000;
      for (;;) {
        const response = await ask(token);
        if (response.status === status || performance.now() > deadline) return response;
        await sleep(20);
      }
    };
    const good = mint({ jti, sub: 'alice', scope: 'orders:read' });
    const answer = await until(good, 200);
    expect([answer.status, await answer.json()]).toEqual([200, { orders: [], owner: 'alice' }]);
    expect((await ask(mint({ scope: 'orders:write' }))).status).toBe(403);
    expect((await ask(mint({ scope: 'orders:read', aud: 'http://localhost:3001' }))).status).toBe(401);

    const expiresAt = Math.floor(Date.now() / 1000) + 300;
    await wire.append(EPOCH, [{ id: randomUUID(), kind: 'token', value: jti, expiresAt }], false);
    const refused = await until(good, 401);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });
});
