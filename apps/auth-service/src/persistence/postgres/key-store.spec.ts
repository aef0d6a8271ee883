import { randomBytes } from 'node:crypto';
import {
  KeyEncryption,
  KeyRotation,
  type KeyAct,
  type KeyChange,
  type Ring,
  type StoredKey,
} from '@latchkey/tokens/issuing';
import { describeKeyStore } from '@latchkey/tokens/contracts';
import { generateKey } from '@latchkey/tokens/testing';
import { PostgresKeyStore } from './key-store.js';
import { PostgresRevocationLedger } from './revocation-ledger.js';
import { AUDIT_EVENTS } from './testing/audit-columns.js';
import { everything, fifty, openTestDatabase, tally, type OpenTestDatabase } from './testing/open-test-database.js';

const CHECK_VIOLATION = '23514';
const UNIQUE_VIOLATION = '23505';
const HOUR = 3_600_000;
const SPANS = { announceMs: HOUR, useMs: 720 * HOUR, keepMs: HOUR };
const ES256: Ring = { algorithm: 'ES256' };
const RINGS: readonly Ring[] = [ES256, { algorithm: 'EdDSA' }, { algorithm: 'refresh' }];
const NOTES: Ring = { algorithm: 'HS256', audience: 'https://notes.example' };
const ACT: KeyAct = { actor: 'an-operator', address: '192.0.2.7', receipt: true };

let test: OpenTestDatabase;
let store: PostgresKeyStore;
beforeAll(async () => {
  test = await openTestDatabase();
  store = new PostgresKeyStore(test.revoking);
});
afterAll(() => test.close());

const empty = async (): Promise<void> => {
  await test.database.run('TRUNCATE auth.keys, auth.revocations');
  await test.database.run('UPDATE auth.key_revision SET revision = 7');
  test.revoked.length = 0;
  test.receipts.length = 0;
};
beforeEach(empty);

describeKeyStore('in PostgreSQL', async () => {
  await empty();
  return { store, close: () => Promise.resolve() };
});

const encryption = new KeyEncryption(randomBytes(32));

const commit = async (...changes: readonly KeyChange[]): Promise<void> => {
  expect(await store.commit((await store.load()).revision, changes)).not.toBe('lost');
};
const make = async (ring: Ring, as: 'announced' | 'active'): Promise<StoredKey> =>
  generateKey(ring, encryption, (await store.load()).now, as);
const insert = async (ring: Ring, as: 'announced' | 'active'): Promise<StoredKey> => {
  const key = await make(ring, as);
  await commit({ type: 'insert', key });
  return key;
};
const stored = async (kid: string): Promise<StoredKey | undefined> =>
  (await store.load()).keys.find((key) => key.kid === kid);
/** A key in each state, and one that was killed. */
const STATES = ['announced', 'active', 'retired', 'dropped', 'killed'] as const;
const inState = async (state: (typeof STATES)[number], ring: Ring = ES256): Promise<StoredKey> => {
  const key = await insert(ring, state === 'announced' ? 'announced' : 'active');
  const { kid } = key;
  if (state === 'retired' || state === 'dropped') await commit({ type: 'retire', kid, at: key.announcedAt });
  if (state === 'dropped') await commit({ type: 'drop', kid, at: key.announcedAt });
  if (state === 'killed') await commit({ type: 'kill', kid, at: key.announcedAt });
  return key;
};
/** None shares the work of another. */
const instance = (): KeyRotation => new KeyRotation({ store, encryption, spans: SPANS, rings: RINGS });
const trail = async (): Promise<readonly Record<string, unknown>[]> =>
  (await test.database.run(`SELECT actor, kind, target, outcome, address, detail FROM ${AUDIT_EVENTS} ORDER BY id`))
    .rows;
const said = async (work: () => Promise<unknown>): Promise<readonly Record<string, unknown>[]> => {
  const before = await trail();
  await work();
  return (await trail()).slice(before.length);
};

