/** Owns the measurement of match() for a token that is not revoked, which is nearly every token (revocation.md V14). */
import { RevocationList, type RevocableClaims } from '@latchkey/tokens';
import { fill, flood, unrevoked, type NamedKind } from './flood.js';
import { under, type Figure, type Measurement } from '../measurement.js';

const BATCH = 1000;
const NEVER_SOON = 4_000_000_000;

export const costOfMatch = (million = 1_000_000, batches = 200): Measurement => ({
  name: 'the cost of match()',
  rounds: 3,
  seconds: 10,
  run: () => {
    // Each is asked about once for each list: in a guard, too, no token's line of memory is at hand already.
    const asked = unrevoked(BATCH * batches);
    const listOf = (count: number, kinds: readonly NamedKind[]): RevocationList => {
      const list = new RevocationList();
      fill(
        list,
        flood(count, (index) => ({ kind: kinds[index % kinds.length] ?? 'token', expiresAt: NEVER_SOON })),
      );
      return list;
    };
    const one = nanoseconds(listOf(1, ['token']), asked);
    const thousand = nanoseconds(listOf(1000, ['token']), asked);
    const all = nanoseconds(listOf(million, ['token']), asked);
    const spread = nanoseconds(listOf(million, ['token', 'grant', 'session']), asked);
    const figures: Figure[] = [
      { what: 'match() with 1 entry', value: one, unit: 'ns', goal: under(1000) },
      { what: 'match() with 1,000 entries', value: thousand, unit: 'ns', goal: under(1000) },
      { what: 'match() with 1,000,000 entries', value: all, unit: 'ns', goal: under(1000) },
      // Three tables are asked, none of which a busy processor keeps in its caches: it informs, and has no goal.
      { what: '… a third each tokens, grants, sessions', value: spread, unit: 'ns' },
      { what: 'match(): a million to one', value: all / one, unit: '×' },
    ];
    return Promise.resolve(figures);
  },
});

/** The median of the batches. */
function nanoseconds(list: RevocationList, asked: readonly RevocableClaims[]): number {
  const times: number[] = [];
  for (let from = 0; from < asked.length; from += BATCH) {
    let matched = 0;
    const started = performance.now();
    for (let index = from; index < from + BATCH; index += 1) {
      const claims = asked[index];
      if (claims !== undefined && list.match(claims, 'kid') !== undefined) matched += 1;
    }
    times.push(((performance.now() - started) * 1e6) / BATCH);
    if (matched > 0) throw new Error('A token is refused that nobody has revoked.');
  }
  times.sort((left, right) => left - right);
  return times[Math.floor(times.length / 2)] ?? Number.NaN;
}
