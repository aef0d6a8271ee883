import { randomUUID } from 'node:crypto';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from '@latchkey/tokens/testing';
import { ExpiredRows, type Swept } from './expired-rows.js';
import { openTestDatabase, settle, type Inhabitants, type OpenTestDatabase } from './testing/open-test-database.js';

const GRACE = 300 + 60;
const REGISTER = fileURLToPath(new URL('../../../../../tools/register.mjs', import.meta.url));
const SWEEPER = fileURLToPath(new URL('./testing/sweep-process.ts', import.meta.url));

let test: OpenTestDatabase;
beforeEach(async () => {
  test = await openTestDatabase(4);
});
afterEach(() => test.close());

const count = async (table: string, condition = 'true', ...parameters: readonly unknown[]): Promise<number> => {
  const { rows } = await test.database.run<{ n: number }>(
    `SELECT count(*)::integer AS n FROM auth.${table} WHERE ${condition}`,
    parameters,
  );
  return rows[0]?.n ?? Number.NaN;
};
const some = (swept: Swept): Record<string, number> =>
  Object.fromEntries(Object.entries(swept).filter(([, removed]) => removed > 0));

const giveGrants = async ({ client, sub, sid }: Inhabitants, many: number): Promise<void> => {
  await test.database.run(
    `INSERT INTO auth.grants (grant_id, client_id, sub, token_sub, scope, auth_time, amr, sid, ends_with_session, gen_iss,
       gen_cli, gen_sub, created_at, expires_at, code_digest)
     SELECT gen_random_uuid(), $1, $2::uuid, $2::text, '{openid}', now(), '{pwd}', $3::uuid, true, 0, 0, 0, now(),
       now() + interval '30 days', encode(sha256(gen_random_uuid()::text::bytea), 'hex') FROM generate_series(1, $4)`,
    [client.clientId, sub, sid, many],
  );
};
const consent = (sub: string, clientId: string) =>
  test.database.run(`INSERT INTO auth.consents (sub, client_id, scope) VALUES ($1, $2, '{openid}')`, [sub, clientId]);
const deleteClient = (clientId: string, secondsAgo = 0) =>
  test.database.run(
    'UPDATE auth.clients SET enabled = false, deleted_at = now() - make_interval(secs => $2) WHERE client_id = $1',
    [clientId, secondsAgo],
  );
const deletePerson = (sub: string, secondsAgo = 0) =>
  test.database.run(
    `UPDATE auth.users SET enabled = false, username = NULL, normalized_username = NULL, password_hash = NULL,
       claims = '{}', deleted_at = now() - make_interval(secs => $2) WHERE sub = $1`,
    [sub, secondsAgo],
  );
/** Neither of which any sweep may touch. */
const stays = async (who: Inhabitants): Promise<readonly number[]> => [
  await count('clients', 'client_id = $1', who.client.clientId),
  await count('client_secrets', 'client_id = $1', who.client.clientId),
  await count('users', 'sub = $1', who.sub),
  await count('login_sessions', 'sub = $1', who.sub),
  await count('grants', 'sub = $1 AND client_id = $2', who.sub, who.client.clientId),
  await count('consents', 'sub = $1', who.sub),
];

