// admin-api A12: a system is lost after its dump was made, and comes back. PostgreSQL 15, since pg_dump must be as new as the server.
import { execFile } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startProcess, startTestPostgres, type TestPostgres } from '@latchkey/testbed';
import pg from 'pg';
import { Endings } from './endings.js';
import { Installation } from './installation.js';
import { statusSoon } from './main-job.contract.js';
import { type RegisteredClient, send, tokensOf } from './outside-client.js';
import { restore as restoreHere } from '../restore/restore.js';
import { PlainBrowser } from '../person/plain-browser.js';

const COMMAND = fileURLToPath(new URL('../../restore.mjs', import.meta.url));

const endings = new Endings();
const folder = mkdtempSync(join(tmpdir(), 'latchkey-restore-'));
const dump = {
  custom: join(folder, 'dump'),
  plain: join(folder, 'dump.sql'),
  tar: join(folder, 'dump.tar'),
  directory: join(folder, 'dump.d'),
};
let postgres: TestPostgres;
let installation: Installation;
afterAll(() => endings.run());

const urlOf = (database: string, role?: string): string => {
  const url = new URL(postgres.url);
  url.pathname = `/${database}`;
  if (role !== undefined) [url.username, url.password] = [role, 'word'];
  return url.href;
};

async function sql<Row extends pg.QueryResultRow>(database: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: urlOf(database) });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

let count = 0;
const newDatabase = async (): Promise<string> => {
  const name = `restored_${++count}`;
  await sql('postgres', `CREATE DATABASE ${name}`);
  return name;
};

const programs = { PATH: `/usr/lib/postgresql/15/bin:${process.env['PATH'] ?? ''}` };

const pgDump = (database: string, ...args: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    execFile('pg_dump', [...args, urlOf(database)], { env: programs }, (error) => {
      if (error === null) resolve();
      else reject(new Error(error.message));
    });
  });

interface Restored {
  readonly code: number | null;
  readonly output: string;
}

