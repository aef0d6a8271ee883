import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { RevocationList, type RevocableClaims, type RevocationKind } from '@latchkey/tokens';
import { PostgresIssuerState } from './issuer-state-store.js';
import { PostgresRevocationLedger } from './revocation-ledger.js';
import type { NewRevocation } from './revocation-row.js';
import { fifty, openTestDatabase, populate } from './testing/open-test-database.js';
import type { Inhabitants, OpenTestDatabase } from './testing/open-test-database.js';

let test: OpenTestDatabase;
let ledger: PostgresRevocationLedger;
let people: Inhabitants;
beforeAll(async () => {
  test = await openTestDatabase();
  ledger = new PostgresRevocationLedger(test.database, test.onRevoked);
  people = await populate(test.database);
});
afterAll(() => test.close());
beforeEach(() => {
  test.revoked.length = 0;
});

const FAR = 4_000_000_000;
const aRevocation = (over: Partial<NewRevocation> = {}): NewRevocation => ({
  ...{ kind: 'token', value: randomUUID(), cause: 'spec', actor: 'spec', expiresAt: FAR },
  ...over,
});

describe('revocation.md V1 generations', () => {
  it('knows no person, client or issuer of another name, and raises nothing', async () => {
    for (const [kind, value] of [
      ['subject', randomUUID()],
      ['subject', 'no uuid'],
      ['client', 'f'.repeat(32)],
      ['issuer', 'something'],
    ] as const) {
      expect(await ledger.raise({ kind, value, cause: 'spec', actor: 'spec', expiresAt: FAR })).toBeUndefined();
    }
    expect(test.revoked).toEqual([]);
  });

  it('raises by one for each of 50 at once, and each gets its own entry', async () => {
    const entries = await fifty(() =>
      ledger.raise({ kind: 'client', value: people.client.clientId, cause: 'spec', actor: 'spec', expiresAt: FAR }),
    );
    const generations = entries.map((entry) => entry?.generation ?? -1).sort((a, b) => a - b);
    expect(generations).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    expect(test.revoked).toHaveLength(50);
  });

  it('raises the issuer', async () => {
    const entry = await ledger.raise({ kind: 'issuer', value: '', cause: 'brake', actor: 'spec', expiresAt: FAR });
    expect(entry).toMatchObject({ kind: 'issuer', value: '', generation: 1 });
    expect(await new PostgresIssuerState(test.database).generation()).toBe(1);
  });
});

describe('revocation.md V2 an entry outlives every token that it can match', () => {
  const secondsLeft = async (expiresAt: number | null | undefined): Promise<number> => {
    const { rows } = await test.database.run<{ now: number }>('SELECT extract(epoch FROM now())::float8 AS now');
    return (expiresAt ?? 0) - (rows[0]?.now ?? 0);
  };

  it('is kept by the longest lifetime that was ever in force, although a later configuration is shorter', async () => {
    const state = new PostgresIssuerState(test.database);
    await state.noteTokenLifetime(3600);
    await state.noteTokenLifetime(300);
    const soon = Math.floor(Date.now() / 1000) + 360;
    const entry = await ledger.insert(aRevocation({ expiresAt: soon }));
    expect(await secondsLeft(entry?.expiresAt)).toBeGreaterThan(3600);
    const far = await ledger.insert(aRevocation({ expiresAt: FAR }));
    expect(far?.expiresAt).toBe(FAR);
    const key = await ledger.insert(aRevocation({ kind: 'key', expiresAt: null }));
    expect(key?.expiresAt).toBeNull();
  });
});

describe('revocation.md V2 an entry is a meaning', () => {
  it('writes the same once for 50 at once, and says so once', async () => {
    const revocation = aRevocation({ kind: 'key', value: 'kid', expiresAt: null });
    const written = (await fifty(() => ledger.insert(revocation))).filter((entry) => entry !== undefined);
    expect(written).toMatchObject([{ kind: 'key', value: 'kid', expiresAt: null }]);
    expect(test.revoked).toEqual(written);
    expect(await ledger.find(written[0]?.id ?? '')).toEqual(written[0]);
    expect(await ledger.find(randomUUID())).toBeUndefined();
    expect(await ledger.find('no uuid')).toBeUndefined();
  });
});

