import { randomBytes, randomUUID } from 'node:crypto';
import { digestOf, type CodeRedemption, type Grant } from '@latchkey/protocol';
import type { RevocationKind } from '@latchkey/tokens';
import { KeyEncryption, KeyRotation } from '@latchkey/tokens/issuing';
import type { Act, Ending } from './act.js';
import type { PostgresConsentStore } from './consent-store.js';
import { PostgresGrantStore } from './grant-store.js';
import { PostgresLoginSessionStore } from './login-session-store.js';
import { PostgresPeopleStore } from './people-store.js';
import { standingRevocation } from './revocation-row.js';
import { openStores, type Endings, type Stores } from './stores.js';
import { AUDIT_EVENTS } from './testing/audit-columns.js';
import {
  aRedemption,
  endClient,
  everything,
  fifty,
  openTestDatabase,
  settle,
  tally,
  type Inhabitants,
  type OpenTestDatabase,
} from './testing/open-test-database.js';

/** Under no condition. */
const ANYWAY = (): void => undefined;
const ACT: Act = { actor: 'an-operator', address: '192.0.2.7', reason: 'a reason', receipt: true };
/** The same, by whoever sets no condition on what stands. */
const BY_OPERATOR = { ...ACT, address: '192.0.2.7', decide: () => undefined };

interface World extends Inhabitants {
  readonly cookieDigest: string;
  /** A grant that lives, and what redeemed it. */
  readonly redemption: CodeRedemption;
  readonly kid: string;
}

let test: OpenTestDatabase;
let endings: Endings;
let stores: Stores;
let consents: PostgresConsentStore;
let grants: PostgresGrantStore;
/** Another for each act, as in another instance: none shares the work of another. */
let rotation: () => KeyRotation;
beforeAll(async () => {
  test = await openTestDatabase();
  stores = openStores(test.database, { adminUrl: 'https://admin.example' }, test.onRevoked);
  ({ endings, consents } = stores);
  const spans = { announceMs: 3_600_000, useMs: 36_000_000, keepMs: 3_600_000 };
  const encryption = new KeyEncryption(randomBytes(32));
  rotation = () => new KeyRotation({ store: stores.keys, encryption, spans, rings: [{ algorithm: 'ES256' }] });
  await rotation().run();
  grants = new PostgresGrantStore(test.database, test.onRevoked);
});
afterAll(() => test.close());
beforeEach(() => {
  test.revoked.length = 0;
  test.receipts.length = 0;
});

/** What an operator who kills a key is told, as of any other ending. */
const killKey = async (kid: string, act: Act): Promise<Ending> => {
  const { outcome } = await rotation().kill(kid, act);
  if (outcome === 'unknown') return { outcome, revocations: [] };
  const standing = await standingRevocation(test.database, { kind: 'key', value: kid });
  return { outcome: outcome === 'killed' ? 'ended' : 'before', revocations: standing === undefined ? [] : [standing] };
};

const activeKid = async (): Promise<string> =>
  (await rotation().list()).keys.find(({ state }) => state === 'active')?.kid ?? '';

