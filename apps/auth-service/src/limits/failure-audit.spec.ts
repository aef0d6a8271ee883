import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { AuditRecord } from '../admin/ports.js';
import { FailureAudit } from './failure-audit.js';
import type { FailureAuditBounds } from './failure-audit-bounds.js';

const HERE = '192.0.2.1';
const BOUNDS: FailureAuditBounds = { perSubject: 10, perNetwork: 30, inAll: 300, perAccount: 3 };

const aTrail = (bounds: FailureAuditBounds = BOUNDS) => {
  const rows: AuditRecord[] = [];
  const record = (...records: readonly AuditRecord[]): Promise<void> => {
    rows.push(...records);
    return Promise.resolve();
  };
  const audit = new FailureAudit({ record, bounds, log: pino({ level: 'silent' }) });
  /** @param account its sub, where somebody has the name */
  const fail = (name: string, account?: string, address = HERE): Promise<void> =>
    audit.note(
      {
        ...{ actor: 'anonymous', kind: 'login.failed', target: account ?? 'unknown', outcome: 'refused', address },
        ...{ personal: { username: name }, ...(account === undefined ? {} : { about: account }) },
      },
      { name, account },
    );
  const about = (target: string): readonly AuditRecord[] => rows.filter((row) => row.target === target);
  return { rows, audit, fail, about };
};

describe('A11 a guesser does not hide whom he guesses', () => {
  it('behind a network that has used up its rows', async () => {
    const { fail, about } = aTrail();
    for (let time = 0; time < 100; time++) await fail(`nobody ${time}`);
    for (let time = 0; time < 9; time++) await fail('ada', 'sub of ada');
    await fail('bob', 'sub of bob');
    expect(about('sub of ada')).toHaveLength(3);
    expect(about('sub of bob')).toHaveLength(1);
  });

  it('behind many networks that have used up all rows', async () => {
    const { fail, about } = aTrail();
    for (let time = 0; time < 400; time++) await fail(`nobody ${time}`, undefined, `198.51.100.${time % 250}`);
    await fail('ada', 'sub of ada', '203.0.113.1');
    expect(about('sub of ada')).toHaveLength(1);
  });

  it('behind rows of the same name for which nobody looked', async () => {
    const { fail, about } = aTrail();
    for (let time = 0; time < 20; time++) await fail('ada');
    await fail('ada', 'sub of ada', '203.0.113.1');
    expect(about('sub of ada')).toHaveLength(1);
  });

  it('nor does he flood the trail with those who exist', async () => {
    const { rows, fail } = aTrail();
    for (let time = 0; time < 2000; time++) await fail(`person ${time}`, `sub ${time}`, `198.51.100.${time % 250}`);
    expect(rows.length).toBeLessThanOrEqual(600);
  });
});

describe('A11 a row that stands for several', () => {
  it('says how many and about whom, and holds no name and no address', async () => {
    const { rows, audit, fail } = aTrail();
    for (let time = 0; time < 12; time++) await fail('ada', 'sub of ada');
    // Limited meanwhile: nobody looked.
    for (let time = 0; time < 5; time++) await fail('ada');
    await audit.endSpan();
    expect(rows).toHaveLength(11);
    expect(rows.at(-1)).toEqual({
      ...{ actor: 'anonymous', kind: 'login.failed', target: 'sub of ada', outcome: 'refused' },
      detail: { reason: 'several', further: 7 },
    });
  });
});
