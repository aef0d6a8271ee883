import { randomBytes, randomUUID } from 'node:crypto';
import { KeyEncryption } from '@latchkey/tokens/issuing';
import { generateKey } from '@latchkey/tokens/testing';
import { ExpiredRowsJob } from '../../jobs/expired-rows-job.js';
import { ExpiredRows, type Swept } from './expired-rows.js';
import { PostgresGrantStore } from './grant-store.js';
import { PostgresIssuerState } from './issuer-state-store.js';
import { PostgresKeyStore } from './key-store.js';
import { aRedemption, addSession, openTestDatabase, populate } from './testing/open-test-database.js';
import type { OpenTestDatabase } from './testing/open-test-database.js';

/** The mark of an empty database, and what clocks may differ by. */
const GRACE = 300 + 60;

let test: OpenTestDatabase;
beforeEach(async () => {
  test = await openTestDatabase(4);
});
afterEach(() => test.close());

const revocations = async (count: number, kind: string, expires: string): Promise<void> => {
  await test.database.run(
    `INSERT INTO auth.revocations (id, kind, value, cause, actor, expires_at)
     SELECT gen_random_uuid(), $2, $2 || n || $3, 'spec', 'spec', ${expires} FROM generate_series(1, $1) n`,
    [count, kind, expires],
  );
};
const left = async (table: string): Promise<number> =>
  (await test.database.run(`SELECT 1 FROM auth.${table}`)).rows.length;

/** What was removed, without what was not. */
const some = (swept: Swept): Record<string, number> =>
  Object.fromEntries(Object.entries(swept).filter(([, count]) => count > 0));

