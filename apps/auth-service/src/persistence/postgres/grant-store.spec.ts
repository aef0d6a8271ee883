import { randomUUID } from 'node:crypto';
import { digestOf, type CodeRedemption, type RotationOutcome } from '@latchkey/protocol';
import { PostgresGrantStore } from './grant-store.js';
import {
  addClient,
  addSession,
  aRedemption,
  endClient,
  fifty,
  openTestDatabase,
  populate,
  tally,
  type Inhabitants,
  type OpenTestDatabase,
} from './testing/open-test-database.js';

let test: OpenTestDatabase;
let grants: PostgresGrantStore;
let people: Inhabitants;

beforeAll(async () => {
  test = await openTestDatabase();
  grants = new PostgresGrantStore(test.database, test.onRevoked);
  people = await populate(test.database);
});
afterAll(() => test.close());
beforeEach(() => {
  test.revoked.length = 0;
  test.receipts.length = 0;
});

const revocationsOf = async (grantId: string): Promise<number> =>
  (await test.database.run('SELECT 1 FROM auth.revocations WHERE value = $1', [grantId])).rows.length;

const grantsOf = async (codeDigest: string): Promise<number> =>
  (await test.database.run('SELECT 1 FROM auth.grants WHERE code_digest = $1', [codeDigest])).rows.length;

const redeemed = async (over: Partial<CodeRedemption['grant']> = {}): Promise<CodeRedemption> => {
  const redemption = aRedemption(people, over);
  expect(await grants.redeemCode(redemption)).toBe('redeemed');
  return redemption;
};

/** Clients and sessions of a test's own, where it disables or ends one. */
const others = async (): Promise<Inhabitants> => ({
  client: await addClient(test.database),
  sub: people.sub,
  sid: await addSession(test.database, people.sub),
});

const ENDINGS: readonly (readonly [string, (who: Inhabitants) => Promise<unknown>])[] = [
  [
    'the client was disabled',
    ({ client }) =>
      test.database.run('UPDATE auth.clients SET enabled = false WHERE client_id = $1', [client.clientId]),
  ],
  [
    'the client has a higher generation',
    async ({ client }) => {
      await endClient(test.revoking, client.clientId, { actor: 'spec', receipt: false }, 'disabled');
      await test.database.run('UPDATE auth.clients SET enabled = true WHERE client_id = $1', [client.clientId]);
    },
  ],
  [
    'the session was ended',
    ({ sid }) => test.database.run('UPDATE auth.login_sessions SET ended_at = now() WHERE sid = $1', [sid]),
  ],
  [
    'the session has expired',
    ({ sid }) => test.database.run('UPDATE auth.login_sessions SET expires_at = now() WHERE sid = $1', [sid]),
  ],
];

describe('revocation.md V1 redeemCode asks again inside the statement that commits', () => {
  it.each(ENDINGS)('answers `ended` and writes nothing when %s', async (_title, end) => {
    const who = await others();
    const redemption = aRedemption(who);
    await end(who);
    expect(await grants.redeemCode(redemption)).toBe('ended');
    expect(await grantsOf(redemption.codeDigest)).toBe(0);
    expect(await revocationsOf(redemption.grant.grantId)).toBe(0);
  });

  it.each([
    ['the person', { iss: 0, cli: 0, sub: 1 }],
    ['the client', { iss: 0, cli: 1, sub: 0 }],
    ['the issuer', { iss: 1, cli: 0, sub: 0 }],
  ])('answers `ended` when the stamp of %s is not the generation that stands', async (_title, generations) => {
    const redemption = aRedemption(people, { generations });
    expect(await grants.redeemCode(redemption)).toBe('ended');
    expect(await grantsOf(redemption.codeDigest)).toBe(0);
  });

  it('wants the session to be live also for a grant that outlives it (offline_access)', async () => {
    const who = await others();
    await test.database.run('UPDATE auth.login_sessions SET ended_at = now() WHERE sid = $1', [who.sid]);
    expect(await grants.redeemCode(aRedemption(who, { endsWithSession: false }))).toBe('ended');
  });

  it('wants the session to be the same person’s', async () => {
    const redemption = aRedemption({ ...people, sid: randomUUID() });
    expect(await grants.redeemCode(redemption)).toBe('ended');
  });
});

