import { testRedis, type RedisServer } from '@latchkey/testbed';
import { fakeClock, systemClock } from '@latchkey/tokens/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisEphemeral } from '../persistence/redis/ephemeral.js';
import type { Attempts } from './attempts.js';
import { aLimitOf, limitOf } from './test/limits-bench.js';

const HERE = '192.0.2.1';
const from = (place: number): string => `198.51.${Math.floor(place / 250)}.${place % 250}`;

/** A guess: what it was told. */
async function guess(attempts: Attempts, who = 'ada', address = HERE, right = false): Promise<string> {
  const attempt = await attempts.begin(who, address);
  if (attempt.limited !== undefined) return 'limited';
  if ((await attempt.reserve()) !== undefined) return 'limited';
  await new Promise((resolve) => setTimeout(resolve, 2));
  if (right) await attempt.succeeded();
  else attempt.failed();
  return right ? 'in' : 'wrong';
}
const count = (answers: readonly string[], which: string): number => answers.filter((each) => each === which).length;
const times = <Answer>(many: number, ask: (index: number) => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: many }, (_, index) => ask(index)));

describe('RFC 9700 §4.7 limits on failures, in one process', () => {
  it('lets exactly the limit of 50 guesses at once fail, and a right one after them wait for the window', async () => {
    const clock = fakeClock();
    const { login } = aLimitOf(10, { clock });
    const told = await times(50, () => guess(login));
    expect([count(told, 'wrong'), count(told, 'limited')]).toEqual([10, 40]);
    expect(await guess(login, 'ada', HERE, true)).toBe('limited');
    clock.advance(900_000);
    expect(await guess(login, 'ada', HERE, true)).toBe('in');
  });

  it('forgets what failed in a window that is over: the next failure is the first', async () => {
    const clock = fakeClock();
    const { login } = aLimitOf(10, { clock });
    for (let time = 0; time < 12; time++) await guess(login);
    clock.advance(900_000);
    expect(await guess(login)).toBe('wrong');
    expect(await guess(login, 'ada', HERE, true)).toBe('in');
    for (let time = 0; time < 9; time++) expect(await guess(login)).toBe('wrong');
    expect(await guess(login)).toBe('limited');
  });

  it('lets a crowd of good ones pass, however low the limit', async () => {
    const { login } = aLimitOf(2);
    expect(count(await times(100, () => guess(login, 'ada', HERE, true)), 'in')).toBe(100);
  });

  it('never shuts out an account: its owner comes in from a place that has not failed, whatever others do', async () => {
    const { login } = aLimitOf(3, { settings: limitOf(3, { failuresPerAddress: 1000 }) });
    for (let place = 0; place < 40; place++) await guess(login, 'ada', from(place));
    expect(await guess(login, 'ada', HERE, true)).toBe('in');
  });

  it('gives whoever guesses from everywhere one guess for each further place', async () => {
    const { login } = aLimitOf(3);
    for (let place = 0; place < 31; place++) await guess(login, 'ada', from(place));
    expect(await guess(login, 'ada', from(100))).toBe('wrong');
    expect(await guess(login, 'ada', from(100), true)).toBe('limited');
    expect(await guess(login, 'bob', from(100), true)).toBe('in');
  });

  it('closes a network, not to whoever has come in from it before; IPv6 by its /64', async () => {
    const { login } = aLimitOf(3, { settings: limitOf(3, { failuresPerAddress: 5 }) });
    expect(await guess(login, 'owner', '2001:db8::1', true)).toBe('in');
    for (let who = 0; who < 5; who++) await guess(login, `guess ${who}`, `2001:db8::${who + 2}`);
    expect(await guess(login, 'other', '2001:db8::99', true)).toBe('limited');
    expect(await guess(login, 'owner', '2001:db8::1', true)).toBe('in');
    expect(await guess(login, 'other', '2001:db8:0:1::99', true)).toBe('in');
  });
});

describe('RFC 9700 §4.7 limits on failures, over many instances', () => {
  let redis: RedisServer;
  const open: RedisEphemeral[] = [];
  const instance = (failures: number) => {
    // What does not answer in time is counted in the process alone: here everything is to be counted together.
    const ephemeral = new RedisEphemeral({ url: redis.url, timeoutMs: 30_000 });
    open.push(ephemeral);
    return aLimitOf(failures, { ephemeral, clock: systemClock });
  };
  beforeAll(async () => {
    redis = await testRedis();
  });
  afterAll(async () => {
    for (const ephemeral of open) await ephemeral.close();
    await redis.stop();
  });

  it('lets no more than the limit of 50 guesses at once be verified, whichever instance they reach', async () => {
    const instances = [instance(10), instance(10), instance(10)] as const;
    const told = await times(50, (index) => guess((instances[index % 3] ?? instances[0]).login, 'many'));
    expect(count(told, 'wrong')).toBe(10);
    expect(count(told, 'limited')).toBe(40);
  });

  it('tells a client no more often than the limit that it was wrong, and closes where it is told', async () => {
    const [one, two] = [instance(5), instance(5)];
    const unknown = { clientId: 'c', address: HERE, known: false, reason: '' };
    const told = await times(50, async (index) => {
      const failed = await (index % 2 === 0 ? one : two).clients.failed(unknown);
      return failed === undefined ? 'wrong' : 'limited';
    });
    expect(count(told, 'wrong')).toBe(5);
    expect(await two.clients.failed(unknown)).toMatchObject({
      ...{ policy: 'client-authentication', quota: 5, windowSeconds: 60, remaining: 0 },
    });
  });

  it('goes on without Redis, and counts in the process', async () => {
    const alone = instance(3);
    expect(await guess(alone.login, 'lonely')).toBe('wrong');
    await redis.kill();
    const told = await times(20, () => guess(alone.login, 'lonely'));
    expect(count(told, 'wrong')).toBe(2);
    expect(await guess(alone.login, 'lonely', from(1), true)).toBe('in');
  });
});
