import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Coalesced } from './coalesced.js';

describe('one run serves everybody who asked before it began', () => {
  it('of 50 who ask at once one runs, and of 50 who ask meanwhile one more', async () => {
    let begun = 0;
    let finish: () => void = () => undefined;
    const work = new Coalesced(async () => {
      begun += 1;
      const number = begun;
      await new Promise<void>((resolve) => (finish = resolve));
      return number;
    });
    const first = Array.from({ length: 50 }, () => work.run());
    await turn();
    expect(begun).toBe(1);
    const second = Array.from({ length: 50 }, () => work.run());
    await turn();
    expect(begun).toBe(1);
    finish();
    expect(new Set(await Promise.all(first))).toEqual(new Set([1]));
    await turn();
    finish();
    expect(new Set(await Promise.all(second))).toEqual(new Set([2]));
    expect(begun).toBe(2);
  });

  it('a run that failed is told to those who waited for it, and stops nobody after them', async () => {
    let broken = true;
    const work = new Coalesced(() => (broken ? Promise.reject(new Error('broken')) : Promise.resolve('done')));
    await expect(work.run()).rejects.toThrow('broken');
    broken = false;
    await expect(work.run()).resolves.toBe('done');
  });
});
