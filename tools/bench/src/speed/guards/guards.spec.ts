import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Endings } from '@latchkey/stack';
import { isMissed } from '../../measurement.js';
import { Latchkey } from '../contenders/latchkey.js';
import { LoadGenerator } from '../load/generator.js';
import { measure, type Size } from '../rounds.js';
import { RESOURCE_GUARD, UNGUARDED } from './guard-names.js';
import { revocation } from './guard-revocation.js';
import { startGuards, type GuardedApi } from './guard-workloads.js';

const SIZE: Size = {
  connections: 4,
  rounds: 1,
  secondsPerRound: 0.2,
  warmUpSeconds: 0.1,
  warmUpRequests: 1,
  requestsPerRound: 30,
};

/** Ours and nobody: the others need what the bench alone installs. */
describe('the guards of npm run bench, at a small size', () => {
  const endings = new Endings();
  let latchkey: Latchkey;
  let generator: LoadGenerator;
  let api: GuardedApi;

  beforeAll(async () => {
    latchkey = endings.keep(await Latchkey.start({ durable: false }));
    generator = endings.keep(await LoadGenerator.start());
    api = await startGuards(latchkey, 'RS256', (server) => endings.keep(server), ['unguarded', 'latchkey']);
  });
  afterAll(() => endings.run());

  it('are asked with one token, with a thousand, and with each token once; whoever is shown one that is no good has failed', async () => {
    const shown: number[] = [];
    for (const workload of api.workloads) {
      const rows = await measure(generator, workload, SIZE, () => undefined);
      expect(rows.map(({ contender }) => contender)).toEqual([UNGUARDED, RESOURCE_GUARD]);
      const [ours] = workload.entrants.slice(1);
      const { kind, shots } = (await ours?.ammunition({ connections: 4, requests: 30 })) ?? { kind: '', shots: [] };
      expect(kind).toBe(workload.name.includes('once') ? 'once' : 'repeat');
      shown.push(new Set(shots.map(({ headers }) => headers['authorization'])).size);
    }
    expect(shown).toEqual([1, 1000, 30]);
  });

  it('never show a token twice where each is new, and show all guards the same ones', async () => {
    const fresh = api.workloads.find(({ name }) => name.includes('once'))?.entrants ?? [];
    const take = async (of: number): Promise<readonly string[]> => {
      const { shots } = (await fresh[of]?.ammunition({ connections: 4, requests: 5 })) ?? { shots: [] };
      return shots.map(({ headers }) => headers['authorization'] ?? '');
    };
    // Ours was shown one lot more in the test before.
    await take(0);
    const [base, ours] = [await take(0), await take(1)];
    expect(ours).toEqual(base);
    const [next] = [await take(0)];
    expect(next.filter((token) => base.includes(token))).toEqual([]);
    expect(next).toHaveLength(5);
  });

  it('ask for revocation: what every guard has admitted is refused by ours when it is revoked', async () => {
    const figures = await revocation(latchkey, api);
    expect(figures.filter(isMissed)).toEqual([]);
    expect(figures.map(({ what, value }) => [what, value])).toEqual([
      ['a revoked token, RS256: refused by ours after', expect.any(Number)],
      ['a revoked token, RS256: admitted by ours', 0],
      expect.anything(),
    ]);
    expect(figures[0]?.value).toBeGreaterThan(0);
  });
});
