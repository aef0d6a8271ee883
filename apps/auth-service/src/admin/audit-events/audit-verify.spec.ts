import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Unavailable } from '@latchkey/protocol';
import { erasePersonal } from '../../persistence/postgres/audit-personal.js';
import { AuditSealer } from '../../persistence/postgres/audit-sealer.js';
import type { Seal } from '../../persistence/postgres/audit-chain.js';
import { appendAudit } from '../../persistence/postgres/audit-store.js';
import { PostgresAuditVerifier } from '../../persistence/postgres/audit-verifier.js';
import { openTestDatabase, type OpenTestDatabase } from '../../persistence/postgres/testing/open-test-database.js';
import { formOf } from '../http/form.js';
import { adminBench, type AdminBench } from '../test/admin-bench.js';
import { AuditVerificationSchema } from './audit-event-schema.js';

const PATH = '/admin/v1/audit-events/verify';
const isVerification = formOf(AuditVerificationSchema);

const macKeys = [Buffer.alloc(32, 5)] as const;
const ADA = randomUUID();
let test: OpenTestDatabase;
let bench: AdminBench;
let sealer: AuditSealer;
/** How many walks were begun, and what each waits for. */
let walks: { begun: number; hold: () => Promise<void> };
/** As the log has told them. */
let said: Seal[];

beforeAll(async () => {
  test = await openTestDatabase();
  const verifier = new PostgresAuditVerifier({ database: test.database, macKeys });
  const verify: PostgresAuditVerifier['verify'] = async (asked) => {
    walks.begun += 1;
    await walks.hold();
    return verifier.verify(asked);
  };
  bench = await adminBench({ verifier: { verify } });
});
afterAll(async () => {
  await bench.close();
  await test.close();
});
/** Three seals of ten events each, with one id that was drawn and never used in the middle. */
beforeEach(async () => {
  await test.database.run('TRUNCATE auth.audit_events, auth.audit_personal, auth.audit_seals RESTART IDENTITY');
  said = [];
  walks = { begun: 0, hold: () => Promise.resolve() };
  sealer = new AuditSealer({ database: test.database, macKeys, onSealed: (seal) => said.push(seal) });
  for (const seal of [1, 2, 3]) {
    await writeTen(`seal ${seal}`);
    if (seal === 2) await test.database.run(`SELECT nextval('auth.audit_events_id_seq')`);
    await sealer.round();
  }
});

const writeTen = (target: string): Promise<void> =>
  test.database.transaction((statements) =>
    appendAudit(
      statements,
      ...Array.from({ length: 10 }, (_, index) => ({
        ...({ actor: ADA, kind: 'user.changed', target: `${target}, ${index}`, outcome: 'done' } as const),
        ...{ address: '192.0.2.1', personal: { email: 'ada@example' }, about: ADA },
      })),
    ),
  );

const verify = async (query = '') => {
  const wire = await bench.ask('GET', `${PATH}${query}`);
  const formed = isVerification(wire.json);
  if (wire.status !== 200 || !formed.ok) throw new Error(`not verified: ${wire.status} ${wire.text}`);
  return formed.value;
};

/** By the owner of the tables, whom no privilege holds back. */
const tamper = async (...statements: readonly string[]): Promise<void> => {
  for (const statement of statements) await test.database.run(statement);
};
const faultAfter = async (...statements: readonly string[]) => {
  await tamper(...statements);
  const { valid, broken } = await verify();
  expect(valid).toBe(broken === null);
  return broken;
};

describe('A11 one walk at a time', () => {
  it('is shared by whoever asks the same, and whoever asks something else comes back', async () => {
    let go: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (go = resolve));
    walks.hold = () => held;
    const same = Array.from({ length: 50 }, () => verify());
    while (walks.begun === 0) await sleep(5);
    for (const other of ['?after_seal=1', `?head=${said[0]?.head ?? ''}`]) {
      const wire = await bench.ask('GET', `${PATH}${other}`);
      expect([wire.status, wire.headers.get('retry-after')]).toEqual([503, '5']);
      expect(wire.headers.get('content-type')).toBe('application/problem+json');
    }
    go();
    expect((await Promise.all(same)).every(({ valid, seals }) => valid && seals === 3)).toBe(true);
    expect(walks.begun).toBe(1);
    expect((await verify('?after_seal=1')).seals).toBe(2);
  });

  it('and a walk that has failed keeps nobody out', async () => {
    walks.hold = () => Promise.reject(new Unavailable('PostgreSQL'));
    expect((await bench.ask('GET', PATH)).status).toBe(503);
    walks.hold = () => Promise.resolve();
    expect((await verify()).valid).toBe(true);
  });
});

