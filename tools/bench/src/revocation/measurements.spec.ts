import { describe, expect, it } from '@jest/globals';
import { bytesPerEntry } from './bytes-per-entry.js';
import { costOfMatch } from './cost-of-match.js';
import { expiry } from './expiry.js';
import { keyKill } from './key-kill.js';
import { loading } from './loading.js';
import { loadingFromRedis } from './loading-from-redis.js';
import { newKey } from './new-key.js';
import { refusal } from './refusal.js';

describe('npm run bench:revocation, each measurement at a small size', () => {
  it.each([
    costOfMatch(2000, 3),
    bytesPerEntry(2000),
    loading(2000),
    loadingFromRedis(2000),
    expiry('all at once', 0, 5000),
    expiry('every other', 2, 5000),
  ])('$name is a list of figures, each with a name of its own', async (measurement) => {
    const figures = await measurement.run();
    expect(figures.every(({ value }) => Number.isFinite(value))).toBe(true);
    expect(new Set(figures.map(({ what }) => what)).size).toBe(figures.length);
    expect(figures.length).toBeGreaterThan(0);
  });
});

describe('revocation.md V20 undisturbed', () => {
  it('what was acknowledged is refused by all three guards, and the figure says how soon', async () => {
    const figures = await refusal(5).run();
    expect(figures.map(({ what }) => what)).toEqual([
      expect.stringContaining('p50'),
      expect.stringContaining('p99'),
      expect.stringContaining('max'),
    ]);
    const [p50 = NaN, p99 = NaN, max = NaN] = figures.map(({ value }) => value);
    expect(p50 > 0 && p50 <= p99 && p99 <= max).toBe(true);
    expect(figures[1]?.goal).toEqual({ relation: '<', bound: 25 });
  });
});

describe('keys K7 undisturbed', () => {
  it('a killed key refuses its tokens at all three guards, however often, and the figure says how soon', async () => {
    const figures = await keyKill(1, 5, 1).run();
    expect(figures.every(({ value }) => value >= 0)).toBe(true);
    expect(new Set(figures.map(({ what }) => what)).size).toBe(figures.length);
    const goals = figures.filter(({ goal }) => goal !== undefined);
    expect(goals.map(({ what, goal }) => [what, goal])).toEqual([
      [expect.stringContaining('p99'), { relation: '<', bound: 25 }],
      [expect.stringContaining('signed with it afterwards'), { relation: '≤', bound: 0 }],
    ]);
  });
});

describe('keys K3 undisturbed', () => {
  it('every instance signs with each new key, and the figure says how soon', async () => {
    const figures = await newKey(2).run();
    expect(figures.every(({ value }) => value > 0)).toBe(true);
    expect(figures.map(({ goal }) => goal)).toEqual([undefined, { relation: '<', bound: 1000 }]);
  });
});