describe('DESIGN §7 expired rows are swept', () => {
  it('never removes a revocation before it expires, nor ever one of a key', async () => {
    await revocations(10, 'token', `now() + interval '1 hour'`);
    await revocations(3, 'key', 'NULL');
    await revocations(1203, 'token', `now() - interval '1 second'`);
    const expiredRows = new ExpiredRows(test.database);
    expect(some(await expiredRows.sweep())).toEqual({ revocations: 1203 });
    expect(await left('revocations')).toBe(13);
  });

  it('removes neither a grant nor a session before its tokens have expired', async () => {
    const people = await populate(test.database);
    const grants = new PostgresGrantStore(test.database, test.onRevoked);
    const ages = { alive: -60, young: GRACE - 60, old: GRACE + 60 };
    for (const secondsAgo of Object.values(ages)) {
      const redemption = aRedemption(people, { grantId: randomUUID(), endsWithSession: false });
      await grants.redeemCode(redemption);
      await test.database.run(
        'UPDATE auth.grants SET expires_at = now() - make_interval(secs => $2) WHERE grant_id = $1',
        [redemption.grant.grantId, secondsAgo],
      );
      const sid = await addSession(test.database, people.sub);
      await test.database.run(
        'UPDATE auth.login_sessions SET expires_at = now() - make_interval(secs => $2) WHERE sid = $1',
        [sid, secondsAgo],
      );
    }
    expect(some(await new ExpiredRows(test.database).sweep())).toEqual({ expiredGrants: 1, expiredSessions: 1 });
    expect(await left('grants')).toBe(2);
    expect(await left('login_sessions')).toBe(3);
  });

  it('removes a dropped key when no login session is left that a hint could speak of, never one that lives or was killed', async () => {
    const store = new PostgresKeyStore(test.revoking);
    const encryption = new KeyEncryption(randomBytes(32));
    await new PostgresIssuerState(test.database).noteLifetimes({ session: 43_200 });
    const { now } = await store.load();
    const made = await Promise.all(
      ['young', 'old', 'killed', 'retired', 'live'].map(async (name) => {
        const key = await generateKey({ algorithm: 'ES256' }, encryption, now - 90_000_000, 'announced');
        return { name, key };
      }),
    );
    const kidOf = (name: string): string => made.find((each) => each.name === name)?.key.kid ?? '';
    await store.commit((await store.load()).revision, [
      ...made.map(({ key }) => ({ type: 'insert', key }) as const),
      { type: 'drop', kid: kidOf('young'), at: now - 43_200_000 + 60_000 },
      { type: 'drop', kid: kidOf('old'), at: now - 43_200_000 - 60_000 },
      { type: 'kill', kid: kidOf('killed'), at: now - 86_400_000 },
      { type: 'activate', kid: kidOf('retired'), at: now - 86_400_000 },
      { type: 'retire', kid: kidOf('retired'), at: now - 86_400_000 },
    ]);
    const { revision } = await store.load();
    expect(await new ExpiredRows(test.database).sweep()).toMatchObject({ keys: 1 });
    const after = await store.load();
    expect(after.keys.map(({ kid }) => kid).sort()).toEqual(['young', 'killed', 'retired', 'live'].map(kidOf).sort());
    // Whoever had read the row before has read something else, and reads again.
    expect(after.revision).toBeGreaterThan(revision);
    expect(await store.commit(revision, [{ type: 'kill', kid: kidOf('old'), at: now }])).toBe('lost');
    expect(await new ExpiredRows(test.database).sweep()).toMatchObject({ keys: 0 });
    expect((await store.load()).revision).toBe(after.revision);
  });

  it('is done by the job, and two instances at once do no harm', async () => {
    await revocations(2000, 'token', `now() - interval '1 second'`);
    const jobs = [1, 2].map(
      () => new ExpiredRowsJob({ expiredRows: new ExpiredRows(test.database), intervalMs: 3_600_000 }),
    );
    for (const job of jobs) job.start();
    for (const job of jobs) await job.stop();
    expect(await left('revocations')).toBe(0);
  });

  it('removes what was revoked or has ended a day after its tokens have expired, and not before', async () => {
    const people = await populate(test.database);
    const grants = new PostgresGrantStore(test.database, test.onRevoked);
    for (const secondsAgo of [0, 86_400, 86_400 + GRACE - 60, 86_400 + GRACE + 60]) {
      const redemption = aRedemption(people, { grantId: randomUUID(), endsWithSession: false });
      await grants.redeemCode(redemption);
      const ago = 'now() - make_interval(secs => $2)';
      await test.database.run(`UPDATE auth.grants SET revoked_at = ${ago} WHERE grant_id = $1`, [
        ...[redemption.grant.grantId, secondsAgo],
      ]);
      await test.database.run(`UPDATE auth.login_sessions SET ended_at = ${ago} WHERE sid = $1`, [
        ...[await addSession(test.database, people.sub), secondsAgo],
      ]);
    }
    expect(some(await new ExpiredRows(test.database).sweep())).toEqual({ revokedGrants: 1, endedSessions: 1 });
    expect([await left('grants'), await left('login_sessions')]).toEqual([3, 4]);
  });

  it('keeps a grant while its session lives, if its client is to be told of the log-out: however short its life was', async () => {
    const people = await populate(test.database);
    const grants = new PostgresGrantStore(test.database, test.onRevoked);
    const old = 'now() - make_interval(secs => $2)';
    for (const change of [`expires_at = ${old}`, `revoked_at = ${old}`]) {
      const redemption = aRedemption(people, { grantId: randomUUID(), endsWithSession: false });
      await grants.redeemCode(redemption);
      await test.database.run(`UPDATE auth.grants SET ${change} WHERE grant_id = $1`, [
        ...[redemption.grant.grantId, 86_400 + GRACE + 60],
      ]);
    }
    await test.database.run("UPDATE auth.clients SET backchannel_logout_uri = 'https://app.example/logged-out'");
    expect(some(await new ExpiredRows(test.database).sweep())).toEqual({});
    await test.database.run('UPDATE auth.login_sessions SET ended_at = now()');
    expect(some(await new ExpiredRows(test.database).sweep())).toEqual({ expiredGrants: 1, revokedGrants: 1 });
  });

  it('keeps a session that has replaced another until that is gone: a log-out finds the whole chain', async () => {
    const { sub } = await populate(test.database);
    const chain = [];
    for (let n = 0; n < 4; n += 1) chain.push(await addSession(test.database, sub));
    // The first lives longest: the lifetime was shortened after it.
    for (const [n, sid] of chain.entries()) {
      await test.database.run(
        `UPDATE auth.login_sessions SET replaced_by = $2,
           expires_at = now() + CASE WHEN $3 THEN interval '1 hour' ELSE interval '-1 hour' END WHERE sid = $1`,
        [sid, chain[n + 1] ?? null, n === 0],
      );
    }
    expect(some(await new ExpiredRows(test.database).sweep())).toEqual({});
    await test.database.run("UPDATE auth.login_sessions SET expires_at = now() - interval '1 hour' WHERE sid = $1", [
      chain[0],
    ]);
    expect(some(await new ExpiredRows(test.database).sweep())).toEqual({ expiredSessions: 4 });
  });

  it('A6 keeps what a repeated request is told for 24 hours', async () => {
    const keep = (name: string, age: string) =>
      test.database.run(
        `INSERT INTO auth.idempotency_keys (client_id, method, path, key_digest, body_mac, location, created_at)
         VALUES ($1, 'POST', '/x', repeat('a', 64), repeat('b', 64), '/x/1', now() - $2::interval)`,
        [name, age],
      );
    await keep('young', '23 hours 59 minutes');
    await keep('old', '24 hours 1 minute');
    expect(some(await new ExpiredRows(test.database).sweep())).toEqual({ idempotencyKeys: 1 });
    expect((await test.database.run('SELECT client_id FROM auth.idempotency_keys')).rows).toEqual([
      { client_id: 'young' },
    ]);
  });
});