describe('A11 whatever the owner of the tables changes under a seal is found', () => {
  it.each([
    ['actor', `'somebody'`],
    ['kind', `'user.created'`],
    ['target', `'another'`],
    ['outcome', `'refused'`],
    ['detail', `'{"x": 1}'`],
    ['at', `at + interval '1 millisecond'`],
    ['at', `'infinity'`],
    ['personal_digest', `NULL`],
    ['address_digest', `personal_digest`],
  ])('an event whose %s is another: %s', async (column, value) => {
    expect(await faultAfter(`UPDATE auth.audit_events SET ${column} = ${value} WHERE id = 15`)).toMatchObject({
      seal: 2,
    });
  });

  it.each([
    ['the first event', 1, 1],
    ['the last event of a seal', 20, 2],
    ['the last event of all', 31, 3],
  ])('that %s is gone', async (_, id, seal) => {
    expect(await faultAfter(`DELETE FROM auth.audit_events WHERE id = ${id}`)).toMatchObject({ seal });
  });

  it.each([
    ['in a gap', 21, 3],
    ['before all others', -7, 1],
  ])('one that was put into the past, %s', async (_, id, seal) => {
    const insert = `INSERT INTO auth.audit_events (id, actor, kind, target, outcome) OVERRIDING SYSTEM VALUE
      VALUES (${id}, 'a', 'b.c', 'd', 'done')`;
    expect(await faultAfter(insert)).toMatchObject({ seal });
  });

  it('two that were swapped', async () => {
    const swap = `UPDATE auth.audit_events e SET target = o.target, at = o.at, personal_digest = o.personal_digest,
        address_digest = o.address_digest FROM auth.audit_events o WHERE (e.id, o.id) IN ((4, 5), (5, 4))`;
    expect(await faultAfter(swap)).toMatchObject({ seal: 1 });
  });

  it('a seal that is gone from the middle, or from the beginning', async () => {
    expect(await faultAfter('DELETE FROM auth.audit_seals WHERE number = 2')).toMatchObject({ seal: 2 });
    expect(await faultAfter('DELETE FROM auth.audit_seals WHERE number = 1')).toMatchObject({ seal: 1 });
  });

  it.each([
    ['up_to = up_to - 1', 1, 1],
    ['events = events + 1', 2, 2],
    [`sealed_at = sealed_at - interval '1 hour'`, 2, 2],
    [`digest = repeat('0', 64)`, 2, 2],
    [`head = repeat('0', 64)`, 3, 3],
    // The next one says what the head before it was.
    [`head = repeat('0', 64)`, 2, 3],
  ])('a seal with another %s, number %d', async (change, number, seal) => {
    expect(await faultAfter(`UPDATE auth.audit_seals SET ${change} WHERE number = ${number}`)).toMatchObject({ seal });
  });

  it('a chain that was made anew without the key', async () => {
    await tamper('DELETE FROM auth.audit_seals', `UPDATE auth.audit_events SET actor = 'somebody' WHERE id = 1`);
    const forger = new AuditSealer({
      ...{ database: test.database, macKeys: [Buffer.alloc(32, 6)], onSealed: () => undefined },
    });
    await forger.round();
    expect((await verify()).broken).toMatchObject({ seal: 1 });
    // And the service does not go on from there.
    await writeTen('more');
    await expect(sealer.round()).rejects.toThrow(/was not made under/);
  });

  it('says where the chain was right last', async () => {
    await tamper(`UPDATE auth.audit_events SET actor = 'somebody' WHERE id = 15`);
    expect(await verify()).toMatchObject({ valid: false, head: said[0]?.head, seals: 1, events: 10 });
  });
});

