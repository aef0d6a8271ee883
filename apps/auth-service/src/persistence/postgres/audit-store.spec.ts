import { createHash, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { erasePersonal } from './audit-personal.js';
import { appendAudit, type AuditEvent } from './audit-store.js';
import { AUDIT_EVENTS } from './testing/audit-columns.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

let test: OpenTestDatabase;
beforeEach(async () => {
  test = await openTestDatabase(2);
});
afterEach(() => test.close());

const EVENT = { actor: 'a'.repeat(32), kind: 'user.changed', target: 'x', outcome: 'done' } as const;
const append = (...events: readonly Partial<AuditEvent>[]): Promise<void> =>
  test.database.transaction((statements) => appendAudit(statements, ...events.map((each) => ({ ...EVENT, ...each }))));
const trail = async (): Promise<readonly Record<string, unknown>[]> =>
  (await test.database.run(`SELECT target, address, personal FROM ${AUDIT_EVENTS} ORDER BY id`)).rows;

describe('A11 personal data stands beside the chain and can be erased', () => {
  it('never in the table of the events itself', async () => {
    await append({ address: '192.0.2.7', personal: { username: 'Ada' }, about: randomUUID() });
    const { rows } = await test.database.run<{ row: string }>('SELECT e::text AS row FROM auth.audit_events e');
    expect(rows[0]?.row).not.toMatch(/192\.0\.2\.7|Ada/);
    expect(await trail()).toEqual([{ target: 'x', address: '192.0.2.7', personal: { username: 'Ada' } }]);
  });

  it('of one person and of nobody else, with the salt', async () => {
    const [ada, bob] = [randomUUID(), randomUUID()];
    await append(
      { target: '1', personal: { username: 'Ada' }, about: ada, address: '192.0.2.1' },
      { target: '2', personal: { username: 'Bob' }, about: bob, address: '192.0.2.2' },
      { target: '3', actor: ada, address: '192.0.2.3' },
      { target: '4', actor: bob, address: '192.0.2.4', personal: { email: 'ada@example' }, about: ada.toUpperCase() },
      { target: '5', personal: { typed: 'nobody' } },
    );
    await test.database.transaction((statements) => erasePersonal(statements, ada));
    expect(await trail()).toEqual([
      { target: '1', address: '192.0.2.1', personal: null },
      { target: '2', address: '192.0.2.2', personal: { username: 'Bob' } },
      { target: '3', address: null, personal: null },
      { target: '4', address: '192.0.2.4', personal: null },
      { target: '5', address: null, personal: { typed: 'nobody' } },
    ]);
    const { rows } = await test.database.run('SELECT 1 FROM auth.audit_personal WHERE sub = $1', [ada]);
    expect(rows).toEqual([]);
    const { rows: digests } = await test.database.run(
      'SELECT target FROM auth.audit_events WHERE personal_digest IS NOT NULL ORDER BY id',
    );
    expect(digests.map(({ target }) => target)).toEqual(['1', '2', '4', '5']);
  });

  it('takes nothing for what names no person', async () => {
    await append({ personal: { username: 'Ada' }, about: 'not a uuid', address: '192.0.2.1' });
    for (const sub of ['not a uuid', '', 'a'.repeat(32)]) await erasePersonal(test.database, sub);
    expect(await trail()).toEqual([{ target: 'x', address: '192.0.2.1', personal: { username: 'Ada' } }]);
  });

  it('is in the chain by a digest that nobody can guess: salted, another for the same data each time', async () => {
    await append({ personal: { username: 'Ada' } }, { personal: { username: 'Ada' } });
    const { rows } = await test.database.run<{ digest: string; salt: Buffer; text: string }>(
      `SELECT personal_digest AS digest, salt, data::text AS text FROM auth.audit_events
       JOIN auth.audit_personal ON event_id = id ORDER BY id`,
    );
    expect(new Set(rows.map(({ digest }) => digest)).size).toBe(2);
    for (const { digest, salt, text } of rows) {
      expect(salt).toHaveLength(16);
      expect(createHash('sha256').update(salt).update(text).digest('hex')).toBe(digest);
      expect(createHash('sha256').update(text).digest('hex')).not.toBe(digest);
    }
  });

  it('records what PostgreSQL cannot hold as what it can', async () => {
    await append({ personal: { typed: 'a\u0000b\ud800' }, detail: { typed: '\\u0000\udfff' } });
    expect((await trail())[0]?.personal).toEqual({ typed: 'a\ufffdb\ufffd' });
    const { rows } = await test.database.run('SELECT detail FROM auth.audit_events');
    expect(rows).toEqual([{ detail: { typed: '\\u0000\ufffd' } }]);
  });

  it('in the order in which they are said, in one statement', async () => {
    const targets = Array.from({ length: 50 }, (_, index) => String(index));
    await append(...targets.map((target) => ({ target, address: `192.0.2.${target}` })));
    expect(await trail()).toEqual(targets.map((target) => ({ target, address: `192.0.2.${target}`, personal: null })));
  });
});
