import { describe, expect, it } from '@jest/globals';
import { Pace } from './pace.js';

const pace = (ratePerSecond: number): Pace => new Pace({ ratePerSecond, began: 100, deadline: 150 });

describe('the pace of a load', () => {
  it('lets as many fall due as the rate says, and none after the end', () => {
    const all = (rate: number): number => pace(rate).since(1000).length;
    expect([200, 1000, 3500].map(all)).toEqual([10, 50, 175]);
  });

  it('counts from when each fell due, however late the generator looks, and says how late that was', () => {
    const paced = pace(2000);
    expect(paced.since(101)).toEqual([101, 101]);
    expect(paced.since(104.5)).toEqual([102, 102, 103, 103, 104, 104]);
    expect(paced.late).toEqual([0, 0, 2.5, 2.5, 1.5, 1.5, 0.5, 0.5]);
  });

  it('tells each once', () => {
    const paced = pace(300);
    const due = Array.from({ length: 100 }, (_, n) => paced.since(100 + n)).flat();
    expect(due).toHaveLength(15);
    expect(due).toEqual(due.toSorted((left, right) => left - right));
    expect(paced.late).toHaveLength(15);
  });
});
