import type { CodeRedemption, RotationOutcome } from '@latchkey/protocol';
import { until } from '@latchkey/tokens/testing';
import type { Act } from './act.js';
import { openDatabase, type DatabaseOptions } from './data-source.js';
import { PostgresGrantStore } from './grant-store.js';
import { preparedTexts } from './prepared.js';
import { openStores, type Stores } from './stores.js';
import {
  aRedemption,
  endClient,
  fifty,
  openTestDatabase,
  settle,
  tally,
  type Inhabitants,
  type OpenTestDatabase,
} from './testing/open-test-database.js';
import { PATIENT } from './testing/patient.js';
import { genericPlanOf } from './testing/plans.js';
import { WatchedDatabase } from './testing/watched-database.js';

/** A day, so that no spec meets the end of a bucket. */
const TOLERANCE = 86_400;
const MAC_KEY = 7;

/** One for all that is tested here, which takes longer to make than most of it: each test has people and grants of its own. */
let test: OpenTestDatabase;
let people: Inhabitants;
beforeAll(async () => {
  test = await openTestDatabase();
});
beforeEach(async () => {
  test.revoked.length = 0;
  people = await settle(test.database);
});
afterAll(() => test.close());

/** For the tests of a describe that count on nothing else being there, or leave nothing as it was. */
const inADatabaseOfTheirOwn = (): void => {
  let shared: OpenTestDatabase;
  beforeAll(async () => {
    shared = test;
    test = await openTestDatabase();
  });
  afterAll(async () => {
    await test.close();
    test = shared;
  });
};

interface Instance {
  readonly grants: PostgresGrantStore;
  readonly database: WatchedDatabase;
}

const anInstance = (): Instance => {
  const database = new WatchedDatabase(test.database.source);
  return { grants: new PostgresGrantStore(database, test.onRevoked), database };
};

const redeemed = async (who = people, over: Partial<CodeRedemption['grant']> = {}): Promise<CodeRedemption> => {
  const redemption = aRedemption(who, over);
  expect(await anInstance().grants.redeemCode(redemption)).toBe('redeemed');
  return redemption;
};

const several = (count: number): Promise<CodeRedemption[]> =>
  Promise.all(Array.from({ length: count }, () => redeemed()));

const rotate = (
  grants: PostgresGrantStore,
  { grant, revocationExpiresAt }: CodeRedemption,
  presented = 0,
  presentedKey = MAC_KEY,
): Promise<RotationOutcome> =>
  grants.rotateRefreshToken({
    ...{ grantId: grant.grantId, presented, presentedKey, toleranceSeconds: TOLERANCE, revocationExpiresAt },
  });

const generationOf = async ({ grant }: CodeRedemption): Promise<number | undefined> =>
  (await anInstance().grants.find(grant.grantId))?.refreshGeneration;

const ACT: Act = { actor: 'an-operator', reason: 'a reason', receipt: false };
const BY_OPERATOR = { ...ACT, address: '192.0.2.7', decide: () => undefined };
const ANYWAY = (): void => undefined;
const ROTATED = { outcome: 'rotated', successor: 1 };

