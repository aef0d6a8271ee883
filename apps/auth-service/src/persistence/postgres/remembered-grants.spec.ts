import { randomUUID } from 'node:crypto';
import type { CodeRedemption, GivenGrant } from '@latchkey/protocol';
import type { Database } from './database.js';
import { PostgresGrantStore } from './grant-store.js';
import { RememberedGrants, weightOfGrant } from './remembered-grants.js';
import { aRedemption, fifty, openTestDatabase, populate, tally } from './testing/open-test-database.js';
import type { Inhabitants, OpenTestDatabase } from './testing/open-test-database.js';
import { WatchedDatabase } from './testing/watched-database.js';

let test: OpenTestDatabase;
let people: Inhabitants;
beforeAll(async () => {
  test = await openTestDatabase();
  people = await populate(test.database);
});
afterAll(() => test.close());

/** An instance of its own: it remembers nothing of the others. */
const anInstance = (): { readonly grants: PostgresGrantStore; readonly database: WatchedDatabase } => {
  const database = new WatchedDatabase(test.database.source);
  return { grants: new PostgresGrantStore(database, test.onRevoked), database };
};

const redeemed = async (grants: PostgresGrantStore, over: Partial<CodeRedemption['grant']> = {}) => {
  const redemption = aRedemption(people, over);
  expect(await grants.redeemCode(redemption)).toBe('redeemed');
  return redemption;
};

const rotate = (grants: PostgresGrantStore, { grant, revocationExpiresAt }: CodeRedemption, presented: number) =>
  grants.rotateRefreshToken({
    ...{ grantId: grant.grantId, presented, presentedKey: 7, toleranceSeconds: 86_400, revocationExpiresAt },
  });

/** Whatever is remembered, by the column that keeps it: the compiler wants all of them. */
const COLUMNS: Readonly<Record<keyof GivenGrant, readonly string[]>> = {
  grantId: ['grant_id'],
  clientId: ['client_id'],
  sub: ['sub'],
  tokenSub: ['token_sub'],
  scope: ['scope'],
  resource: ['resource'],
  authTime: ['auth_time'],
  amr: ['amr'],
  sid: ['sid'],
  endsWithSession: ['ends_with_session'],
  generations: ['gen_iss', 'gen_cli', 'gen_sub'],
  claims: ['claims'],
};

