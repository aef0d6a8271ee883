import { randomUUID } from 'node:crypto';
import type { StandingLease } from '@latchkey/tokens';
import { PostgresGuardRecords } from './guard-records.js';
import { PostgresGuardRegister } from './guard-register.js';
import { PostgresRevocationLedger } from './revocation-ledger.js';
import { everything, fifty, openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

let test: OpenTestDatabase;
let register: PostgresGuardRegister;
let records: PostgresGuardRecords;
beforeAll(async () => {
  test = await openTestDatabase();
  register = new PostgresGuardRegister(test.database);
  records = new PostgresGuardRecords(test.database);
});
afterAll(() => test.close());
beforeEach(() => test.database.run('DELETE FROM auth.guards'));

const aLease = (over: Partial<StandingLease> = {}): StandingLease => {
  const guardId = over.guardId ?? randomUUID();
  return {
    ...{ leaseKey: `latchkey:revocations:v1:lease:notes:${guardId}`, guardId, registration: randomUUID() },
    ...{ service: 'https://notes.example', onStale: 'refuse', leaseMs: 5000, epoch: 1, position: '0-0' },
    ...{ ageMs: 3, fenced: false, entries: 0, ended: false },
    ...over,
  };
};

const onTheRoll = async (): Promise<string[]> => (await register.roll()).guards.map(({ leaseKey }) => leaseKey);

describe('revocation.md V16 a guard is entered', () => {
  it('not when its id stands under another lease’s key: nobody takes another’s place', async () => {
    const lease = aLease();
    expect(await register.enter([lease])).toEqual([lease.leaseKey]);
    const thief = {
      ...lease,
      leaseKey: `latchkey:revocations:v1:lease:thief:${lease.guardId}`,
      registration: randomUUID(),
    };
    const honest = aLease();
    // Before or after an honest one: it keeps nobody else from being entered.
    expect(await register.enter([thief, honest])).toEqual([honest.leaseKey]);
    expect(await register.enter([aLease({ leaseKey: lease.leaseKey })])).toEqual([]);
    const { guards } = await register.roll();
    expect(guards.find(({ guardId }) => guardId === lease.guardId)).toMatchObject({
      ...{ leaseKey: lease.leaseKey, registration: lease.registration },
    });
    expect(guards).toHaveLength(2);
  });

  it('only once when two leases of one walk claim the same id', async () => {
    const lease = aLease();
    const entered = await register.enter([lease, { ...lease, leaseKey: `${lease.leaseKey}:another` }]);
    expect(entered).toHaveLength(1);
    expect(await onTheRoll()).toEqual(entered);
  });

  it('not when it cannot be kept, and then the others are all the same', async () => {
    const sound = aLease();
    const unsound = [
      aLease({ guardId: 'no uuid' }),
      aLease({ registration: 'no uuid' }),
      aLease({ service: 'nul \u0000' }),
      aLease({ leaseKey: 'nul \u0000' }),
      ...[0, -1, 1.5, Number.NaN, 2 ** 31].map((leaseMs) => aLease({ leaseMs })),
    ];
    expect(await register.enter([...unsound, sound])).toEqual([sound.leaseKey]);
    expect(await register.enter(unsound)).toEqual([]);
    expect(await register.enter([])).toEqual([]);
    expect(await onTheRoll()).toEqual([sound.leaseKey]);
  });

  it('by 50 at once as one, and is on every roll that is read afterwards', async () => {
    const leases = [aLease(), aLease(), aLease()];
    const answers = await fifty(async (turn) => {
      const turned = [...leases.slice(turn % 3), ...leases.slice(0, turn % 3)];
      const entered = await register.enter(turned);
      expect(await onTheRoll()).toEqual(expect.arrayContaining([...entered]));
      return entered;
    });
    expect(answers.flat()).toEqual(expect.arrayContaining(leases.map(({ leaseKey }) => leaseKey)));
    expect((await onTheRoll()).sort()).toEqual(leases.map(({ leaseKey }) => leaseKey).sort());
  });

  it('again with what it says now, in its old place', async () => {
    const [first, second] = [aLease(), aLease()];
    await register.enter([first]);
    await register.enter([second]);
    const before = (await register.roll()).guards[0];
    const renewed = {
      ...first,
      registration: randomUUID(),
      onStale: 'allow' as const,
      leaseMs: 60_000,
      service: 'other',
    };
    expect(await register.enter([renewed])).toEqual([first.leaseKey]);
    const after = (await register.roll()).guards.find(({ leaseKey }) => leaseKey === first.leaseKey);
    expect(after).toEqual({
      ...{ leaseKey: first.leaseKey, guardId: first.guardId, registration: renewed.registration },
      ...{ service: 'other', onStale: 'allow', leaseMs: 60_000, registeredAt: before?.registeredAt },
    });
  });
});

describe('revocation.md V17 the roll', () => {
  it('says the epoch and its age also when nobody is on it', async () => {
    const ledger = new PostgresRevocationLedger(test.database);
    const { epoch } = await ledger.raiseEpoch((await ledger.currentEpoch()).epoch, 'another life');
    const young = await register.roll();
    expect(young).toMatchObject({ guards: [], epoch });
    expect(young.epochAgeMs).toBeGreaterThanOrEqual(0);
    await test.database.run(`UPDATE auth.revocation_epoch SET raised_at = clock_timestamp() - interval '2 minutes'`);
    const old = await register.roll();
    expect(old.epochAgeMs).toBeGreaterThanOrEqual(60_000);
    // A raise begins it anew; one that came too late does not.
    await ledger.raiseEpoch(epoch - 1, 'a late one');
    expect((await register.roll()).epochAgeMs).toBeGreaterThanOrEqual(60_000);
    await ledger.raiseEpoch(epoch, 'the next life');
    expect((await register.roll()).epochAgeMs).toBeLessThan(60_000);
    // A clock that went back makes no epoch older.
    await test.database.run(`UPDATE auth.revocation_epoch SET raised_at = clock_timestamp() + interval '1 hour'`);
    expect((await register.roll()).epochAgeMs).toBe(0);
  });
});

describe('revocation.md V16 a guard is struck', () => {
  it('not when it has registered anew since, nor by another’s registration', async () => {
    const lease = aLease();
    await register.enter([lease]);
    for (const registration of [randomUUID(), 'no uuid']) await register.strike([{ ...lease, registration }]);
    await register.strike([]);
    expect(await onTheRoll()).toEqual([lease.leaseKey]);
    await register.strike([aLease(), lease]);
    expect(await onTheRoll()).toEqual([]);
  });

  /** As if the last look that found it missing was so long ago, and the epoch so old. */
  const pass = async (missing: string, epoch: string): Promise<void> => {
    await test.database.run(`UPDATE auth.guards SET missing_since = clock_timestamp() - interval '${missing}'
      WHERE missing_since IS NOT NULL`);
    await test.database.run(`UPDATE auth.revocation_epoch SET raised_at = clock_timestamp() - interval '${epoch}'`);
  };

  it('when nobody has seen its lease for an hour, and never an `allow` guard', async () => {
    const [gone, here] = [aLease(), aLease()];
    const allowing = aLease({ onStale: 'allow' });
    await register.enter([gone, here, allowing]);
    await register.noteSeen([here.leaseKey]);
    await pass('59 minutes', '2 hours');
    await register.noteSeen([here.leaseKey]);
    expect(await onTheRoll()).toHaveLength(3);
    await pass('61 minutes', '2 hours');
    const before = await register.noteSeen([here.leaseKey, 'nul \u0000']);
    expect(before.guards).toHaveLength(3);
    expect((await onTheRoll()).sort()).toEqual([here.leaseKey, allowing.leaseKey].sort());
  });

  it('not while the epoch is younger than the longest lease on the roll', async () => {
    const gone = aLease();
    const longest = aLease({ onStale: 'allow', leaseMs: 2 * 3_600_000 });
    await register.enter([gone, longest]);
    await register.noteSeen([]);
    await pass('61 minutes', '119 minutes');
    await register.noteSeen([]);
    expect(await onTheRoll()).toHaveLength(2);
    await pass('61 minutes', '121 minutes');
    await register.noteSeen([]);
    expect(await onTheRoll()).toEqual([longest.leaseKey]);
  });

  it('not after an hour in which nobody looked, nor when it was seen or entered again within', async () => {
    const lease = aLease();
    await register.enter([lease]);
    await test.database.run(`UPDATE auth.guards SET last_seen_at = clock_timestamp() - interval '2 hours'`);
    await pass('0 seconds', '2 hours');
    await register.noteSeen([]);
    expect(await onTheRoll()).toEqual([lease.leaseKey]);
    for (const again of [() => register.noteSeen([lease.leaseKey]), () => register.enter([lease])]) {
      await pass('61 minutes', '2 hours');
      await again();
      await register.noteSeen([]);
      expect(await onTheRoll()).toEqual([lease.leaseKey]);
    }
  });

  it('by 50 that look, enter and strike at once, none of whom waits in a circle', async () => {
    const leases = Array.from({ length: 20 }, () => aLease());
    const keys = leases.map(({ leaseKey }) => leaseKey);
    await register.enter(leases);
    await fifty(async (turn) => {
      if (turn % 3 === 0) await register.noteSeen(keys.slice(0, turn % 20));
      else if (turn % 3 === 1) await register.enter([...leases].reverse());
      else await register.strike([...leases.slice(turn % 20), ...leases.slice(0, turn % 20)].slice(0, 15));
    });
    await register.enter(leases);
    expect((await onTheRoll()).sort()).toEqual(keys.sort());
  });
});

describe('admin-api.md /guards', () => {
  it('lists each once in the order of registration, also those of the same instant, while others come', async () => {
    await register.enter(Array.from({ length: 25 }, () => aLease()));
    const seen: string[] = [];
    let page = await records.list({ limit: 4 });
    for (;;) {
      seen.push(...page.items.map(({ guardId }) => guardId));
      if (page.next === undefined) break;
      if (seen.length === 8) await register.enter([aLease()]);
      page = await records.list({ limit: 4, after: page.next });
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toHaveLength(26);
  });

  it('removes one with its audit event, once for 50 at once, or neither', async () => {
    const lease = aLease({ onStale: 'allow' });
    await register.enter([lease]);
    const audit = { actor: 'an-operator', kind: 'guard.removed', target: lease.guardId, outcome: 'done' } as const;
    const dump = await everything(test.database);
    for (const guardId of [randomUUID(), 'no uuid']) {
      expect(await records.remove({ ...lease, guardId }, audit)).toBe('unknown');
      expect(await records.find(guardId)).toBeUndefined();
    }
    // It has registered again since somebody looked.
    expect(await records.remove({ ...lease, registration: randomUUID() }, audit)).toBe('unknown');
    await expect(records.remove(lease, { ...audit, target: 'nul \u0000' })).rejects.toThrow();
    expect(await everything(test.database)).toBe(dump);
    expect(await records.find(lease.guardId)).toMatchObject({ leaseKey: lease.leaseKey, onStale: 'allow' });
    const answers = await fifty(() => records.remove(lease, audit));
    expect(answers.filter((answer) => answer === 'removed')).toHaveLength(1);
    const { rows } = await test.database.run('SELECT 1 FROM auth.audit_events WHERE target = $1', [lease.guardId]);
    expect(rows).toHaveLength(1);
    expect(await onTheRoll()).toEqual([]);
  });
});