describe('RFC 6749 §6 refreshes that come together', () => {
  it('are one statement: 50 of different grants', async () => {
    const [{ grants, database }, all] = [anInstance(), await several(50)];
    const answers = await fifty((n) => rotate(grants, all[n] ?? aRedemption(people)));
    expect(answers).toEqual(all.map(() => ROTATED));
    expect(database.asked).toHaveLength(1);
    for (const each of all) expect(await generationOf(each)).toBe(1);
    // And again, each its next.
    expect(await fifty((n) => rotate(grants, all[n] ?? aRedemption(people), 1))).toEqual(
      all.map(() => ({ outcome: 'rotated', successor: 2 })),
    );
    expect(database.asked).toHaveLength(2);
  });

  it('are one statement also where there is one', async () => {
    const [{ grants, database }, redemption] = [anInstance(), await redeemed()];
    expect(await rotate(grants, redemption)).toEqual(ROTATED);
    expect(database.asked).toHaveLength(1);
  });

  it('have one winner where they are of the same grant, beside others: 50 at once, at two instances', async () => {
    const [here, there, all] = [anInstance(), anInstance(), await several(10)];
    const answers = await fifty(async (n) => {
      const each = all[n % 10] ?? aRedemption(people);
      return { ...(await rotate((n % 20 < 10 ? here : there).grants, each)), whose: each.grant.grantId };
    });
    for (const each of all) {
      const outcomes = answers.filter(({ whose }) => whose === each.grant.grantId).map(({ outcome }) => outcome);
      expect(tally(outcomes)).toEqual({ rotated: 1, retried: 4 });
      expect(await generationOf(each)).toBe(1);
    }
    expect(test.revoked).toEqual([]);
  });

  it('get each their own answer, whoever else is among them', async () => {
    const { grants } = anInstance();
    const [good, revoked, killed, retried, superseded, future, foreign] = await several(7);
    if (!good || !revoked || !killed || !retried || !superseded || !future || !foreign) throw new Error('seven');
    await grants.revokeGrant({ ...revoked, ...revoked.grant, cause: 'revoked_by_client', receipt: false });
    await test.database.run(
      `INSERT INTO auth.revocations (id, kind, value, cause, actor) VALUES (gen_random_uuid(), 'key', 'refresh-8', 'key.killed', 'spec')`,
    );
    await rotate(grants, retried);
    for (const presented of [0, 1]) await rotate(grants, superseded, presented);
    const gone = await settle(test.database);
    const [ofGone, unknown] = [await redeemed(gone), aRedemption(people)];
    await endClient(test.revoking, gone.client.clientId, ACT, 'disabled');
    const expired = await redeemed();
    await test.database.run('UPDATE auth.grants SET expires_at = now() WHERE grant_id = $1', [expired.grant.grantId]);

    test.revoked.length = 0;
    const answers = await Promise.all([
      rotate(grants, good),
      rotate(grants, revoked),
      rotate(grants, killed, 0, 8),
      rotate(grants, retried),
      rotate(grants, superseded),
      rotate(grants, future, 9),
      rotate(grants, ofGone),
      rotate(grants, unknown),
      rotate(grants, aRedemption(people, { grantId: 'no uuid' })),
      rotate(grants, expired),
      rotate(grants, foreign),
    ]);
    expect(answers).toEqual([
      ROTATED,
      { outcome: 'ended' },
      { outcome: 'ended' },
      { outcome: 'retried', successor: 1 },
      { outcome: 'superseded' },
      { outcome: 'reused' },
      { outcome: 'ended' },
      { outcome: 'ended' },
      { outcome: 'ended' },
      { outcome: 'ended' },
      ROTATED,
    ]);
    expect(test.revoked).toMatchObject([{ kind: 'grant', value: future.grant.grantId }]);
    expect(await generationOf(killed)).toBe(0);
  });

  it('get each their own answer, though PostgreSQL refuses the statement for the sake of one', async () => {
    const [{ grants }, [bad, ...others]] = [anInstance(), await several(20)];
    if (bad === undefined) throw new Error('twenty');
    const answers = await Promise.all([
      ...others.map((each) => rotate(grants, each)),
      // No integer of PostgreSQL's.
      rotate(grants, bad, 2 ** 31),
    ]);
    expect(answers).toEqual([...others.map(() => ROTATED), { outcome: 'reused' }]);
  });

  it('never wait in a circle, though two instances are asked in opposite orders', async () => {
    const all = await several(60);
    const [here, there] = [anInstance().grants, anInstance().grants];
    for (let turn = 0; turn < 100; turn += 1) {
      const answers = await Promise.all([
        ...all.map((each) => rotate(here, each, turn)),
        ...all.toReversed().map((each) => rotate(there, each, turn)),
      ]);
      expect(tally(answers.map(({ outcome }) => outcome))).toEqual({ rotated: 60, retried: 60 });
    }
  }, 120_000);

  it('do not wait for the row that one of them has to wait for', async () => {
    const [{ grants }, [slow, ...others]] = [anInstance(), await several(20)];
    if (slow === undefined) throw new Error('twenty');
    let waiting: Promise<RotationOutcome> | undefined;
    await test.database.transaction(async (statements) => {
      await statements.run('SELECT FROM auth.grants WHERE grant_id = $1 FOR UPDATE', [slow.grant.grantId]);
      waiting = rotate(grants, slow);
      expect(await Promise.all(others.map((each) => rotate(grants, each)))).toEqual(others.map(() => ROTATED));
      expect(await Promise.all(others.map((each) => rotate(grants, each, 1)))).toHaveLength(19);
    });
    expect(await waiting).toEqual(ROTATED);
  });
});