describe('R36 RFC 6749 §6 what a grant gives is remembered, since it never changes', () => {
  it.each(Object.values(COLUMNS).flat())('lets no statement change %s', async (column) => {
    const { grants } = anInstance();
    const { grant } = await redeemed(grants);
    const changing = test.database.run(`UPDATE auth.grants SET ${column} = ${column} WHERE grant_id = $1`, [
      grant.grantId,
    ]);
    await expect(changing).rejects.toMatchObject({ code: '23001' });
  });

  it('remembers what PostgreSQL says, and nothing that may change', async () => {
    const [first, second] = [anInstance(), anInstance()];
    const words = { resource: 'https://notes.example', tokenSub: 'a pairwise value', nonce: 'n-1' };
    for (const over of [{}, { ...words, claims: { userinfo: [], idToken: [{ name: 'email' }] } }] as const) {
      const { grant } = await redeemed(first.grants, over);
      const { createdAt, expiresAt, nonce } = grant;
      for (const { grants } of [first, second]) {
        const given = await grants.given(grant.grantId);
        expect({ ...given, createdAt, expiresAt, nonce }).toEqual({ ...grant, nonce });
        expect(Object.keys(given ?? {}).every((name) => name in COLUMNS)).toBe(true);
      }
    }
  });

  it('asks PostgreSQL once for a refresh: at once where the code was redeemed, elsewhere from the second on', async () => {
    const [first, second] = [anInstance(), anInstance()];
    const redemption = await redeemed(first.grants);
    const asked = async ({ grants, database }: ReturnType<typeof anInstance>, presented: number) => {
      const before = database.asked.length;
      expect(await grants.given(redemption.grant.grantId)).toBeDefined();
      expect(await rotate(grants, redemption, presented)).toMatchObject({ outcome: 'rotated' });
      return database.asked.length - before;
    };
    expect([await asked(first, 0), await asked(second, 1), await asked(second, 2), await asked(first, 3)]).toEqual([
      ...[1, 2, 1, 1],
    ]);
  });

  it('knows nobody whom PostgreSQL does not know, and asks each time', async () => {
    const { grants, database } = anInstance();
    const grantId = randomUUID();
    for (let n = 0; n < 2; n += 1) expect(await grants.given(grantId)).toBeUndefined();
    expect(await grants.given('no uuid')).toBeUndefined();
    expect(database.asked).toHaveLength(2);
  });

  it('gives nothing for a grant that was revoked, or is gone, however well it is remembered: 50 at once', async () => {
    const [here, elsewhere] = [anInstance(), anInstance()];
    const endings = [
      (redemption: CodeRedemption) =>
        elsewhere.grants.revokeGrant({
          ...redemption,
          ...redemption.grant,
          cause: 'revoked_by_client',
          receipt: false,
        }),
      ({ grant }: CodeRedemption) => test.database.run('DELETE FROM auth.grants WHERE grant_id = $1', [grant.grantId]),
    ];
    for (const end of endings) {
      const redemption = await redeemed(here.grants);
      await end(redemption);
      expect(await here.grants.given(redemption.grant.grantId)).toBeDefined();
      const answers = await fifty(() => rotate(here.grants, redemption, 0));
      expect(tally(answers.map(({ outcome }) => outcome))).toEqual({ ended: 50 });
      const presented = { grantId: redemption.grant.grantId, presented: 0, presentedKey: 7, toleranceSeconds: 10 };
      expect(await here.grants.refreshableUntil(presented)).toBeUndefined();
    }
  });

  it('has a bound: the oldest that nobody has asked for since is forgotten, and read again', () => {
    const [a, b, c, d] = Array.from({ length: 4 }, () => aRedemption(people).grant);
    const remembered = new RememberedGrants(3.5 * weightOfGrant(aRedemption(people).grant));
    for (const grant of [a, b, c]) if (grant !== undefined) remembered.remember(grant);
    const isKnown = (grant = aRedemption(people).grant): boolean => remembered.find(grant.grantId) !== undefined;
    expect(isKnown(a)).toBe(true);
    if (d !== undefined) remembered.remember(d);
    expect([isKnown(a), isKnown(b), isKnown(c), isKnown(d), remembered.size]).toEqual([true, false, true, true, 3]);
  });

  it('has a bound for each: whoever asks for everything is read each time, and gets it', async () => {
    const { grants, database } = anInstance();
    const scope = Array.from({ length: 10 }, (_, n) => `notes:scope-${n}`);
    const claims = {
      userinfo: [],
      idToken: Array.from({ length: 40 }, (_, n) => ({ name: `claim ${n}`, essential: true })),
    };
    const asked: number[] = [];
    for (const over of [{ scope }, { scope, claims }]) {
      const { grant } = await redeemed(grants, over);
      const before = database.asked.length;
      for (let n = 0; n < 2; n += 1) expect(await grants.given(grant.grantId)).toMatchObject(over);
      asked.push(database.asked.length - before);
    }
    expect(asked).toEqual([0, 2]);
  });
});

describe('DESIGN §7 a rotation writes one row and no index', () => {
  it('has no index on anything that a rotation sets', async () => {
    const { rows } = await test.database.run(
      `SELECT a.attname FROM pg_index x JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = ANY(x.indkey)
       WHERE x.indrelid = 'auth.grants'::regclass AND a.attname = ANY($1)`,
      [['refresh_generation', 'last_used_at', 'rotation_bucket', 'bucket_low', 'previous_bucket_low']],
    );
    expect(rows).toEqual([]);
  });

  it('finds room in the page of its row, however full the table was written', async () => {
    const one = await openTestDatabase(1);
    try {
      const others = await populate(one.database);
      const grants = new PostgresGrantStore(one.database, () => undefined);
      const redemptions = Array.from({ length: 160 }, () => aRedemption(others));
      for (const redemption of redemptions) await grants.redeemCode(redemption);
      // One to a page, and none in the last, which is not full: no room that others have left is needed, and nobody who looks at
      // the table meanwhile can keep it from them.
      const apart = redemptions.filter((_, at) => at % 30 === 0 && at < 120);
      for (const redemption of apart) {
        expect(await rotate(grants, redemption, 0)).toMatchObject({ outcome: 'rotated' });
      }
      expect(await updatesOf(one.database)).toEqual({ updates: apart.length, elsewhere: 0 });
    } finally {
      await one.close();
    }
  });
});

/** On the one connection that did them: what it has counted is told at the end of a transaction. */
const updatesOf = async (database: Database) => {
  await database.run('SELECT pg_stat_force_next_flush()');
  const { rows } = await database.run<{ readonly updates: number; readonly elsewhere: number }>(
    `SELECT n_tup_upd::integer AS updates, (n_tup_upd - n_tup_hot_upd)::integer AS elsewhere
     FROM pg_stat_user_tables WHERE relname = 'grants'`,
  );
  return { updates: rows[0]?.updates, elsewhere: rows[0]?.elsewhere };
};
