/**
 * Owns that a PostgreSQL writes its log as one that has run for a while: into files that it uses again. A new file is filled with zeros
 * first, and whoever commits meanwhile waits (WAL configuration, wal_recycle, wal_init_zero): a young database does that every few
 * seconds under load, one that has had its first checkpoints hardly ever. Does not own the database.
 */
import { Client } from 'pg';

/** Of 16 MB each: more than come between two checkpoints, which PostgreSQL makes by itself at some half of max_wal_size (1 GB). */
const FILES = 40;

/** @param databaseUrl of somebody who may end a file of the log and make a checkpoint */
export async function ageLog(databaseUrl: string, files = FILES): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (let file = 0; file < files; file += 1) {
      // A file in which nothing stands is not ended.
      await client.query(`SELECT pg_logical_emit_message(true, 'bench', 'a file of the log')`);
      await client.query('SELECT pg_switch_wal()');
    }
    // What stands before it is needed no more: its files are given the names of those that come.
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}
