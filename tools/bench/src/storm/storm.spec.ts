import { describe, expect, it } from '@jest/globals';
import { progressTo } from '@latchkey/stack';
import { isMissed } from '../measurement.js';
import { run } from './run.js';

describe('npm run bench:storm, at a small size', () => {
  it('finds one line of succession for each client, nobody logged out, and both kinds of theft noticed', async () => {
    const { figures, faults } = await run(
      { clients: 8, uses: 20, atOnce: 2, time: 'pretend' },
      progressTo(() => undefined),
    );
    expect(faults).toEqual([]);
    expect(figures.filter(isMissed)).toEqual([]);
    expect(figures.filter(({ goal }) => goal?.relation === '=').map(({ value }) => value)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(figures.find(({ what }) => what === 'clients robbed and noticed')?.value).toBe(4);
    expect(new Set(figures.map(({ what }) => what)).size).toBe(figures.length);
  });
});