describe('RFC 6749 §4.1.2 a code is redeemed once', () => {
  it('gives the code to one of 50 at once, and the other 49 revoke what it gave', async () => {
    const redemption = aRedemption(people);
    const answers = await fifty(() => grants.redeemCode(redemption));
    expect(tally(answers)).toEqual({ redeemed: 1, replayed: 49 });
    expect(await grantsOf(redemption.codeDigest)).toBe(1);
    expect(await grants.find(redemption.grant.grantId)).toMatchObject({ revoked: true });
    expect(await revocationsOf(redemption.grant.grantId)).toBe(1);
    expect(test.revoked).toMatchObject([{ kind: 'grant', value: redemption.grant.grantId }]);
  });

  it('revokes at a replay although the session has ended since', async () => {
    const who = await others();
    const redemption = aRedemption(who);
    await grants.redeemCode(redemption);
    await test.database.run('UPDATE auth.login_sessions SET ended_at = now() WHERE sid = $1', [who.sid]);
    expect(await grants.redeemCode(redemption)).toBe('replayed');
    expect(await revocationsOf(redemption.grant.grantId)).toBe(1);
  });

  it('revokes what an expired code gave, and knows nothing of one that gave nothing', async () => {
    const { codeDigest, grant, revocationExpiresAt } = await redeemed();
    expect(await grants.replayExpiredCode(digestOf(randomUUID()), revocationExpiresAt)).toBe('unknown');
    expect(await grants.replayExpiredCode(codeDigest, revocationExpiresAt)).toBe('replayed');
    expect(await grants.replayExpiredCode(codeDigest, revocationExpiresAt)).toBe('replayed');
    expect(await revocationsOf(grant.grantId)).toBe(1);
    expect(test.revoked).toHaveLength(1);
  });

  it('keeps the grant as it was given', async () => {
    const { grant } = await redeemed({
      ...{ endsWithSession: false, resource: 'https://notes.example', nonce: 'n-1', tokenSub: 'a pairwise value' },
    });
    expect(await grants.find(grant.grantId)).toEqual({ ...grant, refreshGeneration: 0, revoked: false });
    expect(await grants.find(randomUUID())).toBeUndefined();
    expect(await grants.find('no uuid')).toBeUndefined();
  });

  it('lets no grant outlive the session with which it ends', async () => {
    const { grant } = await redeemed({ endsWithSession: true });
    const kept = await grants.find(grant.grantId);
    expect(kept?.expiresAt).toBeLessThan(grant.expiresAt);
  });
});

/** A day, so that no test meets the end of a bucket. */
const TOLERANCE = 86_400;

const MAC_KEY = 7;
const rotate = (redemption: CodeRedemption, presented: number, presentedKey = MAC_KEY): Promise<RotationOutcome> =>
  grants.rotateRefreshToken({
    grantId: redemption.grant.grantId,
    ...{ presented, presentedKey },
    toleranceSeconds: TOLERANCE,
    revocationExpiresAt: redemption.revocationExpiresAt,
  });

/** As if so many buckets had passed since the newest rotation. */
const pass = (redemption: CodeRedemption, buckets: number): Promise<unknown> =>
  test.database.run('UPDATE auth.grants SET rotation_bucket = rotation_bucket - $2 WHERE grant_id = $1', [
    redemption.grant.grantId,
    buckets * TOLERANCE,
  ]);

