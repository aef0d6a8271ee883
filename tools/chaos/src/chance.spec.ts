import { describe, expect, it } from '@jest/globals';
import { Chance } from './chance.js';

describe('V19 a seed', () => {
  it('gives the same choices again, and another seed others', () => {
    const choices = (seed: number): number[] =>
      Array.from({ length: 20 }, () => 0).map(
        (
          (c) => () =>
            c.next()
        )(new Chance(seed)),
      );
    expect(choices(7)).toEqual(choices(7));
    expect(choices(7)).not.toEqual(choices(8));
    expect(choices(7).every((value) => value >= 0 && value < 1)).toBe(true);
  });

  it('shuffles without losing or repeating, and gives a fork a stream of its own', () => {
    const items = ['a', 'b', 'c', 'd', 'e'];
    expect(new Chance(1).shuffled(items).sort()).toEqual(items);
    const [one, other] = [new Chance(1), new Chance(1)];
    const fork = one.fork();
    other.fork();
    fork.next();
    expect(one.next()).toBe(other.next());
  });
});
