import { setTimeout as pause } from 'node:timers/promises';
import { Unavailable } from '@latchkey/protocol';
import { until } from '@latchkey/tokens/testing';
import { StillHeld } from './broken-world.js';
import { HeldLocks } from './held-locks.js';

const held = (): StillHeld => new StillHeld('PostgreSQL');

/** What asks until it is let go; each time it waits to be answered by the spec. */
function anAsker() {
  const asked: { readonly first: string | undefined; readonly answer: (error?: unknown) => void }[] = [];
  const ask = (first?: string): Promise<string> =>
    new Promise((resolve, reject) => {
      asked.push({
        first,
        answer: (error) => {
          if (error === undefined) resolve('had');
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever the spec says
          else reject(error);
        },
      });
    });
  const times = (count: number) => until(() => asked.length === count, `asked ${count} times`);
  return { ask, asked, times };
}

describe('DESIGN §3 whoever met a lock that somebody else holds', () => {
  it('asks again until it is let go', async () => {
    const [locks, asker] = [new HeldLocks(2, 60_000), anAsker()];
    const answer = locks.whenLetGo(asker.ask);
    for (const turn of [1, 2, 3]) {
      await asker.times(turn);
      asker.asked.at(-1)?.answer(turn === 3 ? undefined : held());
    }
    expect(await answer).toBe('had');
  });

  it('asks in a line, of which no more than may ask at once, and waits long only where nobody waits behind', async () => {
    const [locks, askers] = [new HeldLocks(2, 60_000), Array.from({ length: 5 }, anAsker)];
    const asked = () => askers.map((one) => one.asked.length);
    const answers = askers.map(({ ask }) => locks.whenLetGo(ask));
    await until(() => asked().join() === '1,1,0,0,0', 'the first two ask');
    askers[0]?.asked[0]?.answer(held());
    await until(() => asked().join() === '1,1,1,0,0', 'the third asks');
    askers[1]?.asked[0]?.answer();
    await until(() => asked().join() === '1,1,1,1,0', 'the fourth asks');
    for (const asker of [2, 3]) askers[asker]?.asked[0]?.answer();
    await until(() => asked().join() === '2,1,1,1,1', 'the last asks, and the first again');
    const [last, first] = [askers[4]?.asked[0], askers[0]?.asked[1]];
    expect([askers[3]?.asked[0]?.first, first?.first]).toEqual([undefined, `SET LOCAL lock_timeout = '400ms'`]);
    last?.answer();
    first?.answer();
    expect(await Promise.all(answers)).toEqual(askers.map(() => 'had'));
  });

  it('hears Unavailable after its time, whether it has asked again or not', async () => {
    const [locks, asking, behind] = [new HeldLocks(1, 100), anAsker(), anAsker()];
    const answers = Promise.allSettled([asking, behind].map(({ ask }) => locks.whenLetGo(ask)));
    await pause(150);
    asking.asked[0]?.answer(held());
    for (const answer of await answers) {
      expect(answer).toMatchObject({ status: 'rejected', reason: { name: 'Unavailable' } });
    }
    expect([asking.asked.length, behind.asked.length]).toEqual([1, 0]);
  });

  it('hears whatever else went wrong at once, and keeps no place', async () => {
    const [locks, asker] = [new HeldLocks(1, 60_000), anAsker()];
    for (const error of [new Error('a bug'), new Unavailable('PostgreSQL')]) {
      const answer = locks.whenLetGo(asker.ask);
      await until(() => asker.asked.length > 0, 'it asks');
      asker.asked.pop()?.answer(error);
      await expect(answer).rejects.toBe(error);
    }
  });
});
