// Owns: throwaway servers and databases for tests. Does not own: the server that `npm test` shares among all of them.
import { randomBytes } from 'node:crypto';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { copyTemplate, type DatabaseTemplate } from './database-template.js';
import { startDebianPostgres } from './debian-postgres.js';
import { startEmbeddedPostgres } from './embedded-postgres.js';
import { fleetingFolder } from './fleeting-folder.js';
import type { PostgresServer } from './postgres-server.js';
import { unprivilegedUser } from './unprivileged-user.js';

/** A temporary folder that belongs to whoever the database server runs as. */
function temporaryFolder(durable: boolean): string {
  const folder = mkdtempSync(join(durable ? tmpdir() : fleetingFolder(), 'latchkey-test-postgres-'));
  const uid = unprivilegedUser();
  if (uid !== undefined) chownSync(folder, uid, uid);
  return folder;
}

export interface TestPostgres extends PostgresServer {
  /** Stops it if it still runs, and starts it again on the same port and data. */
  restart(): Promise<void>;
}

/**
 * A server of its own, without fsync unless `durable`, whose data go when it stops or when we die; for a test that stops or
 * kills its database, and for a bench that measures what a commit costs.
 * TESTBED_POSTGRES=15 chooses Debian's, anything else the embedded one; `version: 15` asks for Debian's whatever was chosen.
 */
export async function startTestPostgres(
  options: { readonly port?: number; readonly version?: 15; readonly durable?: boolean } = {},
): Promise<TestPostgres> {
  const durable = options.durable ?? false;
  const folder = temporaryFolder(durable);
  const start = (port: number | undefined): Promise<PostgresServer> =>
    (options.version === 15 || process.env['TESTBED_POSTGRES'] === '15' ? startDebianPostgres : startEmbeddedPostgres)({
      dataDirectory: join(folder, 'data'),
      port,
      durable,
      removeIfOrphaned: folder,
    });
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  let running: PostgresServer;
  try {
    running = await start(options.port);
  } catch (error) {
    remove();
    throw error;
  }
  return {
    url: running.url,
    port: running.port,
    get pid() {
      return running.pid;
    },
    kill: () => running.kill(),
    stop: async () => {
      await running.stop();
      remove();
    },
    restart: async () => {
      await running.stop();
      running = await start(running.port);
    },
  };
}

export interface TestDatabase {
  /** As the owner of the database, an ordinary role. */
  readonly url: string;
  /** The same database as the superuser, for a test that needs further roles. */
  readonly superuserUrl: string;
  /** Ends every session on it, then removes the database and its owner. Safe to call twice. */
  drop(): Promise<void>;
}

let own: { readonly server: Promise<PostgresServer>; users: number } | undefined;

/** The server that `npm test` started, or one for this process alone while any database on it is in use. */
async function acquireServer(): Promise<{ url: string; isShared: boolean; release: () => Promise<void> }> {
  const shared = process.env['TEST_POSTGRES_URL'];
  if (shared !== undefined && shared !== '') return { url: shared, isShared: true, release: () => Promise.resolve() };

  own ??= { server: startTestPostgres(), users: 0 };
  const mine = own;
  mine.users += 1;
  const release = async (): Promise<void> => {
    mine.users -= 1;
    if (mine.users > 0) return;
    if (own === mine) own = undefined;
    await (await mine.server).stop();
  };
  try {
    return { url: (await mine.server).url, isShared: false, release };
  } catch (error) {
    if (own === mine) own = undefined;
    throw error;
  }
}

async function asSuperuser(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function urlFor(server: string, database: string, role?: { name: string; password: string }): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  if (role !== undefined) {
    url.username = role.name;
    url.password = role.password;
  }
  return url.href;
}

/**
 * A fresh database with a name and an owner of its own, closed to every other role save the superuser: empty, or as the
 * template was filled.
 */
export async function createTestDatabase(template?: DatabaseTemplate): Promise<TestDatabase> {
  const { url, isShared, release } = await acquireServer();
  const name = `test_${randomBytes(8).toString('hex')}`;
  const password = randomBytes(16).toString('hex');
  try {
    await asSuperuser(url, [`CREATE ROLE ${name} LOGIN PASSWORD '${password}'`]);
    if (template !== undefined && isShared) {
      await copyTemplate(template, name, name, (database, role) => urlFor(url, database, role));
    } else {
      await asSuperuser(url, [`CREATE DATABASE ${name} OWNER ${name} STRATEGY FILE_COPY`]);
      // A server of this process alone may be gone before there is a second to copy.
      await template?.fill(urlFor(url, name, { name, password }));
    }
    await asSuperuser(url, [`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`]);
  } catch (error) {
    await release();
    throw error;
  }
  let dropped: Promise<void> | undefined;
  const dropOnce = async (): Promise<void> => {
    try {
      await asSuperuser(url, [`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`, `DROP ROLE IF EXISTS ${name}`]);
    } finally {
      await release();
    }
  };
  return {
    url: urlFor(url, name, { name, password }),
    superuserUrl: urlFor(url, name),
    drop: () => (dropped ??= dropOnce()),
  };
}
