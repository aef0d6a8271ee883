import { describe, expect, it } from '@jest/globals';
import { FenceWatch } from './fence-watch.js';

describe('V19 the longest fence', () => {
  it('counts no fence while every answer was an admission', () => {
    const watch = new FenceWatch();
    watch.admitted('one', 10);
    expect([watch.longestMs(['one'], 0), watch.count(['one'], 0)]).toEqual([0, 0]);
  });

  it('runs from the first 503 to the next admission, of each guard by itself', () => {
    const watch = new FenceWatch();
    watch.fenced('one', 100);
    watch.fenced('one', 200);
    watch.admitted('two', 250);
    watch.admitted('one', 400);
    watch.fenced('one', 500);
    watch.admitted('one', 510);
    expect(watch.longestMs(['one', 'two'], 0)).toBe(300);
    expect(watch.count(['one'], 0)).toBe(2);
    expect(watch.longestMs(['two'], 0)).toBe(0);
  });

  it('counts what is still under way, and of what began before only the rest', () => {
    const watch = new FenceWatch();
    watch.fenced('one', 100);
    watch.fenced('one', 900);
    expect([watch.longestMs(['one'], 0), watch.longestMs(['one'], 500), watch.count(['one'], 0)]).toEqual([
      800, 400, 1,
    ]);
    watch.admitted('one', 1000);
    expect(watch.longestMs(['one'], 1001)).toBe(0);
  });
});