describe('DESIGN §3 a row that somebody holds', () => {
  /** A service of four connections. */
  const aSmallInstance = async (Watched = WatchedDatabase): Promise<Instance> => {
    const { source } = await openDatabase({ url: test.url, poolSize: 4, ...PATIENT });
    const database = new Watched(source);
    return { database, grants: new PostgresGrantStore(database, test.onRevoked) };
  };
  /** Whoever waits for a row hears soon that it is not to be had. */
  class Hasty extends WatchedDatabase {
    override get patienceMs(): number {
      return 300;
    }
  }
  const held = ({ grant }: CodeRedemption, work: () => Promise<void>): Promise<void> =>
    test.database.transaction(async (statements) => {
      await statements.run('SET LOCAL idle_in_transaction_session_timeout = 0');
      await statements.run('SELECT FROM auth.grants WHERE grant_id = $1 FOR UPDATE', [grant.grantId]);
      await work();
    });

  const ASKED = [
    ['refreshed', 0, { rotated: 1, retried: 63 }],
    ['misused', 9, { reused: 1, ended: 63 }],
  ] as const;

  it.each(ASKED)(
    'holds up nobody but those who ask for it, however many these are: 64 to be %s',
    async (_what, presented, outcomes) => {
      const [{ grants, database }, [slow, ...others]] = [await aSmallInstance(), await several(20)];
      if (slow === undefined) throw new Error('twenty');
      let waiting: readonly Promise<RotationOutcome>[] = [];
      await held(slow, async () => {
        waiting = Array.from({ length: 64 }, () => rotate(grants, slow, presented));
        let told = false;
        const tell = (): void => void (told = true);
        void Promise.race(waiting).then(tell, tell);
        await until(() => database.timesAskedAbout(slow.grant.grantId) > 2 * 64, 'each was passed over');
        for (const turn of [0, 1, 2]) {
          expect(
            tally((await Promise.all(others.map((each) => rotate(grants, each, turn)))).map((a) => a.outcome)),
          ).toEqual({ rotated: 19 });
        }
        expect(told).toBe(false);
        expect(test.revoked).toEqual([]);
      });
      expect(tally((await Promise.all(waiting)).map(({ outcome }) => outcome))).toEqual(outcomes);
      await database.close();
    },
  );

  it.each(ASKED)(
    'is not to be had in time by those who ask for it, and nothing becomes of that: 64 to be %s',
    async (_what, presented) => {
      const [{ grants, database }, slow] = [await aSmallInstance(Hasty), await redeemed()];
      await held(slow, async () => {
        for (const each of await Promise.allSettled(
          Array.from({ length: 64 }, () => rotate(grants, slow, presented)),
        )) {
          expect(each).toMatchObject({ status: 'rejected', reason: { name: 'Unavailable' } });
        }
      });
      expect(test.revoked).toEqual([]);
      expect(await rotate(anInstance().grants, slow, presented)).toEqual(
        presented === 0 ? ROTATED : { outcome: 'reused' },
      );
      await database.close();
    },
  );

  it('is had as soon as it is let go', async () => {
    const [{ grants, database }, [slow, misused]] = [await aSmallInstance(), await several(2)];
    if (slow === undefined || misused === undefined) throw new Error('two');
    let waiting: Promise<RotationOutcome[]> | undefined;
    await test.database.transaction(async (statements) => {
      await statements.run('SELECT FROM auth.grants WHERE client_id = $1 FOR UPDATE', [slow.grant.clientId]);
      waiting = Promise.all([rotate(grants, slow), rotate(grants, misused, 9)]);
      for (const { grant } of [slow, misused]) {
        await until(() => database.timesAskedAbout(grant.grantId) > 3, 'it was passed over and asked for again');
      }
    });
    expect(await waiting).toEqual([ROTATED, { outcome: 'reused' }]);
    expect(test.revoked).toMatchObject([{ kind: 'grant', value: misused.grant.grantId }]);
    await database.close();
  });
});

describe('DESIGN §7 refreshes that come together write one row each and no index', () => {
  inADatabaseOfTheirOwn();
  const together = (): string => {
    const [found = ''] = preparedTexts().filter((sql) => /UPDATE auth\.grants/.test(sql) && /unnest/.test(sql));
    return found;
  };

  it.each([
    ['a database that is new', 0],
    ['one of three grants', 3],
  ])('are planned row by row, by the primary key, in %s', async (_what, count) => {
    await several(count);
    const { wholeTables, indexes } = await genericPlanOf(test.database, together());
    expect(wholeTables).toEqual(['issuer_state']);
    expect(indexes).toContain('grants_pkey');
  });

  it('find room in the pages of their rows, however full the table was written', async () => {
    const one = await openTestDatabase(1);
    try {
      const [grants, others] = [new PostgresGrantStore(one.database, () => undefined), await settle(one.database)];
      const all = Array.from({ length: 160 }, () => aRedemption(others));
      for (const each of all) await grants.redeemCode(each);
      const apart = all.filter((_, at) => at % 30 === 0 && at < 120);
      for (const turn of [0, 1]) await Promise.all(apart.map((each) => rotate(grants, each, turn)));
      await one.database.run('SELECT pg_stat_force_next_flush()');
      const { rows } = await one.database.run(
        `SELECT n_tup_upd::integer AS updates, n_tup_hot_upd::integer AS hot FROM pg_stat_user_tables WHERE relname = 'grants'`,
      );
      expect(rows).toEqual([{ updates: 2 * apart.length, hot: 2 * apart.length }]);
    } finally {
      await one.close();
    }
  });
});

