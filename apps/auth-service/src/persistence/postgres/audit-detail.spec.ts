import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { diffOf } from '../../admin/http/diff.js';
import { boundedDetail, LONGEST_DETAIL } from './audit-detail.js';

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value), 'utf8');
const long = (length: number): string => 'ü'.repeat(length / 2);

describe('A11 the detail of one event is bounded', () => {
  it('leaves alone what fits', () => {
    const detail = { changed: { name: { from: 'a', to: long(5000) } } };
    expect(boundedDetail(detail)).toBe(detail);
  });

  it('gives the length of a long value in place of it, and keeps the names and the short ones', () => {
    const detail = { reason: 'why', changed: { uris: { from: ['a'], to: [long(9000)] } } };
    expect(boundedDetail(detail)).toEqual({
      ...{ reason: 'why' },
      changed: { uris: { from: ['a'], to: { omitted_bytes: 9004 } } },
    });
  });

  it('gives way further where many values are long, and in the end as a whole', () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`member_${index}`, long(1000)]));
    expect(Object.keys(boundedDetail(many(50)))).toHaveLength(50);
    expect(boundedDetail(many(5000))).toEqual({ omitted_bytes: bytesOf(many(5000)) });
  });

  it('is never longer, whatever it is, and the same for the same', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.array(fc.jsonValue(), { maxLength: 300 })), (detail) => {
        expect(bytesOf(boundedDetail(detail))).toBeLessThanOrEqual(LONGEST_DETAIL);
        expect(boundedDetail(detail)).toEqual(boundedDetail(detail));
      }),
      { numRuns: 50, interruptAfterTimeLimit: 200_000, markInterruptAsFailure: true },
    );
  });
});

describe('A11 a diff tells the length of a member that is longer than 1 KiB, and not the member', () => {
  it('on each side by itself', () => {
    expect(diffOf({ uris: [long(1020)] }, { uris: [long(1022)] }).changed).toEqual({
      uris: { from: [long(1020)], to: { omitted_bytes: 1026 } },
    });
  });

  it('is still a change when both have one length', () => {
    expect(diffOf({ uris: 'a'.repeat(2000) }, { uris: 'b'.repeat(2000) }).changed).toEqual({
      uris: { from: { omitted_bytes: 2002 }, to: { omitted_bytes: 2002 } },
    });
  });
});