/** As it is typed. */
async function command(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Restored> {
  const process_ = await startProcess({
    command: process.execPath,
    args: [COMMAND, ...args],
    env: { ...programs, ...env },
  });
  return { code: await process_.exited, output: process_.output() };
}

/** The same without a process of its own. */
const restore = (database: string, given: string, env: Readonly<Record<string, string>> = {}): Promise<Restored> =>
  restoreHere(given, { ...programs, DATABASE_URL: urlOf(database), ...env }).then(
    () => ({ code: 0, output: 'Restored.' }),
    (error: unknown) => ({ code: 1, output: String(error) }),
  );

const schemasOf = async (database: string): Promise<readonly string[]> =>
  (
    await sql<{ name: string }>(database, `SELECT nspname AS name FROM pg_namespace WHERE nspname IN ('auth', 'notes')`)
  ).map(({ name }) => name);

interface Past {
  readonly client: RegisteredClient;
  readonly adminToken: string;
  readonly access: readonly string[];
  readonly refresh: readonly string[];
  readonly unredeemed: { readonly code: string; readonly verifier: string };
  readonly browser: PlainBrowser;
}
let past: Past;
let revokedBefore: string;
let killedAfter: string;

const kidsOf = async (): Promise<readonly string[]> => {
  const { json } = await send(`${installation.bootstrap.issuer}/jwks`);
  return (json['keys'] as readonly { readonly kid: string }[]).map(({ kid }) => kid);
};

const admin = async (method: string, path: string, body?: unknown): Promise<Awaited<ReturnType<typeof send>>> =>
  send(`${installation.bootstrap.admin_url}/admin/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await installation.outside.adminToken()}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

/** Tokens, a login, a code; some revoked before the dump and some after it, with everything that an operator has. */
beforeAll(async () => {
  postgres = endings.keep(await startTestPostgres({ version: 15 }));
  endings.add(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  await sql('postgres', 'CREATE DATABASE first');
  installation = endings.keep(await Installation.start({ DATABASE_URL: urlOf('first') }));
  const { outside } = installation;
  const client = await outside.createClient();
  const adminToken = await outside.adminToken();
  const early = [await outside.logIn(client), await outside.logIn(client)];
  const revoked = await outside.logIn(client);
  expect((await outside.revoke(client, revoked.refresh_token)).status).toBe(200);
  revokedBefore = revoked.access_token;

  await pgDump('first', '--format=custom', `--file=${dump.custom}`);
  await pgDump('first', '--no-owner', '--no-privileges', `--file=${dump.plain}`);
  await pgDump('first', '--format=tar', `--file=${dump.tar}`);
  await pgDump('first', '--format=directory', `--file=${dump.directory}`);

  expect((await outside.revoke(client, early[0]?.refresh_token ?? '')).status).toBe(200);
  // The brake, twice: the lost system counted further than the dump knows.
  for (const reason of ['one', 'two']) {
    expect((await admin('POST', '/revocations', { kind: 'issuer', reason })).status).toBe(201);
  }
  killedAfter = (await kidsOf())[0] ?? '';
  expect((await admin('DELETE', `/keys/${killedAfter}`)).status).toBe(200);
  const browser = new PlainBrowser(installation.bootstrap.issuer);
  const late = tokensOf(await outside.redeem(client, await outside.authorize(client, { browser })));
  const all = [...early, revoked, late];
  past = {
    ...{ client, adminToken, browser },
    access: all.map(({ access_token }) => access_token),
    refresh: all.map(({ refresh_token }) => refresh_token),
    unredeemed: await outside.authorize(client, { browser }),
  };
  expect((await outside.notes(late.access_token)).status).toBe(200);
  await installation.stopAuth();
  await installation.stopResource();
});

describe('A12 npm run restore refuses, and has written nothing', () => {
  it('a database that is not empty', async () => {
    const { code, output } = await restore('first', dump.custom);
    expect([code, output]).toEqual([1, expect.stringContaining('is not empty')]);
  });

  it('while somebody is connected', async () => {
    const database = await newDatabase();
    const client = new pg.Client({ connectionString: urlOf(database) });
    await client.connect();
    const { code, output } = await restore(database, dump.custom);
    await client.end();
    expect([code, output]).toEqual([1, expect.stringContaining('stop every service')]);
    expect(await schemasOf(database)).toEqual([]);
  });

  it('a file that is no dump, and one that is not there', async () => {
    const database = await newDatabase();
    const file = join(folder, 'letter');
    writeFileSync(file, 'Dear Sir');
    expect(await restore(database, file)).toMatchObject({
      code: 1,
      output: expect.stringContaining('is no dump') as unknown,
    });
    expect(await restore(database, join(folder, 'nothing'))).toMatchObject({ code: 1 });
    expect(await schemasOf(database)).toEqual([]);
  });

  it.each(['custom', 'plain'] as const)('a %s dump that is cut off', async (form) => {
    const database = await newDatabase();
    const file = join(folder, `cut-${form}`);
    copyFileSync(dump[form], file);
    truncateSync(file, Math.floor(statSync(file).size * 0.8));
    expect((await restore(database, file)).code).toBe(1);
    expect(await schemasOf(database)).toEqual([]);
  });

  it('a directory that is no dump', async () => {
    const database = await newDatabase();
    expect(await restore(database, folder)).toMatchObject({
      code: 1,
      output: expect.stringContaining('is no dump') as unknown,
    });
  });

  it.each([
    ['in front', (text: string, evil: string) => `${evil}\n${text}`],
    [
      'behind its own end of a restriction',
      (text: string, evil: string) => `${text}\n${evil}\n-- PostgreSQL database dump complete\n`,
    ],
    [
      'in the middle of a line',
      (text: string, evil: string) => text.replace(/^CREATE SCHEMA auth;$/m, `CREATE SCHEMA auth; ${evil}`),
    ],
    [
      'behind an end of a restriction that is repeated',
      (text: string, evil: string) =>
        text.replace(/^CREATE SCHEMA auth;$/m, `${/^.unrestrict .*$/m.exec(text)?.[0] ?? ''}\n${evil}`),
    ],
  ])('CVE-2025-8714 a dump with a command of psql %s, which never runs', async (_where, put) => {
    const [database, mark] = [await newDatabase(), join(folder, 'mark')];
    const file = join(folder, 'evil.sql');
    for (const evil of [`\\! touch ${mark}`, `\\o ${mark}`, `\\copy (SELECT 1) TO PROGRAM 'touch ${mark}'`]) {
      const text = put(readFileSync(dump.plain, 'utf8'), evil);
      expect(text).toContain(evil);
      writeFileSync(file, text);
      expect(await restore(database, file)).toEqual({
        code: 1,
        output: expect.stringContaining('There is a command of psql in the dump') as unknown,
      });
      expect(existsSync(mark)).toBe(false);
    }
    expect(await schemasOf(database)).toEqual([]);
  });

  it.each([
    ['COMMIT', 'CREATE TABLE auth.keys '],
    ['ROLLBACK', 'CREATE SCHEMA auth;'],
    ['COMMIT', '-- PostgreSQL database dump complete'],
    ['COMMIT;\nBEGIN', 'CREATE TABLE auth.keys '],
  ])('a dump that says %s by itself before %s', async (end, before) => {
    const database = await newDatabase();
    const file = join(folder, 'ending.sql');
    const text = readFileSync(dump.plain, 'utf8').replace(before, `${end};\n${before}`);
    expect(text).toContain(`${end};\n`);
    writeFileSync(file, text);
    expect(await restore(database, file)).toMatchObject({
      code: 1,
      output: expect.stringContaining('ends the transaction by itself') as unknown,
    });
    expect(await schemasOf(database)).toEqual([]);
  });

  it('with a psql that cannot be kept from running what is in a dump', async () => {
    const [database, old] = [await newDatabase(), join(folder, 'old')];
    mkdirSync(old);
    // What such a one says of a command that it does not know.
    writeFileSync(
      join(old, 'psql'),
      '#!/bin/sh\n[ "$1" = --version ] && exit 0\nread -r first\ncat >/dev/null\n' +
        'case "$first" in "\\\\restrict "*) printf "%s\\n" "psql:<stdin>:1: error: invalid command \\\\restrict" >&2; exit 3;; esac\n',
      { mode: 0o755 },
    );
    expect(await restore(database, dump.plain, { PATH: `${old}:${programs.PATH}` })).toMatchObject({
      code: 1,
      output: expect.stringContaining('psql is too old') as unknown,
    });
  });

  it('a dump of a newer version', async () => {
    const database = await newDatabase();
    const file = join(folder, 'newer.sql');
    const text = readFileSync(dump.plain, 'utf8').replace(
      /^(COPY auth\.migrations .*\n)/m,
      '$19\t2000000000000\tTomorrow\n',
    );
    expect(text).toContain('Tomorrow');
    writeFileSync(file, text);
    expect(await restore(database, file)).toMatchObject({
      code: 1,
      output: expect.stringContaining('newer version') as unknown,
    });
    expect(await schemasOf(database)).toEqual([]);
  });

  it('a dump of something else', async () => {
    const [database, other] = [await newDatabase(), await newDatabase()];
    await sql(other, 'CREATE TABLE letters ()');
    const file = join(folder, 'other');
    await pgDump(other, '--format=custom', `--file=${file}`);
    expect(await restore(database, file)).toMatchObject({
      code: 1,
      output: expect.stringContaining('no dump of the schema') as unknown,
    });
  });
});

describe('A12 whoever is killed in the middle leaves an empty database', () => {
  /** Stops between two tables for so long, with more to come than a pipe holds. */
  const slow = (seconds: number): string => {
    const file = join(folder, 'slow.sql');
    const padding = `${'-'.repeat(1000)}\n`.repeat(1000);
    const text = readFileSync(dump.plain, 'utf8');
    writeFileSync(
      file,
      text.replace(/^COPY auth\.keys /m, `SELECT pg_catalog.pg_sleep(${seconds});\n${padding}COPY auth.keys `),
    );
    return file;
  };
  const sleeping = (database: string): string =>
    `SELECT pid FROM pg_stat_activity WHERE datname = '${database}' AND wait_event = 'PgSleep'`;
  const untilNobody = async (database: string): Promise<void> => {
    const sessions = `SELECT 1 FROM pg_stat_activity WHERE datname = '${database}'`;
    const deadline = performance.now() + 30_000;
    while ((await sql('postgres', sessions)).length > 0 && performance.now() < deadline) await sleep(50);
  };

  it.each([
    // Whose command was killed is noticed when it has slept; until then it must be found, however busy the machine is.
    ['the command', undefined, 10],
    ['the session of psql', 'pg_terminate_backend', 600],
  ])('%s', async (_name, end, seconds) => {
    const database = await newDatabase();
    const env = { ...programs, DATABASE_URL: urlOf(database) };
    const command = await startProcess({
      command: process.execPath,
      args: [COMMAND, slow(seconds)],
      env,
      wholeGroup: end === undefined,
    });
    while ((await sql('postgres', sleeping(database))).length === 0) await sleep(10);
    if (end === undefined) await command.stop('SIGKILL');
    else await sql('postgres', `SELECT ${end}(pid) FROM (${sleeping(database)}) AS s`);
    expect(await command.exited).not.toBe(0);
    await untilNobody(database);
    expect(await schemasOf(database)).toEqual([]);
  });

  it('but not somebody who is slow', async () => {
    const database = await newDatabase();
    expect((await restore(database, slow(3))).code).toBe(0);
    expect(await schemasOf(database)).toContain('auth');
  });
});

/** Everything that the past has ever given is refused; who operates, and who logs in anew, goes on. */
async function expectLifeGoesOn(): Promise<void> {
  const { outside, bootstrap } = installation;
  const started = await installation.startAuth();
  await installation.startResource();
  for (const token of past.access) expect((await outside.notes(token)).status).toBe(401);
  for (const token of past.refresh) {
    expect((await outside.refresh(past.client, token)).json).toMatchObject({ error: 'invalid_grant' });
  }
  expect((await outside.redeem(past.client, past.unredeemed)).json).toMatchObject({ error: 'invalid_grant' });
  const stale = await send(`${bootstrap.admin_url}/admin/v1/clients`, {
    headers: { authorization: `Bearer ${past.adminToken}` },
  });
  expect(stale.status).toBe(401);
  // The old login is none: the page asks for the password.
  const { url } = outside.authorizationRequest(past.client);
  const page = await past.browser.open(url);
  expect('html' in page && page.html.includes('login-submit')).toBe(true);

  expect(await kidsOf()).not.toContain(killedAfter);
  const anew = await outside.logIn(past.client);
  expect((await outside.notes(anew.access_token, 'life goes on')).status).toBe(201);
  const again = tokensOf(await outside.refresh(past.client, anew.refresh_token));
  expect((await outside.notes(again.access_token)).status).toBe(200);
  expect((await outside.revoke(past.client, again.refresh_token)).status).toBe(200);
  expect((await statusSoon(outside, again.access_token, 401)).status).toBe(401);

  const revocations = await admin('GET', '/revocations?limit=200');
  const items = revocations.json['items'] as readonly { readonly kind: string; readonly value: string }[];
  expect(items.some(({ kind }) => kind === 'issuer')).toBe(true);
  const { jti, grant_id: grantId } = claimsOf(revokedBefore);
  expect(items.some(({ value }) => value === jti || value === grantId)).toBe(true);
  expect(started.output()).not.toMatch(/"level":[56]0/);
  await installation.stopAuth();
  await installation.stopResource();
}

const claimsOf = (token: string): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>;

describe('A12 npm run restore brings a system back, on the Redis that it had', () => {
  it.each(['plain', 'custom'] as const)(
    'from a %s dump, as the owner of the tables and for a role that serves',
    async (form) => {
      const database = await newDatabase();
      const [owner, server] = [`${database}_owner`, `${database}_server`];
      for (const role of [owner, server]) await sql('postgres', `CREATE ROLE ${role} LOGIN PASSWORD 'word'`);
      await sql('postgres', `ALTER DATABASE ${database} OWNER TO ${owner}`);
      const urls = { DATABASE_URL: urlOf(database, server), MIGRATION_DATABASE_URL: urlOf(database, owner) };
      expect(await command(urls, dump[form])).toEqual({
        code: 0,
        output: expect.stringContaining('Restored.') as unknown,
      });
      const [privileges] = await sql(
        database,
        `SELECT has_column_privilege('${server}', 'auth.audit_events', 'kind', 'INSERT') AS insert,
         has_table_privilege('${server}', 'auth.audit_events', 'DELETE') AS delete,
         (SELECT tableowner FROM pg_tables WHERE schemaname = 'auth' AND tablename = 'keys') AS owner`,
      );
      expect(privileges).toEqual({ insert: true, delete: false, owner });
      installation = endings.keep(
        installation.on(urls.DATABASE_URL, { MIGRATION_DATABASE_URL: urls.MIGRATION_DATABASE_URL }),
      );
      await expectLifeGoesOn();
    },
  );

  it.each(['tar', 'directory'] as const)('from a %s dump: the same', async (form) => {
    const database = await newDatabase();
    expect((await restore(database, dump[form])).code).toBe(0);
    expect(await schemasOf(database)).toContain('auth');
    const events = `SELECT kind, target FROM auth.audit_events WHERE kind = 'client.created' ORDER BY id`;
    expect(await sql(database, events)).toEqual(await sql('first', events));
  });

  it('into the database of npm start, of the PostgreSQL that npm brings', async () => {
    // PostgreSQL does not run as root: its user must come in.
    chmodSync(folder, 0o755);
    const env = { LATCHKEY_DATA_DIR: join(folder, 'latchkey') };
    const [mark, hostile] = [join(folder, 'hostile-mark'), join(folder, 'hostile.sql')];
    // Its SQL does run, as an owner who may run no program.
    writeFileSync(
      hostile,
      readFileSync(dump.plain, 'utf8').replace(
        'CREATE SCHEMA auth;',
        `CREATE SCHEMA auth; COPY (SELECT 1) TO PROGRAM 'touch ${mark}';`,
      ),
    );
    expect(await command(env, hostile)).toEqual({
      code: 1,
      output: expect.stringMatching(/Nothing was restored. permission denied to COPY/) as unknown,
    });
    expect(existsSync(mark)).toBe(false);
    expect(await command(env, dump.custom)).toEqual({
      code: 0,
      output: expect.stringContaining('Restored.') as unknown,
    });
    expect((await command(env, dump.custom)).output).toContain('is not empty');
  });

  it('of two from one dump each refuses what the other gave', async () => {
    const [one, other] = [await newDatabase(), await newDatabase()];
    expect((await restore(one, dump.custom)).code).toBe(0);
    await sleep(1_100);
    expect((await restore(other, dump.custom)).code).toBe(0);
    const generation = 'SELECT generation FROM auth.issuer_state';
    const [[first], [second]] = [
      await sql<{ generation: number }>(one, generation),
      await sql<{ generation: number }>(other, generation),
    ];
    expect(second?.generation).toBeGreaterThan(first?.generation ?? Infinity);
  });
});

describe('A12 a dump that was read back by hand', () => {
  it('serves nobody before it is said, and everybody afterwards', async () => {
    const database = await newDatabase();
    await new Promise((resolve) => {
      execFile('pg_restore', ['--no-owner', `--dbname=${urlOf(database)}`, dump.custom], { env: programs }, resolve);
    });
    installation = endings.keep(installation.on(urlOf(database), { MIGRATION_DATABASE_URL: '' }));
    await expect(installation.startAuth()).rejects.toThrow(/read back from a dump.*restore -- --in-place/);
    expect((await restore(database, '--in-place')).code).toBe(0);
    await expectLifeGoesOn();
  });

  it('a database that is vacuumed, or copied as files, is at home', async () => {
    const database = await newDatabase();
    expect((await restore(database, dump.custom)).code).toBe(0);
    const home = 'SELECT written_in = tableoid::bigint AND written_by = xmin::text::bigint AS home FROM auth.home';
    await sql(database, 'VACUUM (FULL, FREEZE) auth.home');
    expect(await sql(database, home)).toEqual([{ home: true }]);
    await sql('postgres', `CREATE DATABASE copy TEMPLATE ${database}`);
    expect(await sql('copy', home)).toEqual([{ home: true }]);
  });
});
