/** Owns the measurement of adding a million entries that have been decoded already. The wire is measured elsewhere. */
import { RevocationList } from '@latchkey/tokens';
import { flood } from './flood.js';
import type { Measurement } from '../measurement.js';
import { stopwatch } from './own-time.js';

/** As many as a feed may deliver at once. */
const BATCH = 1000;

export const loading = (million = 1_000_000): Measurement => ({
  name: 'loading',
  rounds: 3,
  seconds: 2,
  run: () => {
    const list = new RevocationList();
    let total = 0;
    let longest = 0;
    for (const piece of flood(million, () => ({ kind: 'token', expiresAt: 4_000_000_000 }))) {
      for (let from = 0; from < piece.length; from += BATCH) {
        const passed = stopwatch();
        for (const entry of piece.slice(from, from + BATCH)) list.add(entry);
        const milliseconds = passed();
        total += milliseconds;
        longest = Math.max(longest, milliseconds);
      }
    }
    if (list.size !== million) throw new Error('Entries were lost.');
    return Promise.resolve([
      { what: 'adding 1,000,000 decoded entries', value: total, unit: 'ms' },
      { what: 'the longest 1,000 additions', value: longest, unit: 'ms' },
    ]);
  },
});