describe('RFC 9700 §4.14 rotating a refresh token', () => {
  it.each(ENDINGS)('answers `ended` when %s', async (_title, end) => {
    const who = await others();
    const redemption = aRedemption(who);
    await grants.redeemCode(redemption);
    await end(who);
    expect(await rotate(redemption, 0)).toEqual({ outcome: 'ended' });
    expect(await revocationsOf(redemption.grant.grantId)).toBe(0);
  });

  it('answers `ended` for a grant that is revoked, expired or unknown', async () => {
    const revoked = await redeemed();
    await grants.revokeGrant({ ...revoked, ...revoked.grant, cause: 'revoked_by_client', receipt: false });
    expect(await rotate(revoked, 0)).toEqual({ outcome: 'ended' });

    const expired = await redeemed();
    await test.database.run('UPDATE auth.grants SET expires_at = now() WHERE grant_id = $1', [expired.grant.grantId]);
    expect(await rotate(expired, 0)).toEqual({ outcome: 'ended' });

    expect(await rotate(aRedemption(people), 0)).toEqual({ outcome: 'ended' });
    expect(await rotate(aRedemption(people, { grantId: 'no uuid' }), 0)).toEqual({ outcome: 'ended' });
  });

  it('K7 moves and revokes nothing for a token under a MAC key that was killed, whoever knows of it by now', async () => {
    const redemption = await redeemed();
    await rotate(redemption, 0);
    await test.database.run(
      `INSERT INTO auth.revocations (id, kind, value, cause, actor) VALUES (gen_random_uuid(), 'key', 'refresh-8', 'key.killed', 'spec')`,
    );
    // The valid one, a retry, and one that would be reuse.
    for (const presented of [1, 0, 9]) expect(await rotate(redemption, presented, 8)).toEqual({ outcome: 'ended' });
    const request = { ...redemption, ...redemption.grant, cause: 'revoked_by_client', receipt: false } as const;
    expect(await grants.revokeGrant({ ...request, presentedKey: 8 })).toMatchObject({ outcome: 'unknown' });
    expect(await revocationsOf(redemption.grant.grantId)).toBe(0);
    expect(await rotate(redemption, 1)).toEqual({ outcome: 'rotated', successor: 2 });
    await test.database.run(`DELETE FROM auth.revocations WHERE kind = 'key'`);
  });

  it('goes on without the session when the grant does not end with it (offline_access)', async () => {
    const who = await others();
    const redemption = aRedemption(who, { endsWithSession: false });
    await grants.redeemCode(redemption);
    await test.database.run('UPDATE auth.login_sessions SET ended_at = now() WHERE sid = $1', [who.sid]);
    expect(await rotate(redemption, 0)).toEqual({ outcome: 'rotated', successor: 1 });
  });

  it('revokes the grant when a generation from the future is presented', async () => {
    const redemption = await redeemed();
    expect(await rotate(redemption, 1)).toEqual({ outcome: 'reused' });
    expect(await grants.find(redemption.grant.grantId)).toMatchObject({ revoked: true });
    expect(test.revoked).toMatchObject([{ kind: 'grant', value: redemption.grant.grantId }]);
    expect(await rotate(redemption, 0)).toEqual({ outcome: 'ended' });
  });

  it('revokes the grant when what was rotated away long ago is presented, once for 50 at once', async () => {
    const redemption = await redeemed();
    await rotate(redemption, 0);
    await pass(redemption, 2);
    const answers = await fifty(() => rotate(redemption, 0));
    expect(tally(answers.map(({ outcome }) => outcome))).toEqual({ reused: 1, ended: 49 });
    expect(await revocationsOf(redemption.grant.grantId)).toBe(1);
    expect(test.revoked).toHaveLength(1);
  });

  it('gives 50 at once the same successor, by one rotation', async () => {
    const redemption = await redeemed();
    const answers = await fifty(() => rotate(redemption, 0));
    expect(tally(answers.map(({ outcome }) => outcome))).toEqual({ rotated: 1, retried: 49 });
    for (const answer of answers) expect(answer).toMatchObject({ successor: 1 });
    expect(await grants.find(redemption.grant.grantId)).toMatchObject({ refreshGeneration: 1, revoked: false });
    expect(test.revoked).toEqual([]);
  });

  it('gives a retry the same successor, and refuses an older one without revoking', async () => {
    const redemption = await redeemed();
    expect(await rotate(redemption, 0)).toEqual({ outcome: 'rotated', successor: 1 });
    expect(await rotate(redemption, 0)).toEqual({ outcome: 'retried', successor: 1 });
    expect(await rotate(redemption, 1)).toEqual({ outcome: 'rotated', successor: 2 });
    expect(await rotate(redemption, 0)).toEqual({ outcome: 'superseded' });
    expect(await rotate(redemption, 1)).toEqual({ outcome: 'retried', successor: 2 });
    expect(await grants.find(redemption.grant.grantId)).toMatchObject({ revoked: false });
  });

  it('tolerates what was rotated away in the bucket before', async () => {
    const redemption = await redeemed();
    await rotate(redemption, 0);
    await pass(redemption, 1);
    expect(await rotate(redemption, 0)).toEqual({ outcome: 'retried', successor: 1 });
    expect(await rotate(redemption, 1)).toEqual({ outcome: 'rotated', successor: 2 });
    expect(await rotate(redemption, 0)).toEqual({ outcome: 'superseded' });
    await pass(redemption, 1);
    expect(await rotate(redemption, 0)).toEqual({ outcome: 'reused' });
  });
});

