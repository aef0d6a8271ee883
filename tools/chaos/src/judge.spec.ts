import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Judge } from './judge.js';

const BOUND = 5000;
const admission = (token: string, sentAt: number, wokenAt?: number) => ({ token, guard: 'guard 1', sentAt, wokenAt });

describe('V19 the judge', () => {
  it('convicts an admission that was sent a moment more than the bound after the acknowledgement', () => {
    const judge = new Judge(BOUND);
    judge.acknowledge(['a token'], 1000);
    expect(judge.admitted(admission('a token', 6000.5))).toBe('too-late');
    expect(judge.violations).toEqual([
      { token: 'a token', guard: 'guard 1', sentAt: 6000.5, wokenAt: undefined, acknowledgedAt: 1000, lateMs: 0.5 },
    ]);
  });

  it('allows one that was sent exactly the bound after it, or before it', () => {
    const judge = new Judge(BOUND);
    judge.acknowledge(['a token'], 1000);
    expect(judge.admitted(admission('a token', 6000))).toBe('allowed');
    expect(judge.admitted(admission('a token', 900))).toBe('allowed');
    expect(judge.violations).toEqual([]);
  });

  it('allows any token whose revocation was never acknowledged', () => {
    const judge = new Judge(BOUND);
    judge.acknowledge(['a token'], 1000);
    expect(judge.admitted(admission('another', 1_000_000))).toBe('allowed');
  });

  it('counts from the first acknowledgement, whatever is acknowledged again', () => {
    const judge = new Judge(BOUND);
    judge.acknowledge(['a token'], 1000);
    judge.acknowledge(['a token', 'its sibling'], 9000);
    expect(judge.admitted(admission('a token', 6001))).toBe('too-late');
    expect(judge.admitted(admission('its sibling', 6001))).toBe('allowed');
    expect(judge.acknowledged()).toEqual(['a token', 'its sibling']);
  });

  it('V18 convicts what a guard that was woken admits, if it had been acknowledged before that, however lately', () => {
    const judge = new Judge(BOUND);
    judge.acknowledge(['a token'], 1000);
    expect(judge.admitted(admission('a token', 900, 1001))).toBe('too-late');
    expect(judge.admitted(admission('a token', 900, 1000))).toBe('allowed');
  });

  it('convicts exactly the admissions that are later than the bound, in whatever order things are told', () => {
    const instant = fc.integer({ min: 0, max: 20_000 });
    fc.assert(
      fc.property(instant, fc.array(instant, { maxLength: 20 }), (acknowledgedAt, sent) => {
        const judge = new Judge(BOUND);
        judge.acknowledge(['a token'], acknowledgedAt);
        for (const sentAt of sent) judge.admitted(admission('a token', sentAt));
        expect(judge.violations.map(({ sentAt }) => sentAt)).toEqual(sent.filter((at) => at - acknowledgedAt > BOUND));
      }),
    );
  });
});