describe('K1 announced → active → retired → dropped, and never back', () => {
  const ALLOWED: Readonly<Record<Exclude<KeyChange['type'], 'insert'>, readonly (typeof STATES)[number][]>> = {
    hasten: ['announced'],
    activate: ['announced'],
    retire: ['active'],
    drop: ['announced', 'retired'],
    kill: ['announced', 'active', 'retired', 'dropped'],
    reseal: ['announced', 'active'],
  };
  const change = (type: keyof typeof ALLOWED, kid: string, at: number): KeyChange => {
    if (type === 'hasten') return { type, kid, activeFrom: at };
    if (type === 'reseal') return { type, kid, sealedKey: 'v1.another' };
    return { type, kid, at };
  };
  const pairs = STATES.flatMap((state) =>
    (['hasten', 'activate', 'retire', 'drop', 'kill', 'reseal'] as const).map((type) => ({ state, type })),
  );

  it.each(pairs.filter(({ state, type }) => !ALLOWED[type].includes(state)))(
    'cannot $type one that is $state, and writes nothing of what came with it',
    async ({ state, type }) => {
      const { kid, announcedAt } = await inState(state);
      const other = await make({ algorithm: 'EdDSA' }, 'active');
      const { revision } = await store.load();
      const before = await everything(test.database);
      test.revoked.length = 0;
      const changes: KeyChange[] = [{ type: 'insert', key: other }, change(type, kid, announcedAt)];
      await expect(store.commit(revision, changes, ACT)).rejects.toThrow(`in no state to ${type}`);
      expect(await everything(test.database)).toBe(before);
      expect(test.revoked).toEqual([]);
    },
  );

  it.each(pairs.filter(({ state, type }) => ALLOWED[type].includes(state)))(
    'can $type one that is $state, with an audit event',
    async ({ state, type }) => {
      const { kid, announcedAt } = await inState(state);
      const kind = {
        ...{ hasten: 'key.hastened', activate: 'key.activated', retire: 'key.retired' },
        ...{ drop: 'key.dropped', kill: 'key.killed', reseal: 'key.resealed' },
      }[type];
      const { revision } = await store.load();
      const events = await said(() => store.commit(revision, [change(type, kid, announcedAt)], ACT));
      expect(events).toMatchObject([
        {
          ...{ actor: 'an-operator', kind, target: type === 'reseal' ? 'keys' : kid, outcome: 'done' },
          address: '192.0.2.7',
        },
      ]);
    },
  );

  it('is not inserted in the middle of its life', async () => {
    const key = await make(ES256, 'active');
    const { revision } = await store.load();
    for (const state of ['retired', 'dropped'] as const) {
      const changes: KeyChange[] = [{ type: 'insert', key: { ...key, state } }];
      await expect(store.commit(revision, changes)).rejects.toThrow('in no state to insert');
    }
  });

  it.each([
    [`state = 'retired'`, CHECK_VIOLATION],
    [`state = 'announced'`, CHECK_VIOLATION],
    [`state = 'dropped', sealed_key = NULL`, CHECK_VIOLATION],
    [`state = 'dropped', dropped_at = now()`, CHECK_VIOLATION],
    [`state = 'retired', retired_at = now()`, CHECK_VIOLATION],
    [`sealed_key = NULL`, CHECK_VIOLATION],
    [`retired_at = now()`, CHECK_VIOLATION],
    [`dropped_at = now()`, CHECK_VIOLATION],
    [`active_at = NULL`, CHECK_VIOLATION],
    [`public_jwk = NULL`, CHECK_VIOLATION],
    [`public_jwk = public_jwk || '{"d": "AA"}'`, CHECK_VIOLATION],
    [`audience = 'https://notes.example'`, CHECK_VIOLATION],
    [`algorithm = 'HS512'`, CHECK_VIOLATION],
    [`kid = 'refresh-7'`, CHECK_VIOLATION],
  ])('PostgreSQL itself refuses SET %s of an active key', async (set, code) => {
    const { kid } = await insert(ES256, 'active');
    await expect(test.database.run(`UPDATE auth.keys SET ${set} WHERE kid = $1`, [kid])).rejects.toMatchObject({
      code,
    });
  });

  it('PostgreSQL itself refuses a second active key of a ring, and lets each API have its own', async () => {
    await insert(NOTES, 'active');
    await insert({ algorithm: 'HS256', audience: 'https://mail.example' }, 'active');
    const { revision } = await store.load();
    const changes: KeyChange[] = [{ type: 'insert', key: await make(NOTES, 'active') }];
    await expect(store.commit(revision, changes)).rejects.toMatchObject({ code: UNIQUE_VIOLATION });
  });
});

describe('K3 one snapshot, one clock', () => {
  it("has PostgreSQL's clock, to the millisecond and never ahead of it", async () => {
    const { now } = await store.load();
    const asked = await store.revision();
    const { rows } = await test.database.run<{ at: number }>(
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS at',
    );
    for (const each of [now, asked.now]) expect(Number.isInteger(each)).toBe(true);
    expect(now).toBeLessThanOrEqual(asked.now);
    expect(asked.now).toBeLessThanOrEqual(rows[0]?.at ?? 0);
  });

  it('lists by the time of announcement, then by kid as bytes, whatever the collation', async () => {
    const keys = await Promise.all([1, 2, 3, 4, 5, 6].map(() => make(ES256, 'announced')));
    const at = keys[0]?.announcedAt ?? 0;
    const placed = keys.map((key, index) => ({
      ...{ ...key, kid: ['b', 'B', '_', 'a', '-', '0'][index] ?? '', announcedAt: at - (index === 0 ? 1 : 0) },
    }));
    await commit(...placed.map((key): KeyChange => ({ type: 'insert', key })));
    expect((await store.load()).keys.map(({ kid }) => kid)).toEqual(['b', '-', '0', 'B', '_', 'a']);
  });

  it('of 50 operators who want a successor at once one gets each made, and all are told of the same', async () => {
    await instance().run();
    const answers = await fifty(() => instance().rotate(ACT));
    expect(new Set(answers.map((keys) => JSON.stringify(keys.map(({ kid }) => kid).sort()))).size).toBe(1);
    expect(tally((await store.load()).keys.map(({ state }) => state))).toEqual({ active: 3, announced: 3 });
  });

  it('tells the longest lifetimes that were ever in force', async () => {
    expect((await store.load()).longest).toEqual({ tokenSeconds: 300, refreshSeconds: 1 });
  });
});

