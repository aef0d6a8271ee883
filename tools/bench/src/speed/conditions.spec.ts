import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { conditionsOf } from './conditions.js';

const SIZE = {
  ...{ connections: 1, rounds: 1, secondsPerRound: 1, warmUpSeconds: 1, warmUpRequests: 1, requestsPerRound: 1 },
};
/** Goes when it has used so much, by its own account. */
const BUSY = 'while (process.cpuUsage().user < 1_000_000);';

/** How many processors others had while this ran, and how many it could have had. */
async function othersWhile(command: string, ...args: readonly string[]) {
  const [began, after] = [performance.now(), conditionsOf(SIZE)];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  child.stdout.resume();
  await once(child.stdout, 'close');
  return { others: after({}).others ?? Number.NaN, busy: 1000 / (performance.now() - began) };
}

describe('how many processors others had, on average over a run', () => {
  it('counts what is none of the bench', async () => {
    // Whose parent goes at once is nobody's child.
    const { others, busy } = await othersWhile('sh', '-c', '"$0" -e "$1" &', process.execPath, BUSY);
    expect(others).toBeGreaterThan(0.8 * busy);
    expect(others).toBeLessThan(cpus().length + 0.5);
  });
});
