// Owns: databases that are filled once on a server and copied for each test that wants the same. Does not own: what fills them.
import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface DatabaseTemplate {
  /** One for each content, of letters and underscores. */
  readonly name: string;
  /** Fills an empty database as its owner; must have closed every session when it resolves. */
  readonly fill: (url: string) => Promise<void>;
}

interface Role {
  readonly name: string;
  readonly password: string;
}

/** Whoever fills a template holds it, of all processes that share the server. */
const FILLING = 7_305_118;

/**
 * Makes a database of the template for this role, who owns whatever is in it. The first to ask fills the template; a filling
 * that was cut off is begun anew.
 * @param urlFor the address of a database on this server, as this role or as the superuser
 */
export async function copyTemplate(
  { name, fill }: DatabaseTemplate,
  database: string,
  owner: string,
  urlFor: (database: string, role?: Role) => string,
): Promise<void> {
  const [template, filler] = [`template_${name}`, `filler_${name}`];
  await connected(urlFor('postgres'), async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [FILLING]);
    const { rows } = await client.query('SELECT FROM pg_database WHERE datname = $1', [template]);
    if (rows.length === 0) {
      const role = { name: filler, password: randomBytes(16).toString('hex') };
      await client.query(`DROP DATABASE IF EXISTS ${filler} WITH (FORCE)`);
      await client.query(`DROP ROLE IF EXISTS ${filler}`);
      await client.query(`CREATE ROLE ${filler} LOGIN PASSWORD '${role.password}'`);
      await client.query(`CREATE DATABASE ${filler} OWNER ${filler}`);
      await fill(urlFor(filler, role));
      // REASSIGN OWNED would take the template itself along.
      await client.query(`ALTER DATABASE ${filler} OWNER TO CURRENT_USER`);
      await client.query(`ALTER ROLE ${filler} NOLOGIN`);
      await client.query(`ALTER DATABASE ${filler} RENAME TO ${template}`);
    }
    await client.query('SELECT pg_advisory_unlock($1)', [FILLING]);
    // Page by page through the log, which is the default, takes three times the work where checkpoints cost nothing.
    await client.query(`CREATE DATABASE ${database} OWNER ${owner} TEMPLATE ${template} STRATEGY FILE_COPY`);
  });
  await connected(urlFor(database), async (client) => {
    await client.query(`REASSIGN OWNED BY ${filler} TO ${owner}`);
  });
}

async function connected(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
