import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { RevocationList, type Placed, type RevocableClaims, type RevocationKind } from '@latchkey/tokens';
import { PostgresIssuerState } from './issuer-state-store.js';
import { PostgresRevocationLedger } from './revocation-ledger.js';
import type { NewRevocation } from './revocation-row.js';
import { fifty, openTestDatabase, say, type OpenTestDatabase } from './testing/open-test-database.js';

let test: OpenTestDatabase;
let ledger: PostgresRevocationLedger;
beforeAll(async () => {
  test = await openTestDatabase();
  ledger = new PostgresRevocationLedger(test.database);
});
afterAll(() => test.close());

const FAR = 4_000_000_000;

describe('revocation.md V2 an entry outlives every token that it can match', () => {
  const secondsLeft = async (expiresAt: number | null | undefined): Promise<number> => {
    const { rows } = await test.database.run<{ now: number }>('SELECT extract(epoch FROM now())::float8 AS now');
    return (expiresAt ?? 0) - (rows[0]?.now ?? 0);
  };

  it('is kept by the longest lifetime that was ever in force, although a later configuration is shorter', async () => {
    const state = new PostgresIssuerState(test.database);
    await state.noteLifetimes({ accessToken: 3600 });
    await state.noteLifetimes({ accessToken: 300 });
    const soon = Math.floor(Date.now() / 1000) + 360;
    const entry = await say(test.database, { expiresAt: soon });
    expect(await secondsLeft(entry?.expiresAt)).toBeGreaterThan(3600);
    const far = await say(test.database, { expiresAt: FAR });
    expect(far?.expiresAt).toBe(FAR);
    const key = await say(test.database, { kind: 'key', expiresAt: null });
    expect(key?.expiresAt).toBeNull();
  });
});

describe('revocation.md V2 an entry is a meaning', () => {
  it('writes the same once for 50 at once', async () => {
    const revocation = { kind: 'key', value: 'kid', expiresAt: null } as const;
    const written = (await fifty(() => say(test.database, revocation))).filter((entry) => entry !== undefined);
    expect(written).toMatchObject([revocation]);
  });
});

const setEpoch = (epoch: number) => test.database.run('UPDATE auth.revocation_epoch SET epoch = $1', [epoch]);