describe('A11 an end that was cut off is found by a head from the log', () => {
  const last = (): string => said.at(-1)?.head ?? '';

  it('which the chain contains, before and after more was sealed', async () => {
    expect(await verify(`?head=${last()}`)).toMatchObject({ valid: true, contains_head: true, broken: null });
    const head = last();
    await writeTen('more');
    await sealer.round();
    expect(await verify(`?head=${head}`)).toMatchObject({ valid: true, contains_head: true });
  });

  it('also when what was cut off is sealed again, with its events or without them', async () => {
    const head = last();
    await tamper('DELETE FROM auth.audit_seals WHERE number = 3');
    expect(await verify(`?head=${head}`)).toMatchObject({ valid: false, contains_head: false });
    await sealer.round();
    expect(await verify()).toMatchObject({ valid: true, contains_head: null, seals: 3 });
    expect(await verify(`?head=${head}`)).toMatchObject({
      ...{ valid: false, contains_head: false, head: said.at(-1)?.head },
      broken: { seal: null, detail: 'the chain does not contain this head' },
    });
    await tamper('DELETE FROM auth.audit_seals WHERE number = 3', 'DELETE FROM auth.audit_events WHERE id > 20');
    await sealer.round();
    expect(await verify()).toMatchObject({ valid: true });
    expect((await verify(`?head=${head}`)).valid).toBe(false);
  });

  it('also when everything is gone', async () => {
    await tamper('TRUNCATE auth.audit_events, auth.audit_seals');
    expect(await verify()).toMatchObject({ valid: true, head: null, seals: 0 });
    expect((await verify(`?head=${last()}`)).valid).toBe(false);
  });
});

describe('A11 what names a person can be erased, and not changed', () => {
  it('stays valid after the erasing', async () => {
    await test.database.transaction((statements) => erasePersonal(statements, ADA));
    expect((await test.database.run('SELECT 1 FROM auth.audit_personal')).rows).toEqual([]);
    expect(await verify()).toMatchObject({ valid: true, events: 30 });
  });

  it.each([
    ['data', `data = '{"email": "eve@example"}'`, 'personal'],
    ['address', `data = '"192.0.2.9"'`, 'address'],
    ['salt', `salt = '\\x00'`, 'personal'],
  ])('names the event whose %s was altered', async (_, change, part) => {
    const update = `UPDATE auth.audit_personal SET ${change} WHERE event_id = 25 AND part = '${part}'`;
    expect(await faultAfter(update)).toMatchObject({ seal: 3, event: '25' });
  });

  it('finds what was put beside an event that had nothing', async () => {
    await test.database.transaction((statements) =>
      appendAudit(statements, { actor: 'a', kind: 'b.c', target: 'd', outcome: 'done' }),
    );
    await sealer.round();
    const insert = `INSERT INTO auth.audit_personal VALUES (32, 'address', NULL, '\\x00', '"192.0.2.9"')`;
    expect(await faultAfter(insert)).toMatchObject({ seal: 4, event: '32' });
  });
});

describe('A11 GET /audit-events/verify', () => {
  it('answers valid and the head', async () => {
    expect(await verify()).toEqual({
      ...{ valid: true, head: said.at(-1)?.head, seals: 3, events: 30, contains_head: null, broken: null },
    });
  });

  it('walks only what comes after a seal that was verified before', async () => {
    await tamper(`UPDATE auth.audit_events SET actor = 'somebody' WHERE id = 1`);
    expect(await verify('?after_seal=1')).toMatchObject({ valid: true, seals: 2, events: 20 });
    expect(await verify('?after_seal=3')).toMatchObject({ valid: true, seals: 0, head: said.at(-1)?.head });
    expect(await verify('?after_seal=4')).toMatchObject({ valid: false, broken: { seal: 4 } });
    expect(await verify(`?after_seal=1&head=${said[0]?.head}`)).toMatchObject({ valid: true, contains_head: true });
  });

  it('refuses what is no head, all faults at once, and whoever may not', async () => {
    const wire = await bench.ask('GET', `${PATH}?head=abc&after_seal=0&x=1`);
    expect(wire.status).toBe(400);
    expect(wire.json).toMatchObject({ errors: [{ pointer: '/x' }, { pointer: '/head' }, { pointer: '/after_seal' }] });
    const authorization = `Bearer ${bench.mint({ scope: 'keys:read' })}`;
    expect((await bench.ask('GET', PATH, { authorization })).status).toBe(403);
    expect((await bench.ask('POST', PATH)).status).toBe(405);
  });

  it('is 503 while PostgreSQL does not answer', async () => {
    const broken = await adminBench({ verifier: { verify: () => Promise.reject(new Unavailable('PostgreSQL')) } });
    expect((await broken.ask('GET', PATH)).status).toBe(503);
    await broken.close();
  });
});