describe('A10 what hangs on what was deleted is swept', () => {
  it('of a client at once, its row when the last token has expired; of nobody else anything', async () => {
    const [gone, other] = [await settle(test.database), await settle(test.database)];
    for (const who of [gone, other]) {
      await giveGrants(who, 3);
      await consent(who.sub, who.client.clientId);
    }
    const before = await stays(other);
    expect(some(await new ExpiredRows(test.database).sweep())).toEqual({});
    const { clientId } = gone.client;
    await deleteClient(clientId, GRACE - 60);
    expect(some(await new ExpiredRows(test.database).sweep())).toEqual({
      ...{ grantsOfClients: 3, consentsOfClients: 1, secretsOfClients: 1 },
    });
    expect(await count('clients', 'client_id = $1', clientId)).toBe(1);
    await deleteClient(clientId, GRACE + 60);
    expect(some(await new ExpiredRows(test.database).sweep())).toEqual({ clients: 1 });
    expect(await stays(other)).toEqual(before);
    expect(await count('login_sessions', 'sub = $1', gone.sub)).toBe(1);
  });

  it('of a person at once, the row when the last token has expired; of nobody else anything', async () => {
    const [gone, other] = [await settle(test.database), await settle(test.database)];
    for (const who of [gone, other]) {
      await giveGrants(who, 3);
      await consent(who.sub, who.client.clientId);
    }
    const before = await stays(other);
    await deletePerson(gone.sub, GRACE - 60);
    expect(some(await new ExpiredRows(test.database).sweep())).toEqual({
      ...{ grantsOfPeople: 3, sessionsOfPeople: 1, consentsOfPeople: 1 },
    });
    expect(await count('users', 'sub = $1', gone.sub)).toBe(1);
    await deletePerson(gone.sub, GRACE + 60);
    expect(some(await new ExpiredRows(test.database).sweep())).toEqual({ people: 1 });
    expect(await stays(other)).toEqual(before);
    expect(await count('clients', 'client_id = $1', gone.client.clientId)).toBe(1);
  });

  it('keeps the row as long as anything hangs on it, however old it is', async () => {
    const who = await settle(test.database);
    await giveGrants(who, 25);
    await deleteClient(who.client.clientId, GRACE + 60);
    await deletePerson(who.sub, GRACE + 60);
    const bounded = new ExpiredRows(test.database, { batch: 5, batches: 2 });
    expect(some(await bounded.sweep())).toMatchObject({ grantsOfClients: 10, grantsOfPeople: 10 });
    expect([await count('clients'), await count('users'), await count('grants')]).toEqual([1, 1, 5]);
    expect(some(await bounded.sweep())).toMatchObject({ grantsOfClients: 5, clients: 1, people: 1 });
    expect([await count('clients'), await count('users'), await count('grants')]).toEqual([0, 0, 0]);
  });

  it('leaves revocations and audit events', async () => {
    const who = await settle(test.database);
    await test.database.run(
      `INSERT INTO auth.revocations (id, kind, value, generation, cause, actor, expires_at)
       VALUES ($1, 'client', $2, 1, 'client.deleted', 'spec', now() + interval '1 minute')`,
      [randomUUID(), who.client.clientId],
    );
    await deleteClient(who.client.clientId, GRACE + 60);
    await deletePerson(who.sub, GRACE + 60);
    const audit = await count('audit_events');
    await new ExpiredRows(test.database).sweep();
    expect([await count('clients'), await count('users')]).toEqual([0, 0]);
    expect([await count('revocations'), await count('audit_events')]).toEqual([1, audit]);
  });
});

describe('A10 in batches', () => {
  it('a sweeper that is killed loses nothing, and the next goes on where it stopped', async () => {
    const [gone, other] = [await settle(test.database), await settle(test.database)];
    await giveGrants(gone, 20_000);
    await giveGrants(other, 100);
    const before = await stays(other);
    await deleteClient(gone.client.clientId, GRACE + 60);
    // Somebody holds some of them, which it passes over: however fast it is, it is in the middle.
    await test.database.transaction(async (statements) => {
      await statements.run('SET LOCAL idle_in_transaction_session_timeout = 0');
      await statements.run('SELECT FROM auth.grants WHERE client_id = $1 LIMIT 100 FOR UPDATE', [gone.client.clientId]);
      const sweeper = fork(SWEEPER, [test.url], {
        execArgv: ['--conditions=latchkey-source', '--import', REGISTER],
        env: { PATH: process.env['PATH'] },
      });
      const exited = once(sweeper, 'exit');
      await until(async () => (await count('grants')) < 19_000, 'it is in the middle');
      sweeper.kill('SIGKILL');
      await exited;
    });
    const left = await count('grants', 'client_id = $1', gone.client.clientId);
    expect(left).toBeGreaterThan(0);
    expect(await count('clients', 'client_id = $1', gone.client.clientId)).toBe(1);
    await until(async () => {
      await new ExpiredRows(test.database).sweep();
      return (await count('clients', 'client_id = $1', gone.client.clientId)) === 0;
    }, 'all is gone');
    expect(await count('grants', 'client_id = $1', gone.client.clientId)).toBe(0);
    expect(await stays(other)).toEqual(before);
  });

  it('a sweep that fails keeps no other from its work, and says so', async () => {
    await test.database.run(
      `INSERT INTO auth.revocations (id, kind, value, cause, actor, expires_at)
       VALUES ($1, 'token', 'x', 'spec', 'spec', now() - interval '1 second')`,
      [randomUUID()],
    );
    await test.database.run('ALTER TABLE auth.grants RENAME COLUMN revoked_at TO moved_away');
    await expect(new ExpiredRows(test.database).sweep()).rejects.toThrow(/revoked_at/);
    expect(await count('revocations')).toBe(0);
  });

  it('a row that somebody holds is skipped, and nobody is waited for', async () => {
    const who = await settle(test.database);
    await giveGrants(who, 3);
    await deletePerson(who.sub);
    await test.database.transaction(async (statements) => {
      await statements.run('SELECT FROM auth.grants LIMIT 1 FOR UPDATE');
      expect(some(await new ExpiredRows(test.database).sweep())).toMatchObject({ grantsOfPeople: 2 });
    });
    expect(some(await new ExpiredRows(test.database).sweep())).toMatchObject({ grantsOfPeople: 1 });
  });
});
