import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PostgresGrantStore } from './grant-store.js';
import { aRedemption, openTestDatabase, populate, type OpenTestDatabase } from './testing/open-test-database.js';

const REGISTER = fileURLToPath(new URL('../../../../../tools/register.mjs', import.meta.url));
const MEMORY = fileURLToPath(new URL('./testing/grants-memory-process.ts', import.meta.url));

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

/** So many grants that are the given one, each with what `over` makes of its number `n`: an SQL expression of jsonb. */
const multiply = async (many: number, over: string): Promise<void> => {
  const redemption = aRedemption(await populate(test.database));
  await new PostgresGrantStore(test.database, () => undefined).redeemCode(redemption);
  const alike = `jsonb_build_object('grant_id', md5(n::text)::uuid, 'code_digest', md5(n::text) || md5(n::text))`;
  await test.database.run(
    // Expanded among the columns, the record would be made anew for each of them.
    `INSERT INTO auth.grants SELECT made.*
     FROM auth.grants g, generate_series(1, ${many}) n, jsonb_populate_record(g, ${alike} || (${over})) made
     WHERE g.grant_id = $1`,
    [redemption.grant.grantId],
  );
};

const array = (element: string, length: number): string =>
  `(SELECT jsonb_agg(${element}) FROM generate_series(1, ${length}) i)`;
const scope = (name: string, length: number): string => `jsonb_build_object('scope', ${array(name, length)})`;
const claims = (claim: string, length: number): string =>
  `jsonb_build_object('claims', jsonb_build_object('userinfo', '[]'::jsonb, 'idToken', ${array(claim, length)}))`;

describe('DESIGN §7 what is remembered of grants takes as much memory as is said, and no more', () => {
  it.each([
    ['with ten scopes', 20_000, 13_000, scope(`'notes:scope-' || i`, 10)],
    ['with many short scopes', 4_000, 1_750, scope(`'s' || i`, 30)],
    ['with long scopes', 4_000, 1_750, scope(`repeat('s', 150) || i`, 4)],
    [
      'with claims in letters that are not Latin',
      4_000,
      1_250,
      claims(`jsonb_build_object('name', repeat('字', 180))`, 2),
    ],
    [
      'with claims that have a member like no other',
      4_000,
      1_250,
      claims(`jsonb_build_object('m' || n || '_' || i, i + 0.5)`, 4),
    ],
  ])('%s', async (_, many, least, over) => {
    await multiply(many, over);
    // What each takes does not hang on the bound, which is the real one for those with ten scopes alone: the others take long to make.
    const bound = many === 20_000 ? undefined : 8 * 2 ** 20;
    const { bytes, remembered } = await measured(bound);
    process.stdout.write(`${(bytes / 2 ** 20).toFixed(1)} MB for ${remembered} remembered\n`);
    expect(remembered).toBeGreaterThan(least);
    expect(bytes).toBeLessThan(bound ?? 32 * 2 ** 20);
  });
});
