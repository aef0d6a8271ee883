// Owns: the folder of the one-command stack and the database in it. Does not own: its roles, nor what stands in the database.
import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@latchkey/testbed';
import pg from 'pg';
import { rolesOn, type ServiceDatabase } from './embedded-roles.js';

const DATABASE = 'latchkey';

export interface EmbeddedDatabase {
  /** Hold passwords: never log them. */
  readonly auth: ServiceDatabase;
  readonly notes: ServiceDatabase;
  stop(): Promise<void>;
}

/** @throws Error with a sentence for the person at the terminal: running already, a folder that will not do */
export async function openEmbeddedDatabase(folder: string): Promise<EmbeddedDatabase> {
  openFolder(folder);
  const postgres = await startEmbeddedPostgres({ dataDirectory: join(folder, 'postgres'), durable: true });
  try {
    return { ...(await rolesOn(await databaseOn(postgres.url))), stop: () => postgres.stop() };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

/** An empty variable is no variable: nothing is ever written into the working folder itself. */
export const dataDirectoryOf = ({ LATCHKEY_DATA_DIR: given }: NodeJS.ProcessEnv): string =>
  given === undefined || given === '' ? '.latchkey' : given;

/** Passable, because the database's unprivileged user lives in it, but not to be listed. */
function openFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    if (isOurs(readdirSync(folder))) {
      chmodSync(folder, 0o711);
      return;
    }
  } catch (error) {
    const remedy = 'Name one of your own, for example "LATCHKEY_DATA_DIR=$HOME/.latchkey npm start"';
    throw new Error(`The folder ${folder} cannot be made or is not yours. ${remedy}.`, { cause: error });
  }
  throw new Error(`The folder ${folder} holds something else. Name an empty one, or one that does not exist yet.`);
}

/** Nothing is written, and no mode changed, where somebody keeps other things. */
const isOurs = (names: readonly string[]): boolean =>
  names.length === 0 || names.includes('postgres') || names.includes('key-encryption-key');

/** The database of the product, made when it is not there yet. */
async function databaseOn(superuserUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
  const url = new URL(superuserUrl);
  url.pathname = `/${DATABASE}`;
  return url.href;
}