describe('revocation.md V6 what was not published', () => {
  beforeEach(async () => {
    await test.database.run('DELETE FROM auth.revocations');
    await setEpoch(0);
  });
  const saidId = async (): Promise<string> => (await say(test.database))?.id ?? '';

  it('is read until it is marked, again in a new epoch, and never when it has expired', async () => {
    const [first, second, expired] = [await saidId(), await saidId(), await saidId()];
    await test.database.run('UPDATE auth.revocations SET expires_at = to_timestamp(1000) WHERE id = $1', [expired]);
    const ids = async (epoch: number): Promise<string[]> => {
      await setEpoch(epoch);
      const { record, entries } = await ledger.unpublished(10);
      expect(record).toEqual(await ledger.currentEpoch());
      return entries.map(({ id }) => id).sort();
    };
    const both = [first, second].sort();
    const at = (...each: readonly string[]): Placed[] => each.map((id) => ({ id, position: '7-0' }));
    expect(await ids(0)).toEqual(both);
    expect((await ledger.unpublished(1)).entries).toHaveLength(1);
    await ledger.markPublished(at(first), 0, false);
    expect(await ids(0)).toEqual([second]);
    await ledger.markPublished(at(...both), 1, false);
    expect(await ids(1)).toEqual([]);
    expect(await ids(2)).toEqual(both);
    // Never lowers the epoch of a row.
    await ledger.markPublished(at(...both), 0, false);
    expect(await ids(1)).toEqual([]);
    await ledger.markPublished([], 1, false);
  });

  it('sees what another transaction commits while an older one is still open', async () => {
    const older = randomUUID();
    await test.database.transaction(async (statements) => {
      await statements.run(
        `INSERT INTO auth.revocations (id, kind, value, cause, actor, expires_at)
         VALUES ($1, 'token', $2, 'spec', 'spec', now() + interval '1 hour')`,
        [randomUUID(), older],
      );
      const younger = await say(test.database);
      expect((await ledger.unpublished(10)).entries).toEqual([younger]);
      await ledger.markPublished([{ id: younger?.id ?? '', position: '7-0' }], 0, false);
    });
    expect((await ledger.unpublished(10)).entries).toMatchObject([{ value: older }]);
  });

  it('is never lost by 50 that mark the same rows at once, in whatever order', async () => {
    const ids = await fifty(() => saidId());
    await fifty((turn) => {
      const turned = [...ids.slice(turn), ...ids.slice(0, turn)];
      return ledger.markPublished(
        turned.map((id) => ({ id, position: `9-${turn}` })),
        3,
        false,
      );
    });
    await setEpoch(3);
    expect((await ledger.unpublished(100)).entries).toEqual([]);
    expect(await ledger.standing(3)).toEqual({ places: 1, oldest: '9-0' });
  });

  it('is looked for by the index also when statistics are from before everything was marked', async () => {
    await test.database.run(
      `INSERT INTO auth.revocations (id, kind, value, cause, actor, expires_at)
       SELECT gen_random_uuid(), 'token', 't' || n, 'spec', 'spec', now() + interval '1 hour'
       FROM generate_series(1, 20000) n`,
    );
    // The tables' owner may ask for statistics; they say now that every row is on no wire.
    await test.database.run('ANALYZE auth.revocations');
    await test.database.run('UPDATE auth.revocations SET published_epoch = 0, position_ms = 1, position_seq = 0');
    const plans: string[] = [];
    const spy = new PostgresRevocationLedger({
      run: async (sql: string, parameters: readonly unknown[] = []) => {
        const { rows } = await test.database.run(`EXPLAIN ${sql}`, parameters);
        plans.push(JSON.stringify(rows));
        return { rows: [], affected: 0 };
      },
    });
    await spy.unpublished(500).catch(() => undefined);
    await spy.oldestStanding(0, '99999-0', 500);
    for (const plan of plans) {
      expect(plan).toContain('revocations_published');
      expect(plan).not.toMatch(/Seq Scan on revocations|Sort/);
    }
  });
});

describe('revocation.md V8 what of the living stands on the wire', () => {
  const placed = async (position: string, epoch: number, over: Partial<NewRevocation> = {}): Promise<string> => {
    const id = (await say(test.database, over))?.id ?? '';
    await ledger.markPublished([{ id, position }], epoch, false);
    return id;
  };
  beforeEach(async () => {
    await test.database.run('DELETE FROM auth.revocations');
    await setEpoch(2);
  });

  it('is nothing on an empty wire, nor what is on no wire or on another', async () => {
    await say(test.database);
    await placed('5-0', 1);
    expect(await ledger.standing(2)).toEqual({ places: 0, oldest: undefined });
    expect(await ledger.oldestStanding(2, '99999-0', 10)).toEqual([]);
  });

  it('does not count what has expired, and counts keys for ever', async () => {
    const expired = await placed('5-0', 2);
    await placed('6-0', 2, { kind: 'key', value: randomUUID(), expiresAt: null });
    await test.database.run('UPDATE auth.revocations SET expires_at = to_timestamp(1000) WHERE id = $1', [expired]);
    expect(await ledger.standing(2)).toEqual({ places: 1, oldest: '6-0' });
  });

  it('compares places as numbers', async () => {
    const last = await placed('10000-0', 2);
    const second = await placed('9999-10', 2);
    const first = await placed('9999-9', 2);
    expect(await ledger.standing(2)).toEqual({ places: 3, oldest: '9999-9' });
    expect((await ledger.oldestStanding(2, '99999-0', 2)).map(({ id }) => id)).toEqual([first, second]);
    expect((await ledger.oldestStanding(2, '99999-0', 10)).map(({ id }) => id)).toEqual([first, second, last]);
  });

  it('keeps the first of several places within an epoch, and the last where it was moved', async () => {
    const id = await placed('100-5', 2);
    const at = (...positions: readonly string[]) => positions.map((position) => ({ id, position }));
    for (const later of ['100-10', '100-6', '101-0']) {
      await ledger.markPublished(at(later), 2, false);
      expect(await ledger.standing(2)).toHaveProperty('oldest', '100-5');
    }
    await ledger.markPublished(at('100-4', '20-70', '99-9'), 2, false);
    expect(await ledger.standing(2)).toHaveProperty('oldest', '20-70');
    await ledger.markPublished(at('100-6', '100-10', '100-9'), 2, true);
    await ledger.markPublished(at('100-7'), 2, true);
    expect(await ledger.standing(2)).toHaveProperty('oldest', '100-10');
    // A new wire counts from its own beginning.
    await ledger.markPublished(at('500-0'), 3, false);
    await setEpoch(3);
    expect(await ledger.standing(3)).toHaveProperty('oldest', '500-0');
    expect(await ledger.standing(2)).toBe('epoch-over');
  });
});

