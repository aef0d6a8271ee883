import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KeyEncryption } from '@latchkey/tokens/issuing';
import type { Seal } from './audit-chain.js';
import { AuditSealer, ChainBroken } from './audit-sealer.js';
import { appendAudit } from './audit-store.js';
import { PostgresAuditTrail } from './audit-trail.js';
import { PostgresAuditVerifier } from './audit-verifier.js';
import { Database, type Statements } from './database.js';
import { fifty, openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

let test: OpenTestDatabase;
/** Every seal of which a sealer has said that it is committed. */
let said: Seal[];
beforeEach(async () => {
  test = await openTestDatabase();
  said = [];
});
afterEach(() => test.close());

type Keys = readonly [Buffer, ...Buffer[]];
const KEY: Keys = [Buffer.alloc(32, 1)];
const sealerWith = (macKeys: Keys = KEY): AuditSealer =>
  new AuditSealer({ database: test.database, macKeys, onSealed: (seal) => said.push(seal) });
const verify = (macKeys: Keys = KEY) => new PostgresAuditVerifier({ database: test.database, macKeys }).verify({});
const VALID = { broken: null };

const write = (statements: Statements, ...targets: readonly string[]): Promise<void> =>
  appendAudit(
    statements,
    ...targets.map(
      (target) => ({ actor: 'spec', kind: 'spec.done', target, outcome: 'done', address: '::1' }) as const,
    ),
  );
const commit = (...targets: readonly string[]): Promise<void> =>
  test.database.transaction((statements) => write(statements, ...targets));

/** A transaction that has written and is not over. */
const open = async (target: string): Promise<{ end: (how: 'commit' | 'roll back') => Promise<void> }> => {
  let wrote: () => void = () => undefined;
  let finish: (how: 'commit' | 'roll back') => void = () => undefined;
  const written = new Promise<void>((resolve) => (wrote = resolve));
  const asked = new Promise<'commit' | 'roll back'>((resolve) => (finish = resolve));
  const over = test.database
    .transaction(async (statements) => {
      await write(statements, target);
      wrote();
      if ((await asked) === 'roll back') throw new Error('rolled back');
    })
    .catch(() => undefined);
  await written;
  return {
    end: async (how) => {
      finish(how);
      await over;
    },
  };
};

const targetsUnder = async ({ number, upTo }: Seal): Promise<readonly unknown[]> => {
  const { rows } = await test.database.run(
    `SELECT target FROM auth.audit_events WHERE id <= $2
       AND id > coalesce((SELECT up_to FROM auth.audit_seals WHERE number = $1), 0) ORDER BY id`,
    [number - 1, upTo],
  );
  return rows.map(({ target }) => target);
};

describe('A11 one job seals the events in order, each once', () => {
  it('passes over no event that a slow transaction commits after later ones', async () => {
    const sealer = sealerWith();
    const slow = await open('first');
    await commit('second');
    await sealer.round();
    await sealer.round();
    // The second has the greater id: under a seal before the first it would keep the first out for ever.
    expect(said).toEqual([]);
    await slow.end('commit');
    await sealer.round();
    expect(said).toHaveLength(1);
    for (const seal of said) expect(await targetsUnder(seal)).toEqual(['first', 'second']);
    expect(await verify()).toMatchObject({ ...VALID, events: 2 });
  });

  it('waits for nobody who only reads, nor for whoever writes elsewhere', async () => {
    await commit('one');
    await test.database.transaction(async (statements) => {
      await statements.run('SELECT * FROM auth.audit_events');
      await statements.run('UPDATE auth.issuer_state SET generation = generation + 1');
      await sealerWith().round();
      expect(said).toMatchObject([{ number: 1, events: 1 }]);
    });
  });

  it('goes on while somebody always writes, and over what was rolled back', async () => {
    const sealer = sealerWith();
    let last = await open('0');
    for (let count = 1; count <= 10; count += 1) {
      const next = await open(String(count));
      await last.end(count % 3 === 0 ? 'roll back' : 'commit');
      last = next;
      await sealer.round();
    }
    expect(said.length).toBeGreaterThan(3);
    await last.end('commit');
    await sealer.round();
    expect(said.reduce((sum, { events }) => sum + events, 0)).toBe(8);
    expect(await verify()).toMatchObject({ ...VALID, events: 8 });
  });

  it('with fifty that write, some of them in vain, and four that seal: every event once', async () => {
    const sealers = Array.from({ length: 4 }, () => sealerWith());
    let isOver = false;
    const sealing = sealers.map(async (sealer) => {
      while (!isOver) await sealer.round();
    });
    await fifty(async (index) => {
      for (let count = 0; count < 10; count += 1) {
        await test.database
          .transaction(async (statements) => {
            await write(statements, `${index}.${count}`);
            if (count % 3 === 0) await statements.run('SELECT pg_sleep(0.003)');
            if (count % 4 === 0) throw new Error('in vain');
          })
          .catch(() => undefined);
      }
    });
    isOver = true;
    await Promise.all(sealing);
    await sealerWith().round();
    expect(said.map(({ number }) => number).sort((a, b) => a - b)).toEqual(said.map((_, index) => index + 1));
    const { rows } = await test.database.run<{ n: number }>('SELECT count(*)::integer AS n FROM auth.audit_events');
    expect(rows).toEqual([{ n: 350 }]);
    expect(said.reduce((sum, { events }) => sum + events, 0)).toBe(350);
    expect(await verify()).toMatchObject({ ...VALID, events: 350 });
  });

  it('says nothing when there is nothing', async () => {
    await sealerWith().round();
    await commit('one');
    const sealer = sealerWith();
    for (let count = 0; count < 3; count += 1) await sealer.round();
    expect(said).toHaveLength(1);
  });

  it('locks nothing while everything is sealed, by whomever', async () => {
    let transactions = 0;
    const counted = new (class extends Database {
      override transaction<Result>(work: (statements: Statements) => Promise<Result>): Promise<Result> {
        transactions += 1;
        return super.transaction(work);
      }
    })(test.database.source);
    const sealer = new AuditSealer({ database: counted, macKeys: KEY, onSealed: (seal) => said.push(seal) });
    const transactionsOf = async (rounds: number): Promise<number> => {
      transactions = 0;
      for (let count = 0; count < rounds; count += 1) await sealer.round();
      return transactions;
    };
    await commit('one');
    expect(await transactionsOf(1)).toBe(2);
    expect(await transactionsOf(3)).toBe(0);
    await commit('two');
    await sealerWith().round();
    expect(await transactionsOf(3)).toBe(0);
    await commit('three');
    expect(await transactionsOf(1)).toBe(2);
    expect(said.map(({ number }) => number)).toEqual([1, 2, 3]);
  });
});

describe('A11 a flood cannot stop it', () => {
  it('seals 20,000 refusals in bounded rounds of bounded batches, while more come', async () => {
    await test.database.run(
      `INSERT INTO auth.audit_events (actor, kind, target, outcome, detail)
       SELECT 'guesser', 'user.logged_in', 'u' || n, 'refused', '{"status": 401}' FROM generate_series(1, 20000) n`,
    );
    const trail = new PostgresAuditTrail(test.database);
    const sealer = sealerWith();
    const rounds: number[] = [];
    for (let before = 0; before < 20_000; before = said.reduce((sum, { events }) => sum + events, 0)) {
      await trail.refused({ actor: 'guesser', kind: 'user.logged_in', target: 'more', outcome: 'refused' });
      const sealed = said.length;
      await sealer.round();
      rounds.push(said.length - sealed);
      expect(rounds.length).toBeLessThan(5);
    }
    expect(Math.max(...rounds)).toBe(10);
    expect(Math.max(...said.map(({ events }) => events))).toBe(1000);
    await sealer.round();
    expect(await verify()).toMatchObject({ ...VALID, events: 20_000 + rounds.length });
  });

  it('bounds a batch by its bytes too', async () => {
    const big = 'x'.repeat(1024 * 1024);
    for (let count = 0; count < 9; count += 1) {
      await test.database.run(
        `INSERT INTO auth.audit_events (actor, kind, target, outcome, detail) VALUES ('a', 'b.c', 'd', 'done', $1)`,
        [JSON.stringify({ big })],
      );
    }
    await sealerWith().round();
    expect(said.map(({ events }) => events)).toEqual([4, 4, 1]);
    expect(await verify()).toMatchObject({ ...VALID, events: 9 });
  });
});

describe('A11 the key of the chain is not in the database', () => {
  const [one, two] = [randomBytes(32), randomBytes(32)];
  const keysOf = (current: Buffer, ...previous: readonly Buffer[]): Keys =>
    new KeyEncryption(current, previous).deriveEach('audit seals', 32);

  it('nobody without it extends the chain, nor puts anything on what somebody else has sealed', async () => {
    await commit('one');
    await sealerWith(keysOf(one)).round();
    await commit('two');
    await expect(sealerWith(keysOf(two)).round()).rejects.toBeInstanceOf(ChainBroken);
    await test.database.run(
      `INSERT INTO auth.audit_seals SELECT 2, up_to + 1, 1, now(), digest, repeat('a', 64) FROM auth.audit_seals`,
    );
    await expect(sealerWith(keysOf(one)).round()).rejects.toThrow(/number 2/);
    expect((await verify(keysOf(one))).broken).toMatchObject({ seal: 2 });
  });

  it('replaced, it keeps the old seals verifiable: also when the one before is left out', async () => {
    await commit('one');
    await sealerWith(keysOf(one)).round();
    expect(await verify(keysOf(two, one))).toMatchObject(VALID);
    expect((await verify(keysOf(two))).broken).toMatchObject({ seal: 1 });
    // The start with both keys, though nothing new was written.
    await sealerWith(keysOf(two, one)).round();
    expect(said).toMatchObject([
      { number: 1, events: 1 },
      { number: 2, events: 0 },
    ]);
    expect(await verify(keysOf(two))).toMatchObject({ ...VALID, seals: 2, events: 1 });
    await commit('two');
    await sealerWith(keysOf(two)).round();
    expect(await verify(keysOf(two))).toMatchObject({ ...VALID, seals: 3, events: 2 });
    // Under the old key alone that is no chain any more.
    expect((await verify(keysOf(one))).broken).toMatchObject({ seal: 2 });
    await test.database.run(`UPDATE auth.audit_events SET target = 'another' WHERE target = 'one'`);
    expect((await verify(keysOf(two))).broken).toMatchObject({ seal: 1 });
  });

  it('writes no seal with every round where instances of both keys run for a while', async () => {
    await commit('one');
    const [old, young] = [sealerWith(keysOf(one, two)), sealerWith(keysOf(two, one))];
    for (let count = 0; count < 5; count += 1) {
      await old.round();
      await young.round();
    }
    expect(said).toHaveLength(2);
    // After a minute under the other key, one.
    await test.database.run(`UPDATE auth.audit_seals SET sealed_at = now() - interval '61 seconds' WHERE number = 2`);
    await old.round();
    expect(said).toHaveLength(3);
  });
});
