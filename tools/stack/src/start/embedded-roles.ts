// Owns: the roles of the embedded database, those that compose has: for each service an owner, which migrates, and a role that
// only serves. None is a superuser: whatever SQL a dump brings, it runs no program. Does not own: what a serving role may do on
// which table (the migrations grant it).
import { randomBytes } from 'node:crypto';
import pg from 'pg';

type Schema = 'auth' | 'notes';

/** As the service reads it from its environment. Holds passwords: never log it. */
export interface ServiceDatabase {
  readonly DATABASE_URL: string;
  readonly MIGRATION_DATABASE_URL: string;
}

/**
 * Makes the roles, and each owner the owner of its schema, which older versions gave to the superuser. The passwords are drawn
 * anew each time and kept nowhere.
 * @param superuserUrl of the database of the product
 */
export async function rolesOn(superuserUrl: string): Promise<Readonly<Record<Schema, ServiceDatabase>>> {
  // Nothing that stands in a schema of theirs is ever called by the name of something of PostgreSQL's (CVE-2018-1058).
  const client = new pg.Client({ connectionString: superuserUrl, options: '-c search_path=pg_catalog' });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(`REVOKE ALL ON DATABASE ${databaseOf(superuserUrl)} FROM PUBLIC`);
    await client.query('REVOKE ALL ON SCHEMA public FROM PUBLIC');
    const auth = await serviceDatabase(client, superuserUrl, 'auth');
    const notes = await serviceDatabase(client, superuserUrl, 'notes');
    await client.query('COMMIT');
    return { auth, notes };
  } finally {
    await client.end();
  }
}

const databaseOf = (url: string): string => new URL(url).pathname.slice(1);

async function serviceDatabase(client: pg.Client, superuserUrl: string, schema: Schema): Promise<ServiceDatabase> {
  const [owner, service] = [`${schema}_owner`, `${schema}_service`];
  const urls = {
    DATABASE_URL: await roleOn(client, superuserUrl, service, 'CONNECT'),
    MIGRATION_DATABASE_URL: await roleOn(client, superuserUrl, owner, 'CONNECT, CREATE'),
  };
  const { rows } = await client.query<{ statement: string }>(NOT_YET_THEIRS, [schema, owner]);
  for (const { statement } of rows) await client.query(statement);
  return urls;
}

async function roleOn(client: pg.Client, superuserUrl: string, role: string, privileges: string): Promise<string> {
  const password = randomBytes(24).toString('hex');
  const found = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  if (found.rowCount === 0) await client.query(`CREATE ROLE ${role}`);
  await client.query(
    `ALTER ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD '${password}'`,
  );
  const url = new URL(superuserUrl);
  await client.query(`GRANT ${privileges} ON DATABASE ${databaseOf(superuserUrl)} TO ${role}`);
  [url.username, url.password] = [role, password];
  return url.href;
}

/** What of schema $1 is not owned by role $2. The sequence of a column goes with its table; our migrations make no types. */
const NOT_YET_THEIRS = `
  SELECT format('ALTER SCHEMA %I OWNER TO %I', nspname, $2::text) AS statement
    FROM pg_namespace WHERE nspname = $1 AND nspowner <> $2::text::regrole
  UNION ALL
  SELECT format('ALTER TABLE %s OWNER TO %I', c.oid::regclass, $2::text)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'S') AND c.relowner <> $2::text::regrole
      AND NOT (c.relkind = 'S' AND EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')))
  UNION ALL
  SELECT format('ALTER ROUTINE %s OWNER TO %I', p.oid::regprocedure, $2::text)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = $1 AND p.proowner <> $2::text::regrole`;