describe('K7 a killed key', () => {
  it('is told to the publisher after the commit, with who waits for it', async () => {
    const { kid } = await insert(ES256, 'active');
    const { revision } = await store.load();
    const committed = await store.commit(revision, [{ type: 'kill', kid, at: 1 }], ACT);
    expect(committed).toMatchObject({ revocations: test.revoked });
    expect(test.revoked).toMatchObject([{ kind: 'key', value: kid, expiresAt: null }]);
    expect(test.receipts).toEqual([true]);
    const ledger = new PostgresRevocationLedger(test.database);
    const claims = { jti: 'x', sub: 'x', client_id: 'x', gen: { iss: 0, cli: 0 } };
    expect(await ledger.isRevoked(claims, kid)).toBe('key');
  });

  it('is killed once by 50 at once: one revocation, one audit event, one successor', async () => {
    await instance().run();
    const [victim] = (await store.load()).keys;
    const events = await said(async () => {
      const answers = await fifty(() => instance().kill(victim?.kid ?? '', ACT));
      expect(tally(answers.map(({ outcome }) => outcome))).toEqual({ killed: 1, before: 49 });
      const named = answers.map((answer) => (answer.outcome === 'unknown' ? '' : answer.revocation));
      expect(new Set(named)).toEqual(new Set(test.revoked.map(({ id }) => id)));
    });
    expect(test.revoked).toHaveLength(1);
    expect(tally(events.map(({ kind }) => String(kind)))).toEqual({ 'key.killed': 1, 'key.activated': 1 });
    expect(events[0]).toMatchObject({ detail: { revocations: [test.revoked[0]?.id] } });
    expect(tally((await store.load()).keys.map(({ state }) => state))).toEqual({ active: 3, dropped: 1 });
  });

  it.each([
    ['active', `state = 'active', sealed_key = 'v1.restored', dropped_at = NULL, active_at = now()`],
    ['announced', `state = 'announced', sealed_key = 'v1.restored', dropped_at = NULL, active_at = NULL`],
    ['retired', `state = 'retired', dropped_at = NULL, active_at = now(), retired_at = now()`],
  ])('revocation.md V2 is dropped and killed, whatever a restored row says: %s', async (_state, restored) => {
    const { kid } = await inState('killed');
    const killed = await stored(kid);
    await test.database.run(`UPDATE auth.keys SET ${restored} WHERE kid = $1`, [kid]);
    const loaded = await stored(kid);
    expect(loaded).toMatchObject({ state: 'dropped', sealedKey: undefined, killedBy: killed?.killedBy });
    expect(loaded?.droppedAt).toEqual(expect.any(Number));
    for (const type of ['activate', 'retire', 'drop', 'kill'] as const) {
      const { revision } = await store.load();
      await expect(store.commit(revision, [{ type, kid, at: 1 }])).rejects.toThrow(`in no state to ${type}`);
    }
    // Nor does it keep the place of its successor; and what was restored is gone with the next commit.
    await insert(ES256, 'active');
    const { rows } = await test.database.run('SELECT state, sealed_key FROM auth.keys WHERE kid = $1', [kid]);
    expect(rows).toEqual([{ state: 'dropped', sealed_key: null }]);
  });

  it('revocation.md V2 is not inserted again when its row is gone', async () => {
    const key = await inState('killed');
    await test.database.run('DELETE FROM auth.keys');
    const { revision } = await store.load();
    await expect(store.commit(revision, [{ type: 'insert', key }])).rejects.toThrow(/killed/);
    expect((await store.load()).keys).toEqual([]);
  });
});

describe('K8 the audit trail of keys', () => {
  it('says `system` of what the schedule does, and what signs at once was activated', async () => {
    const rotation = new KeyRotation({ store, encryption, spans: SPANS, rings: [ES256] });
    const events = await said(() => rotation.run());
    const [key] = (await store.load()).keys;
    expect(events).toEqual([
      {
        ...{ actor: 'system', kind: 'key.activated', target: key?.kid, outcome: 'done', address: null },
        detail: { algorithm: 'ES256' },
      },
    ]);
  });

  it('names the API of a shared secret, and one event tells of all that were sealed anew', async () => {
    const old = new KeyRotation({ store, encryption, spans: SPANS, rings: RINGS });
    await old.run();
    const added = await said(() => old.addSecret(NOTES.audience ?? '', ACT));
    expect(added).toMatchObject([{ kind: 'key.activated', detail: { algorithm: 'HS256', audience: NOTES.audience } }]);
    const key = randomBytes(32);
    const both = new KeyEncryption(key, []);
    const { keys, revision } = await store.load();
    const changes = keys.map(({ kid }): KeyChange => ({ type: 'reseal', kid, sealedKey: both.seal(key, 'x') }));
    const events = await said(() => store.commit(revision, changes));
    expect(events).toMatchObject([
      { kind: 'key.resealed', target: 'keys', detail: { kids: keys.map(({ kid }) => kid) } },
    ]);
  });
});