/**
 * A service of which every statement that rotates stands still after it has begun to see, before it holds a row: `cardinality`
 * is what it asks first, and here that waits for as long as somebody is in `standstill`.
 */
async function aSlowInstance(options: Partial<DatabaseOptions> = {}): Promise<Instance> {
  await test.database.run('CREATE SCHEMA IF NOT EXISTS spec');
  await test.database.run(`CREATE OR REPLACE FUNCTION spec.cardinality(asked uuid[]) RETURNS integer LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN pg_catalog.cardinality(asked); END $$`);
  const url = new URL(test.url);
  url.searchParams.set('options', '-c search_path=spec,pg_catalog');
  const { source } = await openDatabase({ url: url.href, poolSize: 4, ...PATIENT, ...options });
  const database = new WatchedDatabase(source);
  return { database, grants: new PostgresGrantStore(database, test.onRevoked) };
}

/** While it lasts, statements stand still that ask for the same lock. @param work is told when so many do, or all of these are over */
async function standstill(
  work: (standing: (count: number, those?: readonly Promise<unknown>[]) => Promise<void>) => Promise<void>,
): Promise<void> {
  await test.database.transaction(async (statements) => {
    await statements.run('SET LOCAL idle_in_transaction_session_timeout = 0');
    await statements.run('SELECT pg_advisory_xact_lock(4711)');
    await work(async (count, those = []) => {
      const over = those.length === 0 ? undefined : Promise.allSettled(those);
      const now = Promise.resolve('not yet');
      while ((await standing()).length < count && (await Promise.race([over ?? now, now])) === 'not yet');
    });
  });
}

