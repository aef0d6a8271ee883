/** Owns the measurement of what an entry weighs in memory (revocation.md V14). */
import { RevocationList, type RevocationEntry } from '@latchkey/tokens';
import { fill, flood } from './flood.js';
import { atMost, type Measurement } from '../measurement.js';

const NEVER_SOON = 4_000_000_000;

export const bytesPerEntry = (million = 1_000_000): Measurement => ({
  name: 'bytes per entry',
  rounds: 1,
  seconds: 14,
  run: () => {
    const token = (count: number): number =>
      weigh(count, (entries) => {
        const list = new RevocationList();
        fill(list, entries);
        return list;
      });
    const inMap = weigh(million, (entries) => {
      const map = new Map<string, number | null>();
      for (const piece of entries) for (const { value, expiresAt } of piece) map.set(value, expiresAt);
      return map;
    });
    const subject = weigh(
      million,
      (entries) => {
        const list = new RevocationList();
        fill(list, entries);
        return list;
      },
      { kind: 'subject', generation: 2 },
    );
    return Promise.resolve([
      { what: 'bytes per token entry, of 1,000,000', value: token(million), unit: 'bytes', goal: atMost(120) },
      // There the parts of the table have just doubled.
      { what: 'bytes per token entry, of 800,000', value: token(million * 0.8), unit: 'bytes', goal: atMost(120) },
      { what: '… in a Map of strings, to compare', value: inMap, unit: 'bytes' },
      { what: 'bytes per subject entry', value: subject, unit: 'bytes' },
    ]);
  },
});

/** What is built of the entries weighs more than nothing did. `external` contains the array buffers already. */
function weigh(
  count: number,
  build: (entries: Iterable<readonly RevocationEntry[]>) => object,
  as: { readonly kind: RevocationEntry['kind']; readonly generation?: number } = { kind: 'token' },
): number {
  const before = memory();
  const built = build(flood(count, () => ({ ...as, expiresAt: NEVER_SOON })));
  const bytes = (memory() - before) / count;
  // It must be alive until here.
  if (!('size' in built) || built.size !== count) throw new Error('Entries were lost.');
  return bytes;
}

function memory(): number {
  for (let time = 0; time < 3; time += 1) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
