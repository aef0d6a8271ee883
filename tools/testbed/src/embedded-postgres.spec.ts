import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { startEmbeddedPostgres } from './embedded-postgres.js';
import type { PostgresServer } from './postgres-server.js';
import { isRunning, processesIn, runApart, until } from './test/left-behind.js';

const isRoot = process.getuid?.() === 0;

async function ask(server: Pick<PostgresServer, 'url'>, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('DESIGN §2, the embedded PostgreSQL of npm start', () => {
  let folder: string;
  let servers: PostgresServer[];
  const start = async (name = 'data', durable = false): Promise<PostgresServer> => {
    const server = await startEmbeddedPostgres({ dataDirectory: join(folder, name), durable });
    servers.push(server);
    return server;
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-spec-'));
    chmodSync(folder, 0o711);
    servers = [];
  });
  afterEach(async () => {
    for (const server of servers) await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('refuses a second server on a data folder in use, and says that the stack is already running', async () => {
    const first = await start();
    await expect(start()).rejects.toThrow(new RegExp(`already running on ${folder}/data .*process ${first.pid}`));
    expect(await ask(first, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('refuses a folder that its user cannot reach, and names the folder and the remedy', async () => {
    chmodSync(folder, isRoot ? 0o700 : 0o600);
    await expect(start()).rejects.toThrow(
      new RegExp(`cannot .*${isRoot ? `enter ${folder} ` : ''}.*LATCHKEY_DATA_DIR=/var/lib/latchkey npm start`),
    );
    chmodSync(folder, 0o711);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses a data folder that holds something else, and leaves that alone', async () => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data', 'letter'), 'mine');
    await expect(start()).rejects.toThrow('holds no database');
    expect(readdirSync(join(folder, 'data'))).toEqual(['letter']);
  });

  it('refuses a port that another program uses', async () => {
    const first = await start('one');
    await expect(
      startEmbeddedPostgres({ dataDirectory: join(folder, 'two'), port: first.port, durable: false }),
    ).rejects.toThrow(`port ${first.port}: another program uses it`);
  });

  it('refuses a connection without the password', async () => {
    const server = await start();
    const url = server.url.replace(/:[^:@]+@/, ':wrong@');
    await expect(ask({ url }, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('listens on the loopback address alone, and keeps its data and password to its own user', async () => {
    const server = await start();
    expect(await ask(server, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    expect(await ask(server, 'SHOW unix_socket_directories')).toEqual([{ unix_socket_directories: '' }]);
    expect(statSync(join(folder, 'data')).mode & 0o077).toBe(0);
    expect(statSync(join(folder, 'data', 'latchkey.password')).mode & 0o077).toBe(0);
  });

  it('finds everything again when it starts a second time, durable by default settings', async () => {
    const first = await start('data', true);
    expect(await ask(first, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
    await ask(first, "CREATE TABLE kept AS SELECT 'still here' AS word");
    await first.stop();
    const second = await start('data', true);
    expect(await ask(second, 'SELECT word FROM kept')).toEqual([{ word: 'still here' }]);
  });

  it('starts again after a kill that left its lock file behind, also when the number went to another process', async () => {
    const first = await start();
    await ask(first, 'CREATE TABLE kept AS SELECT 7 AS n');
    await first.kill();
    const lock = join(folder, 'data', 'postmaster.pid');
    expect(existsSync(lock)).toBe(true);
    await until(() => processesIn(join(folder, 'data')).length === 0);
    writeFileSync(lock, `${process.pid}\n${join(folder, 'data')}\n0\n5432\n\n127.0.0.1\n0 0\nready\n`);
    const second = await start();
    expect(await ask(second, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  });

  it('leaves no process when it stops, though a session is open', async () => {
    const server = await start();
    const client = new pg.Client({ connectionString: server.url });
    client.on('error', () => undefined);
    await client.connect();
    expect(processesIn(join(folder, 'data'))).not.toEqual([]);
    await server.stop();
    expect(isRunning(server.pid)).toBe(false);
    expect(processesIn(join(folder, 'data'))).toEqual([]);
    await client.end();
  });

  it('leaves no process when its owner is killed with SIGKILL, and the next start finds the data', async () => {
    const data = join(folder, 'data');
    const owner = await runApart(
      `const server = await testbed.startEmbeddedPostgres({ dataDirectory: ${JSON.stringify(data)}, durable: false }); say(server.pid);`,
    );
    const pid = Number(owner.said());
    expect(isRunning(pid)).toBe(true);
    await owner.stop('SIGKILL');
    const again = await start(); // waits for the one that is being shut down, rather than to call it a second stack
    expect(isRunning(pid)).toBe(false);
    expect(processesIn(data)).toContain(String(again.pid));
  });

  it('runs two servers at once, each with data of its own', async () => {
    const [one, two] = await Promise.all([start('one'), start('two')]);
    await ask(one, 'CREATE TABLE only_here ()');
    await expect(ask(two, 'SELECT * FROM only_here')).rejects.toMatchObject({ code: '42P01' });
  });

  it('lets exactly one of five processes win that start on one new folder at once', async () => {
    const code = `const server = await testbed.startEmbeddedPostgres({ dataDirectory: ${JSON.stringify(join(folder, 'data'))}, durable: false }); say({ pid: server.pid });`;
    const owners = await Promise.all(Array.from({ length: 5 }, () => runApart(code)));
    const answers = owners.map((owner) => JSON.stringify(owner.said()));
    await Promise.all(owners.map((owner) => owner.stop('SIGKILL')));
    await until(() => processesIn(folder).length === 0);
    expect(answers.filter((answer) => answer.startsWith('{"pid":'))).toHaveLength(1);
    expect(answers.filter((answer) => answer.includes('already running'))).toHaveLength(4);
    expect(readdirSync(folder).filter((name) => name.includes('.new-'))).toEqual([]);
  });
});
