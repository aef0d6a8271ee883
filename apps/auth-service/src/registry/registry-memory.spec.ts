import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  addClient,
  openTestDatabase,
  type OpenTestDatabase,
} from '../persistence/postgres/testing/open-test-database.js';

const REGISTER = fileURLToPath(new URL('../../../../tools/register.mjs', import.meta.url));
const MEMORY = fileURLToPath(new URL('./test/memory-process.ts', import.meta.url));

let test: OpenTestDatabase;
beforeEach(async () => {
  test = await openTestDatabase(2);
});
afterEach(() => test.close());

/**
 * What a process takes that remembers as many of them as it may, by the heap itself.
 * @param mostBytes the bound; that of production when left out
 */
async function measured(mostBytes?: number): Promise<{ readonly bytes: number; readonly remembered: number }> {
  const node = ['--conditions=latchkey-source', '--import', REGISTER, '--expose-gc'];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...node, MEMORY, test.url, ...(mostBytes === undefined ? [] : [`${mostBytes}`])],
    {
      env: { PATH: process.env['PATH'] },
    },
  );
  return JSON.parse(stdout) as { bytes: number; remembered: number };
}

/** So many clients that are the given one, each with what `over` makes of its number `n`: an SQL expression of jsonb. */
const multiply = async (many: number, over: string): Promise<void> => {
  const { clientId } = await addClient(test.database);
  await test.database.run(
    // Expanded among the columns, the record would be made anew for each of them.
    `INSERT INTO auth.clients SELECT made.*
       FROM auth.clients c, generate_series(1, ${many}) n,
         jsonb_populate_record(c, jsonb_build_object('client_id', md5(n::text)) || (${over})) made
       WHERE c.client_id = $1`,
    [clientId],
  );
};

const USUAL = `'{}'::jsonb`;
const inAKey = (member: string): string =>
  `jsonb_build_object('jwks', jsonb_build_object('keys', jsonb_build_array(jsonb_build_object('kty', 'EC', 'x', ${member}))))`;
const array = (element: string, length: number): string =>
  `(SELECT jsonb_agg(${element}) FROM generate_series(1, ${length}) i)`;

const object = (name: string, length: number): string =>
  `(SELECT jsonb_object_agg(${name}, 1) FROM generate_series(1, ${length}) i)`;

describe('DESIGN §7 what is remembered of clients takes as much memory as is said, and no more', () => {
  it.each([
    ['with texts that are not written in Latin letters', 150, inAKey(`repeat('字', 50000)`)],
    ['with long texts of Latin letters', 150, inAKey(`repeat('a', 50000)`)],
    ['with thousands of short scopes', 150, `jsonb_build_object('allowed_scope', ${array(`'s' || i`, 2000)})`],
    ['with many empty objects', 150, inAKey(array(`'{}'::jsonb`, 1500))],
    ['with many empty lists', 150, inAKey(array(`'[]'::jsonb`, 600))],
    ['with thousands of numbers', 150, inAKey(array(`i + 0.5`, 3500))],
    ['with members of names that no other object has', 340, inAKey(object(`'m' || n || '_' || i`, 400))],
    [
      'with objects that have a member like no other object',
      340,
      inAKey(array(`jsonb_build_object('m' || n || '_' || i, 1)`, 300)),
    ],
    ['with objects that have a number for a name', 150, inAKey(array(`jsonb_build_object(i * 1000, 1)`, 300))],
    ['of the usual length', 14_000, USUAL],
  ])('%s', async (_, many, over) => {
    await multiply(many, over);
    // What each takes does not hang on the bound, which is the real one for the usual ones alone: the others take long to make.
    const bound = over === USUAL ? undefined : 12 * 2 ** 20;
    const { bytes, remembered } = await measured(bound);
    process.stdout.write(`${(bytes / 2 ** 20).toFixed(1)} MB for ${remembered} remembered\n`);
    expect(remembered).toBeGreaterThan(over === USUAL ? 10_000 : 40);
    expect(bytes).toBeLessThan(bound ?? 32 * 2 ** 20);
  });
});
