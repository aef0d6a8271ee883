import { describe, expect, it } from '@jest/globals';
import { progressTo } from '@latchkey/stack';
import { runCampaign } from './campaign.js';
import { faultNamed } from './faults/index.js';
import { tableOf } from './report.js';

/** `npm run chaos` causes all of them, and for longer. */
const SOME = ['kill-auth', 'redis-empty', 'flushall', 'stop-guard'];
/** A guard stands still for longer than its bound, and than its lease. */
const SPANS = { outageMs: [300, 1500], stillMs: 7000, slowMs: 2000 } as const;
const SEED = 20_261_124;

describe('V19 faults under a constant load of requests and revocations, in real processes', () => {
  it('V18, V19 admits nothing too late, forgets nothing acknowledged, and fences no guard that was not hit', async () => {
    const tell = (line: string): void => {
      process.stdout.write(`${line}\n`);
    };
    const rows = await runCampaign({
      seed: SEED,
      faults: SOME.map(faultNamed),
      spans: SPANS,
      progress: progressTo(tell),
    });
    process.stdout.write(`${tableOf(rows)}\n`);
    expect(rows.flatMap(({ title, findings }) => findings.map((finding) => `${title}: ${finding}`))).toEqual([]);
    expect(rows.map(({ tooLate }) => tooLate.length)).toEqual(SOME.map(() => 0));
    expect(rows.map(({ known }) => known)).toEqual(rows.map(({ asked }) => asked));
    // Keys were rotated all the while; a good token that is refused for its key is a finding.
    expect(new Set(rows.flatMap(({ figures }) => [...figures.keys])).size).toBeGreaterThan(2);
    // The load was a load.
    expect(rows.every(({ figures }) => figures.acknowledged > 100 && figures.answers.admitted > 100)).toBe(true);
  });
});