const generations = async (who: Inhabitants): Promise<Grant['generations']> => {
  const { rows } = await test.database.run<Grant['generations']>(
    `SELECT i.generation AS iss, c.generation AS cli, u.generation AS sub
     FROM auth.issuer_state i, auth.clients c, auth.users u WHERE c.client_id = $1 AND u.sub = $2`,
    [who.client.clientId, who.sub],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('Nobody is there.');
  return row;
};

const logIn = async (
  who: Inhabitants,
  replacesCookieDigest?: string,
): Promise<{ sid: string; cookieDigest: string }> => {
  const cookieDigest = digestOf(randomUUID());
  const session = await new PostgresLoginSessionStore(test.database, test.onRevoked).start({
    ...{ cookieDigest, sub: who.sub, passwordVersion: 0, personGeneration: (await generations(who)).sub, amr: ['pwd'] },
    ...{ lifetimeSeconds: 3600, ...(replacesCookieDigest === undefined ? {} : { replacesCookieDigest }) },
  });
  if (session === undefined) throw new Error('The session was not started.');
  return { sid: session.sid, cookieDigest };
};

/** Allowed now. */
const code = async (who: Inhabitants, over: Partial<Grant> = {}): Promise<CodeRedemption> => ({
  ...aRedemption(who, { generations: await generations(who), ...over }),
  consentGeneration: (await consents.standing({ sub: who.sub, clientId: who.client.clientId })).generation,
});

const redeemed = async (who: Inhabitants, over: Partial<Grant> = {}): Promise<CodeRedemption> => {
  const redemption = await code(who, over);
  expect(await grants.redeemCode(redemption)).toBe('redeemed');
  return redemption;
};

const world = async (): Promise<World> => {
  const settled = await settle(test.database);
  const who = { ...settled, ...(await logIn(settled)) };
  const { clientId } = who.client;
  await test.database.run(`INSERT INTO auth.consents (sub, client_id, scope) VALUES ($1, $2, '{}')`, [
    who.sub,
    clientId,
  ]);
  return { ...who, kid: await activeKid(), redemption: await redeemed(who) };
};

const rotate = async ({ grant, revocationExpiresAt }: CodeRedemption): Promise<string> =>
  (
    await grants.rotateRefreshToken({
      grantId: grant.grantId,
      presented: 0,
      presentedKey: 0,
      toleranceSeconds: 10,
      revocationExpiresAt,
    })
  ).outcome;

interface Cause {
  readonly title: string;
  readonly kind: RevocationKind;
  readonly audit: string;
  /** What the entry names. */
  readonly names: (world: World) => string;
  readonly end: (world: World) => Promise<Ending>;
  /** Whether each of several at once is one of its own. */
  readonly each?: boolean;
  /** Gives back what a login needs; the generation stays. */
  readonly again?: string;
  /** What becomes of the code that was redeemed before. */
  readonly oldCode: 'replayed' | 'ended' | 'redeemed';
}

const CAUSES: readonly Cause[] = [
  {
    ...{ title: 'consent withdrawn', kind: 'grant', audit: 'consent.withdrawn', oldCode: 'ended' },
    names: ({ redemption }) => redemption.grant.grantId,
    end: ({ sub, client }) => endings.consents.withdraw({ sub, clientId: client.clientId }, ACT, ANYWAY),
  },
  {
    ...{ title: 'grant deleted', kind: 'grant', audit: 'grant.revoked', oldCode: 'redeemed' },
    names: ({ redemption }) => redemption.grant.grantId,
    end: ({ redemption }) => stores.grantRecords.end(redemption.grant.grantId, BY_OPERATOR),
  },
  {
    ...{ title: 'logout', kind: 'session', audit: 'session.ended', oldCode: 'ended' },
    names: ({ sid }) => sid,
    end: ({ cookieDigest }) => endings.sessions.logOut(cookieDigest, { ...ACT }),
  },
  {
    ...{ title: 'session ended by an operator', kind: 'session', audit: 'session.ended', oldCode: 'ended' },
    names: ({ sid }) => sid,
    end: ({ sid }) => stores.sessionRecords.end(sid, BY_OPERATOR),
  },
  {
    ...{ title: 'user disabled', kind: 'subject', audit: 'user.disabled', oldCode: 'ended' },
    names: ({ sub }) => sub,
    end: ({ sub }) => endings.people.disable(sub, ACT, ANYWAY),
    again: 'UPDATE auth.users SET enabled = true WHERE NOT enabled',
  },
  {
    ...{ title: 'user deleted', kind: 'subject', audit: 'user.deleted', oldCode: 'ended' },
    names: ({ sub }) => sub,
    end: ({ sub }) => endings.people.delete(sub, ACT, ANYWAY),
    again: `UPDATE auth.users SET enabled = true, deleted_at = NULL, username = sub::text, normalized_username = sub::text,
      password_hash = 'stand-in' WHERE NOT enabled`,
  },
  {
    ...{ title: 'password reset', kind: 'subject', audit: 'user.password_reset', oldCode: 'ended', each: true },
    names: ({ sub }) => sub,
    end: ({ sub }) => endings.people.resetPassword(sub, '$argon2id$another', ACT, ANYWAY),
  },
  {
    ...{ title: 'client disabled', kind: 'client', audit: 'client.disabled', oldCode: 'ended' },
    names: ({ client }) => client.clientId,
    end: ({ client }) => endClient(test.revoking, client.clientId, ACT, 'disabled'),
    again: 'UPDATE auth.clients SET enabled = true WHERE NOT enabled',
  },
  {
    ...{ title: 'client deleted', kind: 'client', audit: 'client.deleted', oldCode: 'ended' },
    names: ({ client }) => client.clientId,
    end: ({ client }) => endClient(test.revoking, client.clientId, ACT, 'deleted'),
    again: 'UPDATE auth.clients SET enabled = true, deleted_at = NULL WHERE NOT enabled',
  },
  {
    ...{ title: 'key killed', kind: 'key', audit: 'key.killed', oldCode: 'redeemed' },
    names: ({ kid }) => kid,
    end: ({ kid }) => killKey(kid, ACT),
  },
  {
    ...{ title: 'the emergency brake', kind: 'issuer', audit: 'issuer.revoked', oldCode: 'ended', each: true },
    names: () => '',
    end: () => endings.brake.pull(ACT),
  },
];

describe.each(CAUSES)('revocation.md V4 $title → $kind', ({ kind, names, end, each, again, audit, oldCode }) => {
  it.each([
    ['a revocation is written', 'CREATE TRIGGER fail BEFORE INSERT ON auth.revocations'],
    ['an audit event is written', 'CREATE TRIGGER fail BEFORE INSERT ON auth.audit_events'],
    [
      'everything is committed',
      'CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON auth.revocations DEFERRABLE INITIALLY DEFERRED FOR EACH ROW',
    ],
  ])('leaves nothing half done, and tells nobody, when it fails while %s', async (_title, trigger) => {
    const before = await world();
    const dump = await everything(test.database);
    test.revoked.length = 0;
    await test.database.run(`CREATE OR REPLACE FUNCTION auth.fail() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'the spec broke it' USING ERRCODE = 'XX001'; END $$`);
    await test.database.run(`${trigger} EXECUTE FUNCTION auth.fail()`);
    await expect(end(before)).rejects.toMatchObject({ code: 'XX001' });
    await test.database.run(
      `DROP TRIGGER fail ON ${trigger.includes('audit') ? 'auth.audit_events' : 'auth.revocations'}`,
    );
    expect(await everything(test.database)).toBe(dump);
    expect(test.revoked).toEqual([]);
  });

  it('writes exactly its kind, its audit event, and says so after the commit', async () => {
    const before = await world();
    const { rows: earlier } = await test.database.run('SELECT id FROM auth.revocations');
    test.receipts.length = 0;
    test.revoked.length = 0;
    const { outcome, revocations } = await end(before);
    expect(outcome).toBe('ended');
    expect(revocations).toMatchObject([{ kind, value: names(before) }]);
    expect(test.revoked).toEqual(revocations);
    expect(test.receipts).toEqual([true]);
    const { rows } = await test.database.run('SELECT * FROM auth.revocations');
    expect(rows).toHaveLength(earlier.length + 1);
    const { rows: events } = await test.database.run(
      `SELECT actor, address, outcome, detail FROM ${AUDIT_EVENTS} WHERE kind = $1 ORDER BY id DESC LIMIT 1`,
      [audit],
    );
    expect(events).toMatchObject([{ address: '192.0.2.7', outcome: 'done', detail: { reason: 'a reason' } }]);
  });

  it('has one winner of 50 at once, or 50 that are each of their own', async () => {
    const before = await world();
    test.revoked.length = 0;
    const answers = await fifty(() => end(before));
    const outcomes = tally(answers.map(({ outcome }) => outcome));
    const written = test.revoked.filter((entry) => entry.kind === kind && entry.value === names(before));
    if (each === true) {
      expect(outcomes).toEqual({ ended: 50 });
      expect(new Set(written.map(({ generation }) => generation)).size).toBe(50);
    } else {
      expect(outcomes.ended).toBe(1);
      expect(written).toHaveLength(1);
      expect(test.revoked).toHaveLength(1);
      // Whoever lost is told what stands, if anything is there to be told of.
      for (const { outcome, revocations } of answers) {
        if (outcome !== 'unknown') expect(revocations).toEqual(written);
      }
    }
  });

  it('is seen by every refresh token, code and login that began before, and by none that began after (V1)', async () => {
    const before = await world();
    const unredeemed = await code(before);
    await end(before);
    const ends = kind !== 'key';
    expect(await rotate(before.redemption)).toBe(ends ? 'ended' : 'rotated');
    expect(await grants.redeemCode(unredeemed)).toBe(oldCode);
    if (ends) expect(await grants.redeemCode(before.redemption)).toBe('replayed');
    if (again !== undefined) await test.database.run(again);
    const after = { ...before, ...(await logIn(before)) };
    const fresh = await redeemed(after);
    expect(await rotate(fresh)).toBe('rotated');
  });
});

describe('revocation.md V4 what is not there', () => {
  it('is answered `unknown`, and nothing is written', async () => {
    const dump = await everything(test.database);
    for (const name of [randomUUID(), 'no uuid', 'f'.repeat(32), 'nul \u0000', '']) {
      const answers = [
        await stores.grantRecords.end(name, BY_OPERATOR),
        await endings.consents.withdraw({ sub: name, clientId: name }, ACT, ANYWAY),
        await stores.sessionRecords.end(name, BY_OPERATOR),
        await endings.sessions.logOut(digestOf(name), ACT),
        await endings.people.disable(name, ACT, ANYWAY),
        await endings.people.delete(name, ACT, ANYWAY),
        await endings.people.resetPassword(name, 'x', ACT, ANYWAY),
        await endClient(test.revoking, name, ACT, 'disabled'),
        await endClient(test.revoking, name, ACT, 'deleted'),
        await killKey(name, ACT),
      ];
      for (const answer of answers) expect(answer).toEqual({ outcome: 'unknown', revocations: [] });
    }
    expect(await everything(test.database)).toBe(dump);
    expect(test.revoked).toEqual([]);
  });
});

describe('revocation.md V4 logout → `session`', () => {
  it('ends the whole chain of sessions that replaced one another, an entry for each, whichever is named', async () => {
    for (const named of ['first', 'last'] as const) {
      const who = await settle(test.database);
      const first = await logIn(who);
      const kept = await redeemed({ ...who, sid: first.sid });
      const offline = await redeemed({ ...who, sid: first.sid }, { endsWithSession: false });
      const second = await logIn(who, first.cookieDigest);
      const last = await logIn(who, second.cookieDigest);
      const other = await logIn(who);
      test.revoked.length = 0;
      // A dead cookie is nobody's.
      expect((await endings.sessions.logOut(first.cookieDigest, ACT)).outcome).toBe('unknown');
      const { revocations } = await (named === 'last'
        ? endings.sessions.logOut(last.cookieDigest, ACT)
        : stores.sessionRecords.end(first.sid, BY_OPERATOR));
      expect(revocations[0]?.value).toBe({ first, last }[named].sid);
      const sids = [first, second, last].map(({ sid }) => sid).sort();
      expect(revocations.map(({ value }) => value).sort()).toEqual(sids);
      expect(test.revoked).toEqual(revocations);
      // What ends with the session is refreshed no more; what outlives it goes on, and so does another browser.
      expect(await rotate(kept)).toBe('ended');
      expect(await rotate(offline)).toBe('rotated');
      const sessions = new PostgresLoginSessionStore(test.database, test.onRevoked);
      expect(await sessions.find(last.cookieDigest)).toBeUndefined();
      expect(await sessions.find(other.cookieDigest)).toMatchObject({ sid: other.sid });
    }
  });

  it('never waits in a circle when 50 end the same chain by different names', async () => {
    const who = await settle(test.database);
    const chain = [await logIn(who)];
    for (let turn = 0; turn < 4; turn += 1) chain.push(await logIn(who, chain.at(-1)?.cookieDigest));
    test.revoked.length = 0;
    await fifty((turn) => stores.sessionRecords.end(chain[turn % chain.length]?.sid ?? '', BY_OPERATOR));
    expect(test.revoked.map(({ value }) => value).sort()).toEqual(chain.map(({ sid }) => sid).sort());
  });
});

/** The ending begins while the redemption stands in the middle of its statement, which then succeeds. */
const whileRedeeming = async (redemption: CodeRedemption, end: () => Promise<Ending>): Promise<Ending> => {
  await redeemed(await settle(test.database));
  const waiting = async (count: number): Promise<void> => {
    for (;;) {
      const { rows } = await test.database.run(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      if (rows.length >= count) return;
    }
  };
  let outcome: Promise<string> | undefined;
  let ending: Promise<Ending> | undefined;
  // Somebody else holds the grant's id until the redemption and the ending have come as far as they can.
  const held = test.database.transaction(async (statements) => {
    await statements.run(
      `INSERT INTO auth.grants SELECT (jsonb_populate_record(g, jsonb_build_object('grant_id', $1::text,
         'code_digest', repeat('0', 64)))).* FROM auth.grants g LIMIT 1`,
      [redemption.grant.grantId],
    );
    outcome = grants.redeemCode(redemption);
    await waiting(1);
    ending = end();
    await Promise.race([ending, waiting(2)]);
    throw new Error('rolled back');
  });
  await expect(held).rejects.toThrow('rolled back');
  expect(await outcome).toBe('redeemed');
  if (ending === undefined) throw new Error('The ending was not begun.');
  return ending;
};

describe('revocation.md V3 pairwise subjects', () => {
  it('writes one entry for each distinct `sub` that the person’s grants carry, and none of anybody else', async () => {
    const who = await settle(test.database);
    const stranger = await settle(test.database);
    const pairwise = ['p-1', 'p-1', 'p-2'].map((name) => `${name}-${who.sub}`);
    for (const tokenSub of pairwise) await redeemed(who, { tokenSub });
    await redeemed(stranger, { tokenSub: `p-3-${stranger.sub}` });
    await redeemed(who);
    test.revoked.length = 0;
    const { revocations } = await endings.people.resetPassword(who.sub, 'x', ACT, ANYWAY);
    expect(revocations[0]).toMatchObject({ kind: 'subject', value: who.sub, generation: 1 });
    expect(revocations.map(({ value }) => value).sort()).toEqual([...new Set(pairwise), who.sub].sort());
    for (const entry of revocations) expect(entry.generation).toBe(1);
    expect(test.revoked).toEqual(revocations);
  });

  it('misses no `sub` of a code that is being redeemed while the person is revoked', async () => {
    const who = await settle(test.database);
    const redemption = await code(who, { tokenSub: `pairwise-${who.sub}` });
    const { revocations } = await whileRedeeming(redemption, () =>
      endings.people.resetPassword(who.sub, 'x', ACT, ANYWAY),
    );
    expect(revocations.map(({ value }) => value)).toEqual([who.sub, redemption.grant.tokenSub]);
  });

  it('can never have the `sub` of a person equal a client’s: the one has hyphens, the other is 32 hex digits', async () => {
    const CHECK_VIOLATION = { code: '23514' };
    const who = await settle(test.database);
    const aClientWith = (clientId: string): Promise<unknown> =>
      test.database.run('UPDATE auth.clients SET client_id = $2 WHERE client_id = $1', [who.client.clientId, clientId]);
    for (const id of [who.sub, who.sub.toUpperCase(), 'F'.repeat(32), `${'f'.repeat(32)}\n`, 'f'.repeat(31), '']) {
      await expect(aClientWith(id)).rejects.toMatchObject(CHECK_VIOLATION);
    }
    // As a text a UUID always has its hyphens, however it was written.
    const { rows } = await test.database.run<{ sub: string }>('SELECT $1::uuid::text AS sub', [who.client.clientId]);
    expect(rows[0]?.sub).toContain('-');
    const pairwise = await code(who, { tokenSub: who.client.clientId });
    await expect(grants.redeemCode(pairwise)).rejects.toMatchObject(CHECK_VIOLATION);
  });
});

describe('revocation.md V4 consent withdrawn → `grant`', () => {
  it('misses no grant of a code that is being redeemed meanwhile', async () => {
    const who = await settle(test.database);
    const redemption = await code(who);
    const pair = { sub: who.sub, clientId: who.client.clientId };
    const { revocations } = await whileRedeeming(redemption, () => endings.consents.withdraw(pair, ACT, ANYWAY));
    expect(revocations.map(({ value }) => value)).toEqual([redemption.grant.grantId]);
    expect(await rotate(redemption)).toBe('ended');
  });

  it('ends each grant of the pair, and no other', async () => {
    const [who, stranger] = [await world(), await world()];
    const second = await redeemed(who);
    const elsewhere = await redeemed({ ...who, client: stranger.client });
    const { clientId } = who.client;
    const { revocations } = await endings.consents.withdraw({ sub: who.sub, clientId }, ACT, ANYWAY);
    const ended = [who.redemption, second].map(({ grant }) => grant.grantId);
    expect(revocations.map(({ value }) => value).sort()).toEqual(ended.sort());
    expect(await rotate(second)).toBe('ended');
    for (const spared of [elsewhere, stranger.redemption]) expect(await rotate(spared)).toBe('rotated');
    const { rows } = await test.database.run(
      'SELECT client_id FROM auth.consents WHERE sub = $1 AND withdrawn_at IS NULL',
      [who.sub],
    );
    expect(rows).toEqual([{ client_id: stranger.client.clientId }]);
  });
});

describe('admin-api.md A10 deleting commits "disabled" and its revocation', () => {
  it('and nobody finds the person or the client from then on', async () => {
    const { sub, client } = await world();
    const { clients, people } = openStores(test.database, { adminUrl: 'https://admin.example' }, test.onRevoked);
    await endings.people.delete(sub, ACT, ANYWAY);
    await endClient(test.revoking, client.clientId, ACT, 'deleted');
    expect(await people.find(sub)).toBeUndefined();
    expect(await new PostgresPeopleStore(test.database).findByUsername(`person-${sub}`)).toBeUndefined();
    expect(await clients.find(client.clientId)).toBeUndefined();
    const page = await clients.list({ limit: 200 });
    expect(page.items.map(({ clientId }) => clientId)).not.toContain(client.clientId);
    // Deleted is more than disabled: nobody is there.
    expect((await endings.people.disable(sub, ACT, ANYWAY)).outcome).toBe('unknown');
    expect((await endings.people.resetPassword(sub, 'x', ACT, ANYWAY)).outcome).toBe('unknown');
  });
});
