import { randomUUID } from 'node:crypto';
import type { CodeRedemption, Grant } from '@latchkey/protocol';
import { until } from '@latchkey/tokens/testing';
import type { Act } from './act.js';
import { type Answer, Database, type Statements } from './database.js';
import { openDatabase } from './data-source.js';
import { PostgresGrantStore } from './grant-store.js';
import { preparedTexts } from './prepared.js';
import { redeemOne } from './redemptions.js';
import { endScopes } from './scope-endings.js';
import { openStores } from './stores.js';
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
import { allPassedOver } from './testing/passed-over-codes.js';
import { PATIENT } from './testing/patient.js';
import { genericPlanOf } from './testing/plans.js';
import { WatchedDatabase } from './testing/watched-database.js';

/** One for all that is tested here, whose connections stay warm: each test has people of its own, and finds no grant. */
let test: OpenTestDatabase;
let people: Inhabitants;
beforeAll(async () => {
  test = await openTestDatabase();
});
beforeEach(async () => {
  test.revoked.length = 0;
  await test.database.run('DELETE FROM auth.logout_deliveries');
  await test.database.run('DELETE FROM auth.grants');
  people = await inhabitants();
});
afterAll(() => test.close());

const SCOPE = ['notes:read', 'openid'];
const ACT: Act = { actor: 'an-operator', reason: 'a reason', receipt: false };
const ANYWAY = (): void => undefined;

/** Somebody with a session, who has allowed a client all that codes here ask for. */
async function inhabitants(): Promise<Inhabitants> {
  const who = await settle(test.database);
  await test.database.run('INSERT INTO auth.consents (sub, client_id, scope) VALUES ($1, $2, $3)', [
    ...[who.sub, who.client.clientId, SCOPE],
  ]);
  return who;
}

/** A code for which nobody was asked. */
const aCode = (who = people, over: Partial<Grant> = {}): CodeRedemption => ({
  ...aRedemption(who, { scope: SCOPE, ...over }),
  asked: false,
});

const several = (count: number, who = people): CodeRedemption[] => Array.from({ length: count }, () => aCode(who));

interface Instance {
  readonly grants: PostgresGrantStore;
  readonly database: WatchedDatabase;
}

const anInstance = (): Instance => {
  const database = new WatchedDatabase(test.database.source);
  return { grants: new PostgresGrantStore(database, test.onRevoked), database };
};

const redeemAll = (grants: PostgresGrantStore, all: readonly CodeRedemption[]): Promise<readonly string[]> =>
  Promise.all(all.map((each) => grants.redeemCode(each)));

const living = async (): Promise<number> =>
  (await test.database.run('SELECT 1 FROM auth.grants WHERE revoked_at IS NULL')).rows.length;

/** Where the row of the consent is, and by which transaction it was written. */
const consentRow = async ({ sub, client }: Inhabitants): Promise<unknown> =>
  (
    await test.database.run(
      'SELECT ctid, xmin, scope, granted_at, generation FROM auth.consents WHERE sub = $1 AND client_id = $2',
      [sub, client.clientId],
    )
  ).rows;