const standing = async (): Promise<readonly { readonly pid: number }[]> =>
  (
    await test.database.run<{ readonly pid: number }>(
      `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    )
  ).rows;

describe('revocation.md V1 what ends while refreshes are committed together', () => {
  it('is seen, though the statement began before: it looks again at a row that it comes to hold', async () => {
    const { grants, database } = await aSlowInstance();
    const all = await several(4);
    const [first, revoked, moved, spared] = all;
    if (!first || !revoked || !moved || !spared) throw new Error('four');
    let answers: Promise<RotationOutcome[]> | undefined;
    await standstill(async (standing) => {
      answers = Promise.all(all.map((each) => rotate(grants, each)));
      await standing(1);
      const other = anInstance().grants;
      await other.revokeGrant({ ...revoked, ...revoked.grant, cause: 'revoked_by_client', receipt: false });
      await test.database.run(
        'UPDATE auth.grants SET refresh_generation = 1, rotation_bucket = 0 WHERE grant_id = $1',
        [moved.grant.grantId],
      );
    });
    // What was moved long ago is reuse by now.
    expect(await answers).toEqual([ROTATED, { outcome: 'ended' }, { outcome: 'reused' }, ROTATED]);
    expect(await Promise.all(all.map(generationOf))).toEqual([1, 0, 1, 1]);
    await database.close();
  });

  type End = (stores: Stores, who: Inhabitants) => Promise<unknown>;
  const WIDE: readonly (readonly [string, End])[] = [
    ['a person', ({ endings }, { sub }) => endings.people.disable(sub, ACT, ANYWAY)],
    ['a person, deleted', ({ endings }, { sub }) => endings.people.delete(sub, ACT, ANYWAY)],
    ['a session', ({ sessionRecords }, { sid }) => sessionRecords.end(sid, BY_OPERATOR)],
    ['a client', (_stores, { client }) => endClient(test.revoking, client.clientId, ACT, 'disabled')],
    [
      'a consent',
      ({ endings }, { sub, client }) => endings.consents.withdraw({ sub, clientId: client.clientId }, ACT, ANYWAY),
    ],
  ];
  const WIDEST: typeof WIDE = [['everything', ({ endings }) => endings.brake.pull(ACT)]];

  const NEVER = 'never waits in a circle with the end of %s, and is refreshed no more when that has ended';
  const never = async (_of: string, end: End): Promise<void> => {
    const all = await several(40);
    const [here, there] = [anInstance().grants, anInstance().grants];
    const stores = openStores(test.database, { adminUrl: 'https://admin.example' }, test.onRevoked);
    await test.database.run(
      'INSERT INTO auth.consents (sub, client_id, scope) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [...[people.sub, people.client.clientId, ['openid']]],
    );
    let ended = false;
    const turns = Array.from({ length: 2 * all.length }, () => 0);
    /** Whoever refreshes goes on until they are refused, by both instances in opposite orders. */
    const chain = async (each: CodeRedemption, grants: PostgresGrantStore, at: number): Promise<void> => {
      for (;;) {
        const [began, presented] = [ended, (await generationOf(each)) ?? 0];
        const { outcome } = await rotate(grants, each, presented);
        if (outcome === 'ended') return;
        expect(['rotated', 'retried', 'superseded']).toContain(outcome);
        expect(began).toBe(false);
        turns[at] = (turns[at] ?? 0) + 1;
      }
    };
    const chains = Promise.all([
      ...all.map((each, at) => chain(each, here, at)),
      ...all.toReversed().map((each, at) => chain(each, there, all.length + at)),
    ]);
    // Each of them: one instance alone may have moved all grants while the other has not had an answer yet.
    const begun = until(() => turns.every((count) => count > 2), 'all have begun', 100_000);
    await Promise.race([begun, chains]);
    expect(turns.filter((count) => count === 0)).toEqual([]);
    await end(stores, people);
    ended = true;
    await chains;
  };
  it.each(WIDE)(NEVER, never, 120_000);

  describe('and after it nobody else', () => {
    inADatabaseOfTheirOwn();
    it.each(WIDEST)(NEVER, never, 120_000);
  });
});

describe('DESIGN §3 a broken world is 503: refreshes that come together', () => {
  const unavailable = async (answers: readonly Promise<unknown>[]): Promise<void> => {
    for (const answer of await Promise.allSettled(answers)) {
      expect(answer).toMatchObject({ status: 'rejected', reason: { name: 'Unavailable' } });
    }
  };

  it('are all Unavailable when their connection is ended in the middle; a retry gets the successor', async () => {
    const [{ grants, database }, all] = [await aSlowInstance(), await several(30)];
    await standstill(async (stands) => {
      const answers = all.map((each) => rotate(grants, each));
      await stands(1);
      for (const { pid } of await standing()) await test.database.run('SELECT pg_terminate_backend($1)', [pid]);
      await unavailable(answers);
    });
    expect(await Promise.all(all.map(generationOf))).toEqual(all.map(() => 0));
    expect(await Promise.all(all.map((each) => rotate(grants, each)))).toEqual(all.map(() => ROTATED));
    await database.close();
  });

  it('are all Unavailable when PostgreSQL stands still, and so are those who wait behind them', async () => {
    const { grants, database } = await aSlowInstance({ statementTimeoutMs: 1500, connectTimeoutMs: 1500 });
    const all = await several(60);
    await standstill(async (stands) => {
      const answers: Promise<unknown>[] = [];
      for (let n = 0; n < 60; n += 20) {
        answers.push(...all.slice(n, n + 20).map((each) => rotate(grants, each)));
        // On a busy machine the first may be over before the second stands; whoever comes then has to wait as long.
        await stands(Math.min(n / 20 + 1, 2), answers);
      }
      await unavailable(answers);
    });
    expect(await Promise.all(all.map(generationOf))).toEqual(all.map(() => 0));
    await database.close();
  });

  it('are all Unavailable when the service ends in the middle, also those who had not begun', async () => {
    const [{ grants, database }, all] = [await aSlowInstance(), await several(60)];
    await standstill(async (stands) => {
      const answers: Promise<unknown>[] = [];
      for (let n = 0; n < 60; n += 20) {
        answers.push(...all.slice(n, n + 20).map((each) => rotate(grants, each)));
        await stands(Math.min(n / 20 + 1, 2));
      }
      await Promise.all([unavailable(answers), database.close()]);
    });
    // What PostgreSQL had begun, it may have done all the same; a retry gets what was lost.
    const { grants: again } = anInstance();
    for (const { outcome } of await Promise.all(all.map((each) => rotate(again, each)))) {
      expect(['rotated', 'retried']).toContain(outcome);
    }
    expect(await Promise.all(all.map(generationOf))).toEqual(all.map(() => 1));
  });
});
