import { digestOf } from '@latchkey/protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { FailureAudit } from '../../limits/failure-audit.js';
import { noteFailedLogin } from '../../interaction/login-audit.js';
import { pino } from 'pino';
import { PostgresAuditTrail } from './audit-trail.js';
import { openStores, type Stores } from './stores.js';
import { AUDIT_EVENTS } from './testing/audit-columns.js';
import { addPerson, openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

const own = { issuer: 'http://localhost:4000', adminUrl: 'http://localhost:4001' };
const ORDER = { actor: 'c'.repeat(32), receipt: false };
const HERE = '192.0.2.1';
let test: OpenTestDatabase;
let stores: Stores;
let ada: string;
beforeEach(async () => {
  test = await openTestDatabase(20);
  stores = openStores(test.database, own, test.onRevoked);
  ada = await addPerson(test.database);
});
afterEach(() => test.close());

const erase = () => stores.endings.people.delete(ada, ORDER, () => undefined);
/** A log-in that failed, as the page for it notes it. */
const fail = (username: string, sub: string | undefined): Promise<void> => {
  const trail = new PostgresAuditTrail(test.database);
  const record: PostgresAuditTrail['record'] = (...records) => trail.record(...records);
  const audit = new FailureAudit({ record, log: pino({ level: 'silent' }) });
  const reason = sub === undefined ? 'unknown_name' : 'wrong_password';
  return noteFailedLogin(audit, { username, address: HERE, clientId: 'client' }, reason, sub);
};
const logIn = (number: number) =>
  stores.sessions.start({
    ...{
      cookieDigest: digestOf(String(number)),
      sub: ada,
      personGeneration: 0,
      passwordVersion: 0,
      amr: ['pwd'],
      lifetimeSeconds: 60,
    },
    from: { address: HERE, personal: { username: 'Ada' }, detail: {} },
  });
const consent = (): Promise<void> =>
  stores.trail.record({ actor: ada, kind: 'consent.denied', target: 'client', outcome: 'done', address: HERE });

const kept = async (): Promise<readonly unknown[]> =>
  (await test.database.run(`SELECT part, data FROM auth.audit_personal WHERE sub = $1 OR data::text ~* 'ada'`, [ada]))
    .rows;
const eventsOf = async (kind: string): Promise<readonly Record<string, unknown>[]> =>
  (await test.database.run(`SELECT target, address, personal FROM ${AUDIT_EVENTS} WHERE kind = $1`, [kind])).rows;

describe('A11 nothing that names a person outlives the person', () => {
  it('not a name that is nobody’s, in whatever spelling it was typed', async () => {
    await fail('Ada@Example', undefined);
    await fail('my password by mistake', undefined);
    const nobody = { target: 'unknown', address: HERE, personal: null };
    expect(await eventsOf('login.failed')).toEqual([nobody, nobody]);
  });

  it('nor what was under way: of 50 of each kind at once every one is erased, or writes none of it', async () => {
    const under = Array.from({ length: 50 }, (_, number) => [fail('Ada', ada), logIn(number), consent()]).flat();
    const [, erased] = await Promise.all([Promise.all(under), sleep(5).then(erase)]);
    expect(erased.outcome).toBe('ended');
    expect(await kept()).toEqual([]);
    expect(await eventsOf('login.failed')).toHaveLength(50);
  });

  it('a row that comes first is erased with the person, who waits for it', async () => {
    let erasing: Promise<unknown> = Promise.resolve();
    await test.database.transaction(async (statements) => {
      await statements.run('SELECT FROM auth.users WHERE sub = $1 FOR KEY SHARE', [ada]);
      erasing = erase();
      await untilSomebodyWaits();
      await statements.run(
        `INSERT INTO auth.audit_personal (event_id, part, sub, salt, data) VALUES (1000, 'personal', $1, '', '"ada"')`,
        [ada],
      );
    });
    await erasing;
    expect(await kept()).toEqual([]);
  });

  it('a row that comes second waits for the deletion, and holds nothing of the person', async () => {
    let failing: Promise<unknown> = Promise.resolve();
    await test.database.transaction(async (statements) => {
      await statements.run(
        `UPDATE auth.users SET enabled = false, deleted_at = now(), username = NULL, normalized_username = NULL,
           password_hash = NULL, claims = '{}' WHERE sub = $1`,
        [ada],
      );
      failing = Promise.all([fail('Ada', ada), logIn(1), consent()]);
      await untilSomebodyWaits(3);
    });
    await failing;
    expect(await kept()).toEqual([]);
    expect(await eventsOf('login.failed')).toEqual([{ target: ada, address: HERE, personal: null }]);
    expect(await eventsOf('consent.denied')).toEqual([{ target: 'client', address: null, personal: null }]);
  });

  it('and whoever lives is recorded with everything', async () => {
    await fail('Ada', ada);
    await consent();
    expect(await eventsOf('login.failed')).toEqual([{ target: ada, address: HERE, personal: { username: 'Ada' } }]);
    expect(await eventsOf('consent.denied')).toMatchObject([{ address: HERE }]);
  });
});

/** For a lock of somebody's row. */
async function untilSomebodyWaits(count = 1): Promise<void> {
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  for (;;) {
    const { rows } = await test.database.run(waiting);
    if (rows.length >= count) return;
    await sleep(10);
  }
}
