import { describe, expect, it } from '@jest/globals';
import { bytesPerEntry } from './bytes-per-entry.js';
import { costOfMatch } from './cost-of-match.js';
import { expiry } from './expiry.js';
import { loading } from './loading.js';
import { loadingFromRedis } from './loading-from-redis.js';

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
