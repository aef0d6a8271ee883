import { randomUUID } from 'node:crypto';
import type { RevocationOrder, RevocationRecord } from '../../admin/ports.js';
import { PostgresGrantStore } from './grant-store.js';
import { PostgresIssuerState } from './issuer-state-store.js';
import { PostgresRevocationLedger } from './revocation-ledger.js';
import { PostgresRevocationRegister } from './revocation-register.js';
import { AUDIT_EVENTS } from './testing/audit-columns.js';
import {
  aRedemption,
  everything,
  fifty,
  openTestDatabase,
  say,
  settle,
  type OpenTestDatabase,
} from './testing/open-test-database.js';

let test: OpenTestDatabase;
let register: PostgresRevocationRegister;
beforeAll(async () => {
  test = await openTestDatabase();
  register = new PostgresRevocationRegister(test.revoking);
});
afterAll(() => test.close());
beforeEach(() => {
  test.revoked.length = 0;
  test.receipts.length = 0;
});

const anOrder = (over: Partial<RevocationOrder> & Pick<RevocationOrder, 'kind' | 'value'>): RevocationOrder => ({
  ...{ actor: 'an-operator', address: '192.0.2.7', receipt: false, ...over },
});

const revoked = async (
  kind: RevocationOrder['kind'],
  value: string,
  over: Partial<RevocationOrder> = {},
): Promise<readonly RevocationRecord[]> => {
  const records = await register.revoke(anOrder({ kind, value, ...over }));
  if (records === 'unknown') throw new Error(`The register does not know the ${kind} ${value}.`);
  return records;
};

const aGrant = async (tokenSub?: string) => {
  const who = await settle(test.database);
  const redemption = aRedemption(who, tokenSub === undefined ? {} : { tokenSub });
  const iss = await new PostgresIssuerState(test.database).generation();
  const generations = { ...redemption.grant.generations, iss };
  const stamped = { ...redemption, grant: { ...redemption.grant, generations } };
  expect(await new PostgresGrantStore(test.database, test.onRevoked).redeemCode(stamped)).toBe('redeemed');
  return { ...who, grantId: redemption.grant.grantId };
};

