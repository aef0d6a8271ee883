import { describe, expect, it } from '@jest/globals';
import { atLeast, atMost, exactly, isMissed, under, type Figure } from './measurement.js';
import { lowest, table } from './report.js';

const figure = (value: number, goal?: Figure['goal']): Figure => ({
  what: 'a pause',
  value,
  unit: 'ms',
  ...(goal === undefined ? {} : { goal }),
});

describe('the goals of a bench', () => {
  it.each([
    [5.01, atMost(5), true],
    [5, atMost(5), false],
    [1000, under(1000), true],
    [999.9, under(1000), false],
    [Number.NaN, atMost(5), true],
    [Number.NaN, under(5), true],
    [1, exactly(1), false],
    [0, exactly(1), true],
    [2, exactly(1), true],
    [Number.NaN, exactly(1), true],
    [2.99, atLeast(3), true],
    [3, atLeast(3), false],
    [Number.NaN, atLeast(3), true],
    [1e9, undefined, false],
  ])('%d against %j is missed: %s', (value, goal, missed) => {
    expect(isMissed(figure(value, goal))).toBe(missed);
  });

  it('of several rounds the lowest counts, and the highest is told', () => {
    const rounds = [9, 3, 4].map((value) => [figure(value, atMost(5))]);
    expect(lowest(rounds)).toEqual([{ ...figure(3, atMost(5)), highest: 9 }]);
    expect(lowest([[figure(7)]])).toEqual([figure(7)]);
  });

  it('prints a line for each, with the goal and the ratio to it, and names what is missed', () => {
    const lines = table([figure(2.5, atMost(5)), figure(6, atMost(5)), figure(250)]).split('\n');
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['', 'figure', 'goal', 'of the goal'],
      ['a pause', '2.50 ms', '≤ 5 ms', '0.50 ×'],
      ['a pause', '6.00 ms', '≤ 5 ms', '1.20 ×', 'MISSED'],
      ['a pause', '250 ms'],
    ]);
  });
});
