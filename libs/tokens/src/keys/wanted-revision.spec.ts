import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WantedRevision } from './wanted-revision.js';

let wanted: WantedRevision;
beforeEach(() => {
  wanted = new WantedRevision();
});
/** Asked and answered with nothing between. */
const answered = (revision?: number) => wanted.answered(revision, wanted.wishes);

describe('DESIGN §6 which answer may take the place of the keys that are held', () => {
  it('never one of a lower revision: an instance lags, or a cache stands between', () => {
    answered(12);
    for (const revision of [11, 0]) expect(answered(revision)).toBe('behind');
    expect(wanted.held).toBe(12);
    for (const revision of [12, 13]) expect(answered(revision)).toBe('take');
    wanted.want(20);
    expect(answered(12)).toBe('behind');
  });

  it('whichever comes when something may have been missed, of whatever revision: a backup was restored', () => {
    answered(50);
    wanted.want();
    expect([answered(40), wanted.held, wanted.open]).toEqual(['take', 40, false]);
    expect(answered(39)).toBe('behind');
  });

  it('but not one that was asked for before', () => {
    answered(50);
    const asked = wanted.wishes;
    wanted.want();
    expect([wanted.answered(40, asked), wanted.open]).toEqual(['behind', true]);
    expect([wanted.answered(51, asked), wanted.open]).toEqual(['take', true]);
  });

  it('one that names no revision: it cannot be told from the newest', () => {
    answered(12);
    wanted.want(13);
    const asked = wanted.wishes;
    wanted.want(14);
    expect([wanted.answered(undefined, asked), wanted.open]).toEqual(['take', true]);
    expect([answered(), wanted.open]).toEqual(['take', false]);
  });
});

describe('DESIGN §6 what is still wanted', () => {
  it('is nothing at first, and nothing by an announcement of what is held', () => {
    expect(wanted.open).toBe(false);
    answered(12);
    for (const revision of [0, 11, 12]) wanted.want(revision);
    expect([wanted.open, wanted.wishes]).toEqual([false, 0]);
  });

  it('is the largest revision that was announced, in whatever order, and whenever it was asked for', () => {
    for (const revision of [3, 9, 4]) wanted.want(revision);
    expect([answered(8), wanted.open]).toEqual(['take', true]);
    expect([wanted.answered(9, 0), wanted.open]).toEqual(['take', false]);
  });

  it('is nothing of what was announced before something may have been missed, and all that is announced after it', () => {
    answered(50);
    wanted.want(60);
    wanted.want();
    expect([answered(40), wanted.open]).toEqual(['take', false]);
    wanted.want();
    wanted.want(40);
    expect([answered(39), wanted.open]).toEqual(['take', true]);
    expect([answered(40), wanted.open]).toEqual(['take', false]);
  });

  it('is closed by whatever stands in the end, whatever was announced and answered before', () => {
    const wish = fc.record({ wish: fc.option(fc.nat(20), { nil: undefined }) });
    const answer = fc.record({ answer: fc.option(fc.nat(20), { nil: undefined }), late: fc.nat(5) });
    fc.assert(
      fc.property(fc.array(fc.oneof(wish, answer)), (steps) => {
        const one = new WantedRevision();
        for (const step of steps) {
          if ('wish' in step) one.want(step.wish);
          else one.answered(step.answer, Math.max(0, one.wishes - step.late));
        }
        const standing = Math.max(20, one.held ?? 0);
        expect(one.answered(standing, one.wishes)).toBe('take');
        expect([one.open, one.held]).toEqual([false, standing]);
      }),
    );
  });
});