describe('admin-api.md /revocations: what an operator may name', () => {
  it.each([
    ...(['grant', 'session', 'subject', 'client'] as const).flatMap((kind) =>
      [randomUUID(), 'no uuid', 'f'.repeat(32), 'nul \u0000', ''].map((value) => [kind, value] as const),
    ),
    ['issuer', 'something'] as const,
    ['token', 'nul \u0000'] as const,
  ])('knows no %s %j, and writes nothing', async (kind, value) => {
    const dump = await everything(test.database);
    expect(await register.revoke(anOrder({ kind, value }))).toBe('unknown');
    expect(await everything(test.database)).toBe(dump);
    expect(test.revoked).toEqual([]);
  });

  it('accepts any jti, keeps it as long as any token may live, and says who asked from where and why', async () => {
    const value = 'Any-Jti';
    const [record] = await revoked('token', value, { reason: 'it was posted in a chat', receipt: true });
    expect(record).toMatchObject({ kind: 'token', value, reason: 'it was posted in a chat' });
    expect(record).not.toHaveProperty('publication');
    const { rows } = await test.database.run<{ left: number }>(
      `SELECT extract(epoch FROM r.expires_at - r.created_at)::float8 AS left FROM auth.revocations r WHERE id = $1`,
      [record?.id],
    );
    expect(rows[0]?.left).toBeGreaterThanOrEqual(360);
    expect(test.revoked).toMatchObject([{ id: record?.id, kind: 'token', value, expiresAt: record?.expiresAt }]);
    expect(test.receipts).toEqual([true]);
    const { rows: events } = await test.database.run(
      `SELECT actor, kind, address, detail FROM ${AUDIT_EVENTS} WHERE target = $1`,
      [value],
    );
    expect(events).toEqual([
      {
        ...{ actor: 'an-operator', kind: 'token.revoked', address: '192.0.2.7' },
        detail: { cause: 'revoked_by_operator', reason: 'it was posted in a chat' },
      },
    ]);
  });

  it.each(['token', 'grant', 'session'] as const)(
    'writes a %s once for 50 at once, and answers all what stands',
    async (kind) => {
      const { grantId, sid } = await aGrant();
      const value = { token: randomUUID(), grant: grantId, session: sid }[kind];
      const answers = await fifty(() => revoked(kind, value));
      expect(test.revoked).toMatchObject([{ kind, value }]);
      for (const [record] of answers) expect(record).toEqual(answers[0]?.[0]);
      // And in capitals, where the name is a UUID.
      if (kind !== 'token') expect(await revoked(kind, value.toUpperCase())).toEqual(answers[0]);
    },
  );

  it('answers also when the entry has outlived its tokens and is swept', async () => {
    const { grantId } = await aGrant();
    const [before] = await revoked('grant', grantId);
    await test.database.run('DELETE FROM auth.revocations WHERE id = $1', [before?.id]);
    const [again] = await revoked('grant', grantId);
    expect(again).toMatchObject({ kind: 'grant', value: grantId });
    expect(await revoked('grant', grantId)).toEqual([again]);
  });

  it.each(['client', 'subject', 'issuer'] as const)('raises the %s by one for each of 50 at once', async (kind) => {
    const { client, sub } = await aGrant();
    const value = { client: client.clientId, subject: sub, issuer: '' }[kind];
    const answers = await fifty(() => revoked(kind, value));
    expect(new Set(answers.map(([record]) => record?.id)).size).toBe(50);
    expect(new Set(test.revoked.map(({ generation }) => generation)).size).toBe(50);
    for (const [record] of answers) expect(record).toMatchObject({ kind, value });
  });

  it('takes a person by the UUID or any `sub` that the grants carry, covers all, and answers the asked first (V3)', async () => {
    const pairwise = `pairwise-${randomUUID()}`;
    const { sub } = await aGrant(pairwise);
    for (const asked of [sub, pairwise, sub.toUpperCase()]) {
      const records = await revoked('subject', asked);
      expect(records[0]?.value).toBe(asked === pairwise ? pairwise : sub);
      expect(records.map(({ value }) => value).sort()).toEqual([sub, pairwise].sort());
    }
    expect(test.revoked.map(({ generation }) => generation)).toEqual([1, 1, 2, 2, 3, 3]);
  });

  it('ends what it names, in the same transaction', async () => {
    const { grantId, sid } = await aGrant();
    await revoked('grant', grantId);
    await revoked('session', sid);
    const { rows } = await test.database.run(
      `SELECT g.revoked_at IS NOT NULL AS revoked, s.ended_at IS NOT NULL AS ended
       FROM auth.grants g JOIN auth.login_sessions s USING (sid) WHERE g.grant_id = $1`,
      [grantId],
    );
    expect(rows).toEqual([{ revoked: true, ended: true }]);
  });
});

describe('admin-api.md A5 the list of revocations', () => {
  it('finds one by its id, with its place once it has one', async () => {
    const [record] = await revoked('token', randomUUID());
    const ledger = new PostgresRevocationLedger(test.database);
    expect(await register.find(record?.id ?? '')).toEqual(record);
    await ledger.markPublished([{ id: record?.id ?? '', position: '1764000000000-12' }], 4, false);
    const publication = { epoch: 4, position: '1764000000000-12' };
    expect(await register.find(record?.id ?? '')).toEqual({ ...record, publication });
    expect(await register.find(randomUUID())).toBeUndefined();
    expect(await register.find('no uuid')).toBeUndefined();
  });

  it('shows each once, newest first, also those of the same instant, while others come', async () => {
    const made = await Promise.all(Array.from({ length: 25 }, () => revoked('token', randomUUID())));
    await test.database.run(`UPDATE auth.revocations SET created_at = '2026-01-01' WHERE id::text > '8'`);
    const seen: RevocationRecord[] = [];
    let page = await register.list({ limit: 4 });
    for (;;) {
      expect(page.items.length).toBeLessThanOrEqual(4);
      seen.push(...page.items);
      if (page.next === undefined) break;
      if (seen.length === 8) await say(test.database);
      page = await register.list({ limit: 4, after: page.next });
    }
    const ids = seen.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(made.map(([record]) => record?.id)));
    const times = seen.map(({ createdAt }) => createdAt);
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });
});