describe('revocation.md V6 what was not published', () => {
  it('is read until it is marked, again in a new epoch, and never when it has expired', async () => {
    await test.database.run('DELETE FROM auth.revocations');
    const first = await ledger.insert(aRevocation());
    const second = await ledger.insert(aRevocation());
    const expired = await ledger.insert(aRevocation());
    await test.database.run('UPDATE auth.revocations SET expires_at = to_timestamp(1000) WHERE id = $1', [expired?.id]);
    const ids = async (epoch: number): Promise<string[]> =>
      (await ledger.unpublished(epoch, 10)).map(({ id }) => id).sort();
    const both = [first?.id ?? '', second?.id ?? ''].sort();
    expect(await ids(0)).toEqual(both);
    expect(await ledger.unpublished(0, 1)).toHaveLength(1);
    await ledger.markPublished([first?.id ?? ''], 0);
    expect(await ids(0)).toEqual([second?.id]);
    await ledger.markPublished(both, 1);
    expect(await ids(1)).toEqual([]);
    expect(await ids(2)).toEqual(both);
    // Never lowers the epoch of a row.
    await ledger.markPublished(both, 0);
    expect(await ids(1)).toEqual([]);
    expect(both).not.toContain(expired?.id);
    await ledger.markPublished([], 1);
  });

  it('sees what another transaction commits while an older one is still open', async () => {
    await test.database.run('DELETE FROM auth.revocations');
    const older = aRevocation();
    await test.database.transaction(async (statements) => {
      await statements.run(
        `INSERT INTO auth.revocations (id, kind, value, cause, actor, expires_at)
         VALUES ($1, 'token', $2, 'spec', 'spec', now() + interval '1 hour')`,
        [randomUUID(), older.value],
      );
      const younger = await ledger.insert(aRevocation());
      expect(await ledger.unpublished(0, 10)).toEqual([younger]);
      await ledger.markPublished([younger?.id ?? ''], 0);
    });
    expect(await ledger.unpublished(0, 10)).toMatchObject([{ value: older.value }]);
  });
});

describe('revocation.md V7 the epoch', () => {
  it('is raised by one for 50 that saw the same wire change', async () => {
    const before = await ledger.currentEpoch();
    const records = await fifty(() => ledger.raiseEpoch(before.epoch, 'another life'));
    expect(new Set(records.map(({ epoch }) => epoch))).toEqual(new Set([before.epoch + 1]));
    expect(await ledger.currentEpoch()).toEqual({ epoch: before.epoch + 1, identity: 'another life' });
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
  const revocation: fc.Arbitrary<NewRevocation> = fc
    .record({
      kind: fc.constantFrom<RevocationKind>('token', 'grant', 'session', 'subject', 'client', 'issuer', 'key'),
      value: small,
      raised: generation,
    })
    .map(({ kind, value, raised }) =>
      aRevocation({
        kind,
        value: kind === 'issuer' ? '' : value,
        ...(['subject', 'client', 'issuer'].includes(kind) ? { generation: raised } : {}),
        expiresAt: kind === 'key' ? null : FAR,
      }),
    );

  it('refuses exactly what a guard refuses that knows the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(revocation, { maxLength: 6 }), claims, small, async (entries, token, kid) => {
        await test.database.run('DELETE FROM auth.revocations');
        const list = new RevocationList();
        for (const each of entries) {
          const entry = await ledger.insert(each);
          if (entry !== undefined) list.add(entry);
        }
        const asked = await ledger.isRevoked(token, kid);
        expect(asked !== undefined).toBe(list.match(token, kid) !== undefined);
      }),
      { numRuns: 100 },
    );
  });
});
