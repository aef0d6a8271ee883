// The database of npm start: who owns what in it, and that a folder of an older version goes on.
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rescue } from '@latchkey/auth-service/rescuing';
import { declareRestored } from '@latchkey/auth-service/restoring';
import { startEmbeddedPostgres } from '@latchkey/testbed';
import pg from 'pg';
import { type EmbeddedDatabase, openEmbeddedDatabase } from './embedded-database.js';
import type { ServiceDatabase } from './embedded-roles.js';

const PATIENCE = 120_000;

async function ask(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** What PostgreSQL calls it (SQLSTATE), or nothing where it did not refuse. */
const refusalOf = (url: string, sql: string): Promise<unknown> =>
  ask(url, sql).then(
    () => undefined,
    (error: unknown) => (error instanceof pg.DatabaseError ? error.code : error),
  );

const FORBIDDEN = '42501';
const NOT_THEIRS = `
  SELECT c.oid::regclass::text AS name FROM pg_class c WHERE c.relnamespace = 'auth'::regnamespace AND c.relowner <> 'auth_owner'::regrole
  UNION ALL SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = 'auth'::regnamespace AND p.proowner <> 'auth_owner'::regrole
  UNION ALL SELECT t.oid::regtype::text FROM pg_type t WHERE t.typnamespace = 'auth'::regnamespace AND t.typowner <> 'auth_owner'::regrole
  UNION ALL SELECT n.nspname FROM pg_namespace n WHERE n.nspname = 'auth' AND n.nspowner <> 'auth_owner'::regrole`;

const named = ({ DATABASE_URL: databaseUrl, MIGRATION_DATABASE_URL: migrationDatabaseUrl }: ServiceDatabase) => ({
  databaseUrl,
  migrationDatabaseUrl,
});
const migrating = (database: ServiceDatabase): Promise<void> =>
  declareRestored({ ...named(database), logLevel: 'silent' });

let parent: string;
beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'latchkey-embedded-'));
  chmodSync(parent, 0o711);
});
afterAll(() => {
  rmSync(parent, { recursive: true, force: true });
});

describe('A11 A12 the database of npm start', () => {
  let embedded: EmbeddedDatabase;
  beforeAll(async () => {
    embedded = await openEmbeddedDatabase(join(parent, 'new'));
  }, PATIENCE);
  afterAll(() => embedded.stop());

  const urls = (): readonly string[] =>
    [embedded.auth, embedded.notes].flatMap((each) => Object.values(each) as string[]);

  it('is no superuser’s: no role that works in it runs a program or reads a file of the machine', async () => {
    const mark = join(parent, 'mark');
    for (const url of urls()) {
      expect(
        await ask(
          url,
          'SELECT rolsuper OR rolcreaterole OR rolbypassrls AS may FROM pg_roles WHERE rolname = current_user',
        ),
      ).toEqual([{ may: false }]);
      expect(await refusalOf(url, `COPY (SELECT 1) TO PROGRAM 'touch ${mark}'`)).toBe(FORBIDDEN);
      expect(await refusalOf(url, `COPY (SELECT 1) TO '${mark}'`)).toBe(FORBIDDEN);
      expect(await refusalOf(url, "SELECT pg_read_file('PG_VERSION')")).toBe(FORBIDDEN);
      expect(await refusalOf(url, 'SET ROLE postgres')).toBe(FORBIDDEN);
    }
    expect(existsSync(mark)).toBe(false);
  });

  it('lets each owner make its schema, and whoever serves neither make one nor change the audit trail', async () => {
    await migrating(embedded.auth);
    const { DATABASE_URL: serving, MIGRATION_DATABASE_URL: owner } = embedded.auth;
    expect(await ask(owner, NOT_THEIRS)).toEqual([]);
    expect(await ask(serving, 'SELECT count(*)::int AS n FROM auth.clients')).toEqual([{ n: 0 }]);
    expect(await refusalOf(serving, 'DELETE FROM auth.audit_events')).toBe(FORBIDDEN);
    expect(await refusalOf(serving, 'CREATE SCHEMA mine')).toBe(FORBIDDEN);
    expect(await refusalOf(serving, 'CREATE TABLE public.mine ()')).toBe(FORBIDDEN);
    for (const other of Object.values(embedded.notes) as string[]) {
      expect(await refusalOf(other, 'SELECT FROM auth.clients')).toBe(FORBIDDEN);
    }
  });
});

describe('A11 a folder of a version whose superuser owned everything', () => {
  it(
    'goes on: what stands there is its owners’, and the next start finds it so',
    async () => {
      const folder = join(parent, 'old');
      const old = await startEmbeddedPostgres({ dataDirectory: join(folder, 'postgres'), durable: false });
      await ask(old.url, 'CREATE DATABASE latchkey');
      const superuser = old.url.replace(/\/postgres$/, '/latchkey');
      await migrating({ DATABASE_URL: superuser, MIGRATION_DATABASE_URL: superuser });
      await ask(
        superuser,
        `CREATE SCHEMA notes; CREATE TABLE notes.notes (id int GENERATED ALWAYS AS IDENTITY, text text);
        INSERT INTO notes.notes (text) VALUES ('kept')`,
      );
      const [before] = await ask(superuser, 'SELECT generation FROM auth.issuer_state');
      await old.stop();

      for (let start = 0; start < 2; start += 1) {
        const embedded = await openEmbeddedDatabase(folder);
        try {
          const { auth, notes } = embedded;
          expect(await ask(auth.MIGRATION_DATABASE_URL, NOT_THEIRS)).toEqual([]);
          if (start === 0)
            expect(await ask(auth.MIGRATION_DATABASE_URL, 'SELECT generation FROM auth.issuer_state')).toEqual([
              before,
            ]);
          // As a service that starts: the owner migrates and lets the serving role in. A rescue may be the first of all.
          expect((await rescue(named(auth))).client_id).toMatch(/^[0-9a-f]{32}$/);
          await migrating(auth);
          expect(await ask(auth.DATABASE_URL, 'SELECT count(*)::int AS n FROM auth.issuer_state')).toEqual([{ n: 1 }]);
          await ask(notes.MIGRATION_DATABASE_URL, 'ALTER TABLE notes.notes ADD COLUMN IF NOT EXISTS more text');
          expect(await ask(notes.MIGRATION_DATABASE_URL, 'SELECT text FROM notes.notes')).toEqual([{ text: 'kept' }]);
        } finally {
          await embedded.stop();
        }
      }
    },
    PATIENCE,
  );
});
