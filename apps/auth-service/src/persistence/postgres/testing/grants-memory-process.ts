/**
 * A process that remembers every grant of a database and tells what that takes: argv holds the URL, and how many bytes
 * may be remembered, if not as many as in production. To be run with --expose-gc. Prints how many
 * bytes, in the heap and beside it, and how many grants that are.
 */
import { openDatabase } from '../data-source.js';
import { GRANT_COLUMNS, grantFrom, type GrantColumns } from '../grant-row.js';
import { RememberedGrants } from '../remembered-grants.js';
import { PATIENT } from './patient.js';

const [, , url = '', mostBytes] = process.argv;
const database = await openDatabase({ url, poolSize: 1, ...PATIENT });
const AT_ONCE = 500;

/** In pieces, so that nothing of an answer is left but what is remembered. */
async function remember(remembered: RememberedGrants, most: number): Promise<void> {
  let last = '00000000-0000-0000-0000-000000000000';
  for (let read = 0; read < most; read += AT_ONCE) {
    const { rows } = await database.run<GrantColumns>(
      `SELECT ${GRANT_COLUMNS} FROM auth.grants g WHERE grant_id > $1 ORDER BY grant_id LIMIT ${AT_ONCE}`,
      [last],
    );
    for (const row of rows) remembered.remember(grantFrom(row));
    const id = rows.at(-1)?.grant_id;
    if (id === undefined) return;
    last = id;
  }
}

/** What lives, in bytes. */
async function living(): Promise<number> {
  for (let round = 0; round < 4; round += 1) {
    await new Promise(setImmediate);
    globalThis.gc?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

// Whatever is made but once (code, hidden classes of ours) is made before it is measured.
await remember(new RememberedGrants(), AT_ONCE);
const before = await living();
const remembered = new RememberedGrants(mostBytes === undefined ? undefined : Number(mostBytes));
await remember(remembered, Infinity);
const bytes = (await living()) - before;
process.stdout.write(JSON.stringify({ bytes, remembered: remembered.size }));
await database.close();