describe('revocation.md V7 the epoch', () => {
  it('is raised by one for 50 that saw the same wire change', async () => {
    const before = await ledger.currentEpoch();
    const records = await fifty(() => ledger.raiseEpoch(before.epoch, 'another life'));
    expect(new Set(records.map(({ epoch }) => epoch))).toEqual(new Set([before.epoch + 1]));
    const state = new PostgresIssuerState(test.database);
    await state.noteLifetimes({ accessToken: 7200 });
    expect(await ledger.currentEpoch()).toEqual({
      ...{ epoch: before.epoch + 1, identity: 'another life', longestLifetimeSeconds: 7200 },
      registryRevision: before.registryRevision,
    });
    expect(await ledger.raiseEpoch(before.epoch, 'a late one')).toEqual(await ledger.currentEpoch());
  });
});

describe('revocation.md V5 the same question asked to PostgreSQL', () => {
  const small = fc.constantFrom('a', 'b');
  const generation = fc.integer({ min: 0, max: 3 });
  const claims: fc.Arbitrary<RevocableClaims> = fc
    .record({
      ...{ jti: small, sub: small, client_id: small, grant: fc.option(small), sid: fc.option(small) },
      ...{ iss: generation, cli: generation, born: fc.option(generation) },
    })
    .map(({ jti, sub, client_id, grant, sid, iss, cli, born }) => ({
      ...{ jti, sub, client_id },
      ...(grant === null ? {} : { grant_id: grant }),
      ...(sid === null ? {} : { sid }),
      gen: { iss, cli, ...(born === null ? {} : { sub: born }) },
    }));
  const revocation: fc.Arbitrary<Partial<NewRevocation>> = fc
    .record({
      kind: fc.constantFrom<RevocationKind>('token', 'grant', 'session', 'subject', 'client', 'issuer', 'key'),
      value: small,
      raised: generation,
    })
    .map(({ kind, value, raised }) => ({
      kind,
      value: kind === 'issuer' ? '' : value,
      ...(['subject', 'client', 'issuer'].includes(kind) ? { generation: raised } : {}),
      expiresAt: kind === 'key' ? null : FAR,
    }));

  it('refuses exactly what a guard refuses that knows the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(revocation, { maxLength: 6 }), claims, small, async (entries, token, kid) => {
        await test.database.run('DELETE FROM auth.revocations');
        const list = new RevocationList();
        for (const each of entries) {
          const entry = await say(test.database, each);
          if (entry !== undefined) list.add(entry);
        }
        const asked = await ledger.isRevoked(token, kid);
        expect(asked !== undefined).toBe(list.match(token, kid) !== undefined);
      }),
      { numRuns: 100, interruptAfterTimeLimit: 200_000, markInterruptAsFailure: true },
    );
  });
});