const waitingForLocks = async (count: number): Promise<void> => {
  await until(async () => {
    const { rows } = await test.database.run(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rows.length >= count;
  }, `${count} wait for a lock`);
};

/** Whoever redeems this code waits, once they hold what it stands on, until the transaction ends. */
const holdDigest = ({ codeDigest }: CodeRedemption, statements: Statements): Promise<unknown> =>
  statements.run(
    `INSERT INTO auth.grants (grant_id, client_id, sub, token_sub, scope, auth_time, amr, sid, ends_with_session, gen_iss,
       gen_cli, gen_sub, created_at, expires_at, code_digest)
     SELECT gen_random_uuid(), $2, $3, 'x', '{}', now(), '{}', $4, true, 0, 0, 0, now(), now(), $1`,
    [codeDigest, people.client.clientId, people.sub, people.sid],
  );

describe('DESIGN §4 codes that come together', () => {
  it('are one statement, though they are of one person and one client, and what was allowed is not written again', async () => {
    const [{ grants, database }, before] = [anInstance(), await consentRow(people)];
    const all = several(50);
    expect(tally(await redeemAll(grants, all))).toEqual({ redeemed: 50 });
    expect(database.asked).toHaveLength(1);
    expect(await living()).toBe(50);
    expect(await consentRow(people)).toEqual(before);
  });

  it('are one statement also where one comes alone, and where each is of somebody else', async () => {
    const [{ grants, database }, others] = [anInstance(), await Promise.all(Array.from({ length: 10 }, inhabitants))];
    expect(await grants.redeemCode(aCode())).toBe('redeemed');
    expect(database.asked).toHaveLength(1);
    expect(
      tally(
        await redeemAll(
          grants,
          others.map((who) => aCode(who)),
        ),
      ),
    ).toEqual({ redeemed: 10 });
    expect(database.asked).toHaveLength(2);
  });

  it.each([
    ['that come together', (grants: PostgresGrantStore, all: readonly CodeRedemption[]) => redeemAll(grants, all)],
    [
      'of which each comes alone',
      async (grants: PostgresGrantStore, all: readonly CodeRedemption[]) => {
        for (const each of all) await grants.redeemCode(each);
      },
    ],
  ])('%s keep their grants as they were given', async (_, redeem) => {
    const { grants } = anInstance();
    const all = [
      aCode(),
      aCode(people, { endsWithSession: false, resource: 'https://notes.example', nonce: 'n-1 "\\ü', tokenSub: 'p-1' }),
      aCode(people, { scope: [], amr: [], claims: { userinfo: [{ name: 'email', essential: true }], idToken: [] } }),
    ];
    await redeem(grants, all);
    const { rows } = await test.database.run<{ readonly until: number }>(
      'SELECT floor(extract(epoch FROM expires_at))::float8 AS until FROM auth.login_sessions WHERE sid = $1',
      [people.sid],
    );
    for (const { grant } of all) {
      const expiresAt = grant.endsWithSession ? rows[0]?.until : grant.expiresAt;
      const found = await anInstance().grants.find(grant.grantId);
      expect(found).toEqual({ ...grant, expiresAt, refreshGeneration: 0, revoked: false });
    }
  });

  it('get each their own answer, whoever else is among them', async () => {
    const { grants } = anInstance();
    const [used, ended, withdrawn, disabled] = [aCode(), await inhabitants(), await inhabitants(), await inhabitants()];
    await grants.redeemCode(used);
    const stores = openStores(test.database, { adminUrl: 'https://admin.example' }, test.onRevoked);
    await stores.sessionRecords.end(ended.sid, { ...ACT, address: '192.0.2.7', decide: () => undefined });
    await stores.endings.consents.withdraw({ sub: withdrawn.sub, clientId: withdrawn.client.clientId }, ACT, ANYWAY);
    await endClient(test.revoking, disabled.client.clientId, ACT, 'disabled');
    test.revoked.length = 0;
    const wider = { ...aCode(), consentedScope: [...SCOPE, 'notes:write'] };
    const nobody = { ...people, sub: randomUUID() };
    const foreign = { ...people, sid: (await inhabitants()).sid };
    const all: readonly (readonly [CodeRedemption, string])[] = [
      [aCode(), 'redeemed'],
      [used, 'replayed'],
      [aCode(ended), 'ended'],
      [aCode(withdrawn), 'ended'],
      [aCode(disabled), 'ended'],
      [wider, 'ended'],
      [aCode(nobody), 'ended'],
      [aCode(foreign), 'ended'],
      [{ ...aCode(foreign), asked: true }, 'ended'],
      [{ ...aCode(), consentGeneration: 1 }, 'ended'],
      [aCode(people, { generations: { iss: 1, cli: 0, sub: 0 } }), 'ended'],
      [aCode(people, { generations: { iss: 0, cli: 1, sub: 0 } }), 'ended'],
      [aCode(people, { generations: { iss: 0, cli: 0, sub: 1 } }), 'ended'],
      [aCode(), 'redeemed'],
    ];
    expect(
      await redeemAll(
        grants,
        all.map(([code]) => code),
      ),
    ).toEqual(all.map(([, answer]) => answer));
    expect(test.revoked).toMatchObject([{ kind: 'grant', value: used.grant.grantId }]);
    expect(await living()).toBe(2);
  });

  it('read no whole table, also where PostgreSQL plans for a database in which there is nothing yet', async () => {
    const texts = preparedTexts().filter((sql) => sql.includes('INSERT INTO auth.grants'));
    expect(texts).toHaveLength(3);
    const empty = await openTestDatabase(1);
    for (const sql of texts) expect((await genericPlanOf(empty.database, sql)).wholeTables).toEqual(['issuer_state']);
    await empty.close();
  });

  it('do not fail with one of them that PostgreSQL refuses', async () => {
    const { grants } = anInstance();
    const bad = aCode(people, { tokenSub: people.client.clientId });
    const answers = await Promise.allSettled([aCode(), bad, aCode()].map((each) => grants.redeemCode(each)));
    expect(answers).toMatchObject([{ value: 'redeemed' }, { reason: { code: '23514' } }, { value: 'redeemed' }]);
  });
});

/** Nobody here waits for somebody else's lock: whoever does waits for longer than this. */
const TOO_LONG_MS = 30_000;

describe.each([
  ['that somebody was asked for', true],
  ['for which nobody was asked', false],
])('DESIGN §3 a code %s, which another instance is redeeming', (_, asked) => {
  it.each([
    ['is a replay when that commits', true, 'replayed'],
    ['is redeemed when that is rolled back', false, 'redeemed'],
  ] as const)(
    '%s; meanwhile it holds up none of those who come with it',
    async (_name, commits, outcome) => {
      const { database, grants } = anInstance();
      // Of somebody else: what they are asked is held until it is known whether they allowed it.
      const [held, all] = [{ ...aCode(await inhabitants()), asked }, several(9)];
      let late: Promise<string> | undefined;
      const elsewhere = test.database.transaction(async (statements) => {
        await statements.run('SET LOCAL idle_in_transaction_session_timeout = 0');
        expect(await redeemOne(statements, held)).toBe(true);
        const beside = { ...held, asked: false };
        late = grants.redeemCode(beside);
        expect(tally(await redeemAll(grants, all))).toEqual({ redeemed: 9 });
        await allPassedOver(database, [beside]);
        if (!commits) throw new Error('rolled back');
      });
      await (commits ? elsewhere : expect(elsewhere).rejects.toThrow('rolled back'));
      expect(await late).toBe(outcome);
      expect(await living()).toBe(commits ? 9 : 10);
    },
    TOO_LONG_MS,
  );
});

describe('RFC 6749 §4.1.2 a code is redeemed once', () => {
  it('gives each of 10 codes to one of 50 at once at two instances, beside those that a person was asked for', async () => {
    const [here, there] = [anInstance().grants, anInstance().grants];
    const all = [...several(5), ...several(5).map((each) => ({ ...each, asked: true }))];
    const answers = await fifty(async (n) => {
      const each = all[n % 10] ?? aCode();
      return { whose: each.codeDigest, outcome: await (n % 20 < 10 ? here : there).redeemCode(each) };
    });
    for (const { codeDigest, grant } of all) {
      const outcomes = answers.filter(({ whose }) => whose === codeDigest).map(({ outcome }) => outcome);
      expect(tally(outcomes)).toEqual({ redeemed: 1, replayed: 4 });
      expect(await here.find(grant.grantId)).toMatchObject({ revoked: true });
    }
    expect(await living()).toBe(0);
  });

  it('holds nothing of what a code stands on whose consent was taken back since the person was asked, however often it is shown', async () => {
    await test.database.transaction(async (statements) => {
      expect(await redeemOne(statements, { ...aCode(), asked: true, consentGeneration: 1 })).toBe(false);
      const { rows } = await test.database.run(
        `SELECT 1 FROM auth.users u, auth.login_sessions s, auth.consents k
         WHERE u.sub = $1 AND s.sid = $2 AND k.sub = u.sub FOR UPDATE SKIP LOCKED`,
        [people.sub, people.sid],
      );
      expect(rows).toHaveLength(1);
    });
  });

  it('takes a second use for one, also where all that the code stands on ends as soon as the first has committed', async () => {
    const code = aCode();
    let commit: () => void = ANYWAY;
    const mayCommit = new Promise<void>((resolve) => (commit = resolve));
    let first: Promise<void> = Promise.resolve();
    await new Promise<void>((held) => {
      first = test.database.transaction(async (statements) => {
        expect(await redeemOne(statements, code)).toBe(true);
        held();
        await mayCommit;
      });
    });
    class Late extends Database {
      /** The question for a replay, which finds nothing yet. */
      override async transaction<Result>(work: (statements: Statements) => Promise<Result>): Promise<Result> {
        const answer = await super.transaction(work);
        commit();
        await first;
        await test.database.run('UPDATE auth.login_sessions SET ended_at = clock_timestamp() WHERE sid = $1', [
          people.sid,
        ]);
        return answer;
      }
    }
    const second = new PostgresGrantStore(new Late(test.database.source), test.onRevoked);
    expect(await second.redeemCode(code)).toBe('replayed');
    expect(await living()).toBe(0);
  });

  it('never waits in a circle where two instances are shown the same codes in opposite orders', async () => {
    const failures: unknown[] = [];
    class Overheard extends Database {
      override async run<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Answer<Row>> {
        try {
          return await super.run<Row>(sql, parameters);
        } catch (error) {
          failures.push(error);
          throw error;
        }
      }
    }
    const [here, there] = [0, 1].map(() => new PostgresGrantStore(new Overheard(test.database.source), test.onRevoked));
    const all = several(40).sort((one, other) => (one.codeDigest < other.codeDigest ? -1 : 1));
    const middle = all[20];
    if (here === undefined || there === undefined || middle === undefined) throw new Error('two and forty');
    let answers: Promise<readonly (readonly string[])[]> | undefined;
    // Somebody holds the one in the middle until one of them waits for it.
    const held = test.database.transaction(async (statements) => {
      await holdDigest(middle, statements);
      answers = Promise.all([redeemAll(here, all), redeemAll(there, all.toReversed())]);
      // Whoever has taken the others of them; to the other instance they are as if they were held.
      await waitingForLocks(1);
      throw new Error('rolled back');
    });
    await expect(held).rejects.toThrow('rolled back');
    const [one = [], other = []] = (await answers) ?? [];
    expect(failures).toEqual([]);
    expect(tally([...one, ...other])).toEqual({ redeemed: 40, replayed: 40 });
    expect(await living()).toBe(0);
  });
});

/**
 * A service of which every statement that redeems stands still after it has begun to see, before it holds a row, for as long as
 * somebody is in `standstill`: what it asks of a session, it compares with the clock.
 */
async function aSlowInstance(): Promise<Instance> {
  await test.database.run('CREATE SCHEMA spec');
  await test.database.run(`CREATE FUNCTION spec.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN pg_catalog.clock_timestamp(); END $$`);
  const url = new URL(test.url);
  url.searchParams.set('options', '-c search_path=spec,pg_catalog');
  const { source } = await openDatabase({ url: url.href, poolSize: 4, ...PATIENT });
  const database = new WatchedDatabase(source);
  return { database, grants: new PostgresGrantStore(database, test.onRevoked) };
}

/** @param work is told when so many statements stand still */
async function standstill(work: (stands: (count: number) => Promise<void>) => Promise<void>): Promise<void> {
  await test.database.transaction(async (statements) => {
    await statements.run('SELECT pg_advisory_xact_lock(4711)');
    await work(waitingForLocks);
  });
}

/** Changes that whoever stands in the middle of one holds rows for. */
const CHANGES: readonly (readonly [string, (statements: Statements) => Promise<unknown>])[] = [
  [
    'the consent is taken back',
    async (statements) => {
      await statements.run('SELECT FROM auth.users WHERE sub = $1 FOR NO KEY UPDATE', [people.sub]);
      await statements.run(
        `UPDATE auth.consents SET generation = generation + 1, withdrawn_at = clock_timestamp(), scope = '{}' WHERE sub = $1`,
        [people.sub],
      );
    },
  ],
  [
    'the session ends',
    (statements) =>
      statements.run('UPDATE auth.login_sessions SET ended_at = clock_timestamp() WHERE sid = $1', [people.sid]),
  ],
  [
    'the person is revoked',
    (statements) => statements.run('UPDATE auth.users SET generation = generation + 1 WHERE sub = $1', [people.sub]),
  ],
];

/** A person who was asked for it allows it anew. */
const A_SCOPE_IS_LOST = [
  'the consent loses a scope',
  (statements: Statements) =>
    statements.run(`UPDATE auth.consents SET scope = '{openid}' WHERE sub = $1`, [people.sub]),
] as const;

describe('revocation.md V1 a code that is redeemed while what it stands on is changed', () => {
  it.each([
    ...[...CHANGES, A_SCOPE_IS_LOST].map(([what, change]) => [what, false, change] as const),
    ...CHANGES.map(([what, change]) => [what, true, change] as const),
  ])('waits until it is known whether %s (asked: %s), and others go on', async (_what, asked, change) => {
    const { grants, database } = anInstance();
    const others = await Promise.all(Array.from({ length: 5 }, inhabitants));
    for (const commits of [false, true]) {
      let answer: Promise<string> | undefined;
      const held = test.database.transaction(async (statements) => {
        await statements.run('SET LOCAL idle_in_transaction_session_timeout = 0');
        await change(statements);
        const one = { ...aCode(), asked };
        const together = [one, ...others.map((who) => aCode(who))].map((each) => grants.redeemCode(each));
        [answer] = together;
        expect(await Promise.all(together.slice(1))).toEqual(others.map(() => 'redeemed'));
        await allPassedOver(database, [one]);
        if (!commits) throw new Error('rolled back');
      });
      await (commits ? held : expect(held).rejects.toThrow('rolled back'));
      expect(await answer).toBe(commits ? 'ended' : 'redeemed');
    }
    expect(await living()).toBe(others.length * 2 + 1);
  });

  it('sees what was changed and committed after its statement had begun, and others of that statement go on', async () => {
    const changes = [...CHANGES, A_SCOPE_IS_LOST];
    const { grants, database } = await aSlowInstance();
    for (const [what, change] of changes) {
      people = await inhabitants();
      const others = await Promise.all(Array.from({ length: 5 }, inhabitants));
      let answers: Promise<readonly string[]> | undefined;
      await standstill(async (stands) => {
        answers = redeemAll(grants, [aCode(), ...others.map((who) => aCode(who))]);
        await stands(1);
        await test.database.transaction(change);
      });
      expect([what, await answers]).toEqual([what, ['ended', ...others.map(() => 'redeemed')]]);
    }
    await database.close();
  });

  it.each(CHANGES.flatMap(([what, change]) => [false, true].map((asked) => [what, asked, change] as const)))(
    'holds up nobody else, however many of one person wait until it is known whether %s (asked: %s): 64',
    async (_what, asked, change) => {
      const { source } = await openDatabase({ url: test.url, poolSize: 4, ...PATIENT, connectTimeoutMs: 6000 });
      const database = new WatchedDatabase(source);
      const grants = new PostgresGrantStore(database, test.onRevoked);
      const others = await Promise.all(Array.from({ length: 20 }, inhabitants));
      const held = test.database.transaction(async (statements) => {
        await statements.run('SET LOCAL idle_in_transaction_session_timeout = 0');
        await change(statements);
        const codes = several(64).map((each) => ({ ...each, asked }));
        const waiting = codes.map((each) => grants.redeemCode(each));
        const told: unknown[] = [];
        void Promise.race(waiting).catch((error: unknown) => told.push(error));
        const refused = Promise.allSettled(waiting);
        await allPassedOver(database, codes);
        let inTime = 0;
        for (let turn = 0; turn < 3; turn += 1) {
          const good = others.map((who) => aCode(who));
          expect(tally(await redeemAll(grants, good))).toEqual({ redeemed: 20 });
          // However slow the machine is: while all of them still waited.
          if (told.length === 0) inTime += 1;
        }
        expect(inTime).toBeGreaterThan(0);
        for (const each of await refused) {
          expect(each).toMatchObject({ status: 'rejected', reason: { name: 'Unavailable' } });
        }
        throw new Error('rolled back');
      });
      await expect(held).rejects.toThrow('rolled back');
      await source.destroy();
    },
    60_000,
  );

  it('never waits in a circle with a scope that is taken from many', async () => {
    const many = await Promise.all(Array.from({ length: 30 }, inhabitants));
    const [here, there] = [anInstance().grants, anInstance().grants];
    const codes = many.map((who) => aCode(who));
    const asked = many.map((who) => ({ ...aCode(who), asked: true }));
    const [, ...answers] = await Promise.all([
      test.database.transaction((statements) =>
        endScopes(statements, { held: ['notes:read'], removed: ['notes:read'] }, ACT, 'scope_removed'),
      ),
      redeemAll(here, codes),
      redeemAll(
        there,
        many.toReversed().map((who) => aCode(who)),
      ),
      redeemAll(there, asked),
    ]);
    for (const answer of answers.flat()) expect(['redeemed', 'ended']).toContain(answer);
  });
});

describe('revocation.md V1, V3 whoever ends something while a code is redeemed for it', () => {
  const stores = () => openStores(test.database, { adminUrl: 'https://admin.example' }, test.onRevoked);
  /** By this `sub` alone the client knows the person. */
  let speaksBy: string;
  const ENDINGS: readonly (readonly [string, () => Promise<unknown>, () => Promise<unknown>, () => unknown])[] = [
    [
      'the session: the client is told',
      () => stores().sessionRecords.end(people.sid, { ...ACT, address: '192.0.2.7', decide: ANYWAY }),
      async () => (await test.database.run('SELECT sid, token_sub FROM auth.logout_deliveries')).rows,
      () => [{ sid: people.sid, token_sub: speaksBy }],
    ],
    [
      'the person: what speaks by another sub is revoked too',
      () => stores().endings.people.disable(people.sub, ACT, ANYWAY),
      () => Promise.resolve(test.revoked.map(({ value }) => value)),
      () => expect.arrayContaining([speaksBy]) as unknown,
    ],
    [
      'the consent: the grant ends',
      () => stores().endings.consents.withdraw({ sub: people.sub, clientId: people.client.clientId }, ACT, ANYWAY),
      () => living(),
      () => 0,
    ],
  ];
  const cases = [false, true].flatMap((asked) =>
    ENDINGS.map(([what, end, found, wanted]) => ({ what, asked, end, found, wanted })),
  );
  beforeEach(async () => {
    speaksBy = `pairwise-${randomUUID()}`;
    await test.database.run(`UPDATE auth.clients SET backchannel_logout_uri = 'https://client.example/out'`);
  });
  const code = (asked: boolean): CodeRedemption => ({ ...aCode(people, { tokenSub: speaksBy }), asked });

  it.each(cases)('waits for the commit and sees what was given, asked: $asked, $what', async (each) => {
    const [{ grants }, one] = [anInstance(), code(each.asked)];
    let both: Promise<readonly [string, unknown]> | undefined;
    const held = test.database.transaction(async (statements) => {
      await holdDigest(one, statements);
      const answer = grants.redeemCode(one);
      await waitingForLocks(1);
      both = Promise.all([answer, each.end()]);
      await waitingForLocks(2);
      throw new Error('rolled back');
    });
    await expect(held).rejects.toThrow('rolled back');
    expect((await both)?.[0]).toBe('redeemed');
    expect(await each.found()).toEqual(each.wanted());
  });

  it.each(cases)('sees it of 50 at once, asked: $asked, $what', async ({ asked, end, found, wanted }) => {
    const [here, there] = [anInstance().grants, anInstance().grants];
    const answers = fifty((n) => (n % 2 === 0 ? here : there).redeemCode(code(asked)));
    await until(async () => (await living()) > 0, 'the first is redeemed');
    const [outcomes] = await Promise.all([answers, end()]);
    for (const outcome of outcomes) expect(['redeemed', 'ended']).toContain(outcome);
    expect(await found()).toEqual(wanted());
  });
});

describe('DESIGN §3 a broken world is 503: codes that come together', () => {
  it('are all Unavailable when their connection is ended in the middle; nothing was given, and each is still good', async () => {
    const { grants } = anInstance();
    const all = several(30);
    const [first] = all;
    if (first === undefined) throw new Error('thirty');
    const held = test.database.transaction(async (statements) => {
      await holdDigest(first, statements);
      const answers = Promise.allSettled(all.map((each) => grants.redeemCode(each)));
      await waitingForLocks(1);
      await test.database.run(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      for (const answer of await answers) expect(answer).toMatchObject({ reason: { name: 'Unavailable' } });
      throw new Error('rolled back');
    });
    await expect(held).rejects.toThrow('rolled back');
    expect(await living()).toBe(0);
    expect(tally(await redeemAll(grants, all))).toEqual({ redeemed: 30 });
  });
});