describe('RFC 7009 §2.1 revoking', () => {
  it('does nothing to the grant of another client, nor to one that does not exist', async () => {
    const redemption = await redeemed();
    const request = { ...redemption, ...redemption.grant, cause: 'revoked_by_client' as const, receipt: false };
    const nothing = { outcome: 'unknown', revocation: undefined };
    expect(await grants.revokeGrant({ ...request, clientId: 'f'.repeat(32) })).toEqual(nothing);
    expect(await grants.revokeGrant({ ...request, grantId: randomUUID() })).toEqual(nothing);
    expect(await grants.revokeGrant({ ...request, grantId: 'no uuid' })).toEqual(nothing);
    expect(await grants.find(redemption.grant.grantId)).toMatchObject({ revoked: false });
    expect(test.revoked).toEqual([]);
    // And when it was revoked, no other client hears by what.
    await grants.revokeGrant(request);
    expect(await grants.revokeGrant({ ...request, clientId: 'f'.repeat(32) })).toEqual(nothing);
  });

  it('revokes a grant once for 50 at once, and says so once, after the commit', async () => {
    const redemption = await redeemed();
    const request = { ...redemption, ...redemption.grant, cause: 'revoked_by_client' as const, receipt: false };
    const answers = await fifty(() => grants.revokeGrant({ ...request, receipt: true }));
    expect(tally(answers.map(({ outcome }) => outcome))).toEqual({ revoked: 1, unknown: 49 });
    // Whoever lost may wait for the same entry.
    expect(new Set(answers.map(({ revocation }) => revocation))).toEqual(new Set([test.revoked[0]?.id]));
    expect(test.receipts).toEqual([true]);
    expect(await revocationsOf(redemption.grant.grantId)).toBe(1);
    const [entry] = test.revoked;
    expect(entry?.kind).toBe('grant');
    expect(entry?.expiresAt).toBeGreaterThanOrEqual(redemption.revocationExpiresAt);
  });

  it('revokes an access token once for 50 at once', async () => {
    const request = { jti: randomUUID(), clientId: people.client.clientId, expiresAt: 4_000_000_000, receipt: false };
    const answers = await fifty(() => grants.revokeAccessToken(request));
    expect(new Set(answers.map(({ revocation }) => revocation))).toEqual(new Set([test.revoked[0]?.id]));
    expect(test.receipts).toEqual([false]);
    expect(await grants.revokeAccessToken({ ...request, receipt: true })).toEqual(answers[0]);
    expect(await revocationsOf(request.jti)).toBe(1);
    expect(test.revoked).toMatchObject([{ kind: 'token', value: request.jti, expiresAt: 4_000_000_000 }]);
  });

  it('writes the audit event in the same transaction', async () => {
    const redemption = await redeemed();
    await grants.revokeGrant({ ...redemption, ...redemption.grant, cause: 'consent_withdrawn', receipt: false });
    const { rows } = await test.database.run('SELECT kind, outcome, detail FROM auth.audit_events WHERE target = $1', [
      redemption.grant.grantId,
    ]);
    expect(rows).toEqual([
      {
        kind: 'grant.revoked',
        outcome: 'done',
        detail: { cause: 'consent_withdrawn', client_id: people.client.clientId },
      },
    ]);
  });
});
