import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createClient } from 'redis';
import { startRedis, testRedis, type RedisServer } from './redis.js';
import { isRunning, runApart, until } from './test/left-behind.js';

async function withClient<T>(
  url: string,
  work: (command: (...words: string[]) => Promise<unknown>) => Promise<T>,
): Promise<T> {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work((...words) => client.sendCommand(words));
  } finally {
    client.destroy();
  }
}

describe('a real Redis per caller', () => {
  const servers: RedisServer[] = [];
  const keep = (server: RedisServer): RedisServer => {
    servers.push(server);
    return server;
  };
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
  });

  it('refuses connections after a kill, and comes back empty on the same port', async () => {
    const server = keep(await testRedis());
    await withClient(server.url, (command) => command('SET', 'key', 'value'));
    const before = server.pid;
    await server.kill();
    await expect(withClient(server.url, (command) => command('PING'))).rejects.toThrow();
    await server.restart();
    expect(server.pid).not.toBe(before);
    expect(await withClient(server.url, (command) => command('GET', 'key'))).toBeNull();
  });

  it('comes back with its data when an append-only file was asked for', async () => {
    const server = keep(await startRedis({ appendonly: true, extraArgs: ['--appendfsync', 'always'] }));
    await withClient(server.url, (command) => command('SET', 'key', 'value'));
    await server.kill();
    await server.restart();
    expect(await withClient(server.url, (command) => command('GET', 'key'))).toBe('value');
    await server.kill();
    await server.restart({ empty: true });
    expect(await withClient(server.url, (command) => command('GET', 'key'))).toBeNull();
  });

  it('refuses a port that another server has', async () => {
    const first = keep(await testRedis());
    await expect(startRedis({ port: first.port })).rejects.toThrow('Address already in use');
  });

  it('runs ten at once, each of them empty, on the loopback address alone', async () => {
    const ten = await Promise.all(Array.from({ length: 10 }, async () => keep(await testRedis())));
    const [first] = ten;
    await withClient(first?.url ?? '', (command) => command('SET', 'key', 'value'));
    const others = await Promise.all(ten.slice(1).map(({ url }) => withClient(url, (command) => command('DBSIZE'))));
    expect(others.map(String)).toEqual(others.map(() => '0'));
    expect(await withClient(first?.url ?? '', (command) => command('CONFIG', 'GET', 'bind'))).toMatchObject({
      bind: '127.0.0.1',
    });
  });

  it('leaves no process and no folder when it stops', async () => {
    const server = await testRedis();
    await server.stop();
    expect(isRunning(server.pid)).toBe(false);
  });

  it('leaves no process and no folder when its owner is killed with SIGKILL', async () => {
    // Of its own: in the one that all tests share, others make and keep such folders at the same time.
    const temporary = mkdtempSync(join(tmpdir(), 'latchkey-spec-'));
    const owner = await runApart('const server = await testbed.testRedis(); say(server.pid);', {
      env: { TMPDIR: temporary },
    });
    const pid = Number(owner.said());
    const made = (): string[] => readdirSync(temporary).filter((name) => name.startsWith('latchkey-test-redis-'));
    expect([isRunning(pid), made().length]).toEqual([true, 1]);
    await owner.stop('SIGKILL');
    await until(() => !isRunning(pid) && made().length === 0);
    rmSync(temporary, { recursive: true });
  });
});
