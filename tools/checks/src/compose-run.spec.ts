// The production shape without an engine: the secrets script, the roles, the ACL and the exact start commands of
// docker-compose.yml, run for real against a PostgreSQL and a Redis of their own.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { feedAclRules } from '@latchkey/tokens/redis';
import {
  freePort,
  startProcess,
  startRedis,
  startTestPostgres,
  type PostgresServer,
  type RedisServer,
  type StartedProcess,
} from '@latchkey/testbed';
import pg from 'pg';
import { createClient } from 'redis';
import { composeFile } from './compose-file.js';
import { ROOT, runInWorkspace } from './workspace.js';

const { services } = composeFile();
const folder = mkdtempSync(join(tmpdir(), 'latchkey-compose-'));
const secret = (name: string): string => readFileSync(join(folder, name), 'utf8').trim();
const everything = (): readonly (readonly [string, string])[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name), 'utf8')]);

let postgres: PostgresServer;
let redis: RedisServer;
let ports: { auth: number; admin: number; notes: number };
const started: StartedProcess[] = [];

const writeSecrets = (mode: string, redisPort: number) =>
  runInWorkspace('sh', ['deploy/secrets.sh', mode], {
    LATCHKEY_SECRETS_DIR: folder,
    POSTGRES_ADDRESS: `127.0.0.1:${postgres.port}`,
    REDIS_ADDRESS: `127.0.0.1:${redisPort}`,
  });

/** As compose would start it: its exact command and environment, with this machine's folder and ports. */
async function start(name: string, over: Readonly<Record<string, string>>, ready?: string): Promise<StartedProcess> {
  const [command = '', ...args] = services[name]?.command ?? [];
  const environment = Object.entries(services[name]?.environment ?? {});
  const service = await startProcess({
    command: command === 'node' ? process.execPath : command,
    args: args.map((arg) => join(ROOT, arg)),
    // From any working directory.
    cwd: folder,
    env: {
      ...Object.fromEntries(environment.map(([key, value]) => [key, value.replace('/run/latchkey', folder)])),
      ...over,
    },
    ...(ready === undefined ? {} : { ready }),
    readyMilliseconds: 120_000,
  });
  started.push(service);
  return service;
}

async function asRole<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** What deploy/postgres/10-roles.sh gives to psql, with psql's variables filled in. */
function rolesStatements(): string {
  const script = readFileSync(join(ROOT, 'deploy/postgres/10-roles.sh'), 'utf8');
  const sql = /<<'SQL'\n([\s\S]*?)\nSQL\n/.exec(script)?.[1] ?? '';
  return sql
    .replaceAll(':"DBNAME"', '"latchkey"')
    .replaceAll(/:'([a-z_]+)'/g, (_, name: string) => `'${secret(`postgres/${name.replace('_', '-')}-password`)}'`);
}

async function build(): Promise<void> {
  const built = await runInWorkspace('node_modules/.bin/nx', [
    ...['run-many', '-t', 'build', '-p', '@latchkey/auth-service', '@latchkey/resource-service'],
  ]);
  if (built.code !== 0) throw new Error(`${built.stdout}${built.stderr}`);
}

beforeAll(async () => {
  // `npm test` has built them before: to build again would take them away from the specs beside this one.
  if (process.env['TESTBED_BUILT'] === undefined) await build();
  postgres = await startTestPostgres();
  const redisPort = await freePort();
  ports = { auth: await freePort(), admin: await freePort(), notes: await freePort() };
  expect(await writeSecrets('write', redisPort)).toMatchObject({ code: 0, stderr: '' });
  redis = await startRedis({ port: redisPort, extraArgs: ['--aclfile', join(folder, 'redis/users.acl')] });
  await asRole(postgres.url, 'CREATE DATABASE latchkey');
  const database = new URL(postgres.url);
  database.pathname = '/latchkey';
  await asRole(database.href, rolesStatements());
  await asRole(database.href, rolesStatements()); // safe to run again, as a restore into another database does
}, 600_000);

