import { Unavailable } from '@latchkey/protocol';
import { ephemeralContract } from '@latchkey/protocol/testing';
import { fakeClock } from '@latchkey/tokens/testing';
import { InProcessEphemeral } from './ephemeral.js';

ephemeralContract('in process', () => {
  const clock = fakeClock();
  return Promise.resolve({
    ephemeral: new InProcessEphemeral(clock),
    elapse: (ms) => {
      clock.advance(ms);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  });
});

describe('the ephemeral port in process: bounded', () => {
  it('refuses with Unavailable when full, rather than forget a replay guard', async () => {
    const ephemeral = new InProcessEphemeral(fakeClock(), 3);
    for (const key of ['a', 'b', 'c']) await ephemeral.addOnce(key, 60);
    await expect(ephemeral.put('d', 'value', 60)).rejects.toBeInstanceOf(Unavailable);
    expect(await ephemeral.addOnce('a', 60)).toBe('present');
  });

  it('is bounded by what it holds, not by the number of entries alone', async () => {
    const ephemeral = new InProcessEphemeral(fakeClock(), 1000, 100);
    await ephemeral.put('a', 'x'.repeat(60), 60);
    await expect(ephemeral.put('b', 'x'.repeat(60), 60)).rejects.toBeInstanceOf(Unavailable);
    await ephemeral.put('a', 'x'.repeat(90), 60);
    await ephemeral.take('a');
    await ephemeral.put('b', 'x'.repeat(90), 60);
    expect(await ephemeral.get('b')).toHaveLength(90);
  });

  it('makes room from what has expired', async () => {
    const clock = fakeClock();
    const ephemeral = new InProcessEphemeral(clock, 100);
    for (let n = 0; n < 100; n += 1) await ephemeral.put(`old:${n}`, 'value', 1);
    clock.advance(1000);
    await ephemeral.put('new', 'value', 60);
    for (let n = 0; n < 20; n += 1) await ephemeral.put('new', 'value', 60);
    expect(ephemeral.size).toBe(1);
  });

  it('does not let a jump of the wall clock end or prolong anything', async () => {
    const clock = fakeClock();
    const ephemeral = new InProcessEphemeral(clock);
    await ephemeral.put('key', 'value', 60);
    clock.jumpWall(3_600_000);
    expect(await ephemeral.get('key')).toBe('value');
    clock.jumpWall(-7_200_000);
    clock.advanceMonotonic(60_000);
    expect(await ephemeral.get('key')).toBeUndefined();
  });
});
