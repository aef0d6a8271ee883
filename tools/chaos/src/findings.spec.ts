import { describe, expect, it } from '@jest/globals';
import { faultsFound, type Seen } from './findings.js';

const well: Seen = {
  figures: { goodRefused: 0, answers: { admitted: 100 } },
  tooLate: [],
  ...{ asked: 50, known: 50, controlsNotServed: 0, othersFenced: 0, recoveryMs: 300, unexpected: [] },
};
const payload = Buffer.from(JSON.stringify({ jti: 'its name' })).toString('base64url');
const violation = {
  ...{ token: `h.${payload}.s`, guard: 'guard 2', sentAt: 6100, acknowledgedAt: 1000, lateMs: 100 },
};

describe('V19 what fails a run', () => {
  it.each<[string, Partial<Seen>, RegExp]>([
    ['one admission too late', { tooLate: [violation] }, /^guard 2 admitted jti its name 100 ms too late$/],
    ['a revocation that a guard does not know', { known: 49 }, /^1 acknowledged/],
    ['guards that admit nothing', { figures: { goodRefused: 0, answers: { admitted: 0 } } }, /^nothing was admitted/],
    ['a good token that was refused', { figures: { goodRefused: 1, answers: { admitted: 9 } } }, /^1 good tokens were/],
    ['a good token that is not served any more', { controlsNotServed: 2 }, /^2 good tokens are not served/],
    ['a fence of a guard that was not hit', { othersFenced: 1 }, /^guards that were not hit fenced 1 times$/],
    ['a world that stays broken', { recoveryMs: undefined }, /^it did not recover$/],
    [
      'an answer that nothing may cause',
      { unexpected: ['guard 1 answered 500'] },
      /^unexpected: guard 1 answered 500$/,
    ],
  ])('%s', (_what, over, words) => {
    expect(faultsFound({ ...well, ...over })).toEqual([expect.stringMatching(words)]);
  });

  it('prints no token', () => {
    expect(faultsFound({ ...well, tooLate: [violation] }).join()).not.toContain(violation.token);
  });

  it('finds nothing where all is well', () => {
    expect(faultsFound(well)).toEqual([]);
  });
});