afterAll(async () => {
  await Promise.all(started.map((service) => service.stop()));
  await redis.stop();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('admin-api A3 the one-shot service that writes random secrets', () => {
  it('changes nothing when it runs again', async () => {
    const before = everything();
    expect(await writeSecrets('write', redis.port)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(everything()).toEqual(before);
  });

  it('writes again what was lost halfway, from what it keeps', async () => {
    const before = everything();
    rmSync(join(folder, 'auth'), { recursive: true });
    writeFileSync(join(folder, 'redis/users.acl'), 'user half');
    expect(await writeSecrets('write', redis.port)).toMatchObject({ code: 0 });
    expect(everything().toSorted()).toEqual([...before].toSorted());
  });

  it('shows what an operator needs, in the form of bootstrap.json', async () => {
    const { stdout } = await writeSecrets('show', redis.port);
    expect(JSON.parse(stdout)).toEqual({
      issuer: 'http://localhost:4000',
      admin_url: 'http://localhost:4001',
      api_url: 'http://localhost:4002',
      admin: {
        client_id: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
        client_secret: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      },
      user: { username: 'demo', password: expect.stringMatching(/^[\w-]{20}$/) as unknown },
    });
  });

  it('lets Redis know no password', () => {
    expect(secret('redis/users.acl')).not.toContain(secret('operator/kept/redis-auth'));
  });
});

describe('revocation V10 the ACL of Redis', () => {
  const connected = async (url: string) => {
    const client = createClient({ url, socket: { reconnectStrategy: false } });
    client.on('error', () => undefined);
    return client.connect();
  };

  it('gives the feed exactly what @latchkey/tokens says that a reader needs', () => {
    const line = secret('redis/users.acl')
      .split('\n')
      .find((text) => text.startsWith('user feed '));
    expect(line?.split(' ').slice(4)).toEqual(feedAclRules('feed'));
  });

  it('lets nobody in without a password', async () => {
    await expect(connected(redis.url)).rejects.toThrow('NOAUTH');
  });

  it.each([
    ['XADD', 'latchkey:revocations:v1', '*', 'a', 'b'],
    ['DEL', 'latchkey:revocations:v1'],
    ['GET', 'latchkey:anything'],
    ['SET', 'latchkey:revocations:v1', 'x'],
    ['SET', 'latchkey:revocations:v1:lease:auth:x', 'x'],
    ['GET', 'latchkey:revocations:v1:lease:feed:6f1c0a0e-6a3e-4b0e-9c39-7f6f5b1f7c55'],
    ['XREAD', 'STREAMS', 'latchkey:other', '0'],
    ['EVAL', 'return 1', '0'],
    ['FLUSHALL'],
    ['CONFIG', 'GET', '*'],
  ])('lets the feed not use %s', async (...command) => {
    const client = await connected(secret('notes/feed-redis-url'));
    await expect(client.sendCommand(command)).rejects.toThrow('NOPERM');
    client.destroy();
  });

  it.each([
    ['FLUSHALL'],
    ['CONFIG', 'GET', '*'],
    ['ACL', 'LIST'],
    ['SHUTDOWN'],
    ['KEYS', '*'],
    ['SET', 'other:x', '1'],
  ])('lets the auth-service not use %s', async (...command) => {
    const client = await connected(secret('auth/redis-url'));
    await expect(client.sendCommand(command)).rejects.toThrow('NOPERM');
    client.destroy();
  });
});

describe('DESIGN §2 docker compose up: migrations, then both services, by their exact commands', () => {
  it('runs the main job of a machine and stops a revoked token', async () => {
    for (const name of ['migrate-auth', 'migrate-notes']) {
      const migration = await start(name, {});
      expect([name, await migration.exited, migration.output()]).toMatchObject([name, 0, /current/]);
    }
    const internal = `http://127.0.0.1:${ports.auth}`;
    const admin = `http://127.0.0.1:${ports.admin}`;
    const notes = `http://127.0.0.1:${ports.notes}`;
    const here = { HOST: '127.0.0.1' };
    const auth = { ...here, PORT: String(ports.auth), ADMIN_PORT: String(ports.admin) };
    await start('auth-service', auth, `${admin}/readyz`);
    await start(
      'resource-service',
      { ...here, ISSUER_INTERNAL_URL: internal, PORT: String(ports.notes) },
      `${notes}/readyz`,
    );

    const { admin: first } = JSON.parse(secret('operator/bootstrap.json')) as {
      admin: { client_id: string; client_secret: string };
    };
    const tokenFor = async (client: { client_id: string; client_secret: string }, scope: string): Promise<string> => {
      const response = await fetch(`${internal}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${client.client_id}:${client.client_secret}`)}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
      });
      const answer = (await response.json()) as { access_token?: string };
      if (answer.access_token === undefined) throw new Error(`${response.status} ${JSON.stringify(answer)}`);
      return answer.access_token;
    };

    const created = await fetch(`${admin}/admin/v1/clients`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await tokenFor(first, 'clients:write')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ client_name: 'A machine', grant_types: ['client_credentials'], scope: 'notes:read' }),
    });
    expect(created.status).toBe(201);
    const machine = (await created.json()) as { client_id: string; client_secret: string };
    const token = await tokenFor(machine, 'notes:read');
    const read = async (): Promise<number> =>
      (await fetch(`${notes}/notes`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await read()).toBe(200);

    const revoked = await fetch(`${internal}/revoke`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${machine.client_id}:${machine.client_secret}`)}` },
      body: new URLSearchParams({ token }),
    });
    expect(revoked.status).toBe(200);
    let status = 200;
    for (let tries = 0; tries < 100 && status !== 401; tries += 1) status = await read();
    expect(status).toBe(401);

    const said = started.map((service) => service.output()).join('\n');
    const secrets = everything().filter(([name]) => !['bootstrap.json', 'users.acl', 'admin-client-id'].includes(name));
    for (const [name, value] of secrets) expect([name, said.includes(value.trim())]).toEqual([name, false]);
    expect(said).not.toContain(token);
  }, 300_000);

  it.each([
    ['auth', 'CREATE TABLE auth.x ()'],
    ['auth', "UPDATE auth.audit_events SET actor = ''"],
    ['auth', 'DELETE FROM auth.audit_events'],
    ['auth', 'SELECT * FROM notes.notes'],
    ['auth', 'CREATE TABLE public.x ()'],
    ['auth', 'CREATE SCHEMA x'],
    ['notes', 'SELECT * FROM auth.users'],
    ['notes', 'SELECT * FROM auth.keys'],
    ['notes', 'CREATE TABLE notes.x ()'],
  ])('lets the role of %s not run: %s', async (service, sql) => {
    await expect(asRole(secret(`${service}/database-url`), sql)).rejects.toMatchObject({ code: '42501' });
  });
});
