import { describe, expect, it } from '@jest/globals';
import { Course } from '../course.js';
import { allRoundsSeconds } from './expected-seconds.js';
import { guardSeconds } from './guards/run-guards.js';
import { growthSeconds, scaleSeconds } from './scale/sittings.js';

const SIZE = {
  ...{ connections: 1, rounds: 3, secondsPerRound: 4, warmUpSeconds: 3, warmUpRequests: 1, requestsPerRound: 100 },
};

describe('the course of a run', () => {
  it('is told as a whole, first as it is expected, then by what it has taken so far', () => {
    const lines: string[] = [];
    const clock = { ms: 0 };
    const course = new Course(
      (line) => lines.push(line),
      600,
      () => clock.ms,
    );
    course.tell('refresh');
    for (const [ms, seconds] of [
      [4999, 1],
      [120_000, 59],
      [660_000, 300],
    ] as const) {
      clock.ms = ms;
      course.passed(seconds);
    }
    expect(lines).toEqual([
      'all that was asked for takes some 10 min',
      'refresh',
      // It took twice as long as it was expected to, which is half believed.
      '10 % of the whole run; some 14 min left',
      '60 % of the whole run; some 7 min left',
    ]);
  });

  it('expects of each entrant its rounds, its warm-up and what is brought to each', () => {
    expect(allRoundsSeconds({}, SIZE, 2)).toBeCloseTo(2 * (3 + 3 * 4 + 4 * 0.3));
    expect(allRoundsSeconds({ secondsToBring: 0.01 }, SIZE, 2)).toBeCloseTo(2 * (3 + 3 * 4 + 4 * 1.3));
  });

  it('expects nothing of what was not asked for, and of Auth0 two workloads', () => {
    expect(guardSeconds(() => false, SIZE)).toBe(0);
    expect(guardSeconds((name) => name.includes('RS256'), SIZE)).toBeCloseTo(3 * 4 * (3 + 3 * 4 + 4 * 0.3));
    expect(guardSeconds((name) => name.includes('ES256'), SIZE)).toBeCloseTo((5 + 4 + 5) * (3 + 3 * 4 + 4 * 0.3));
  });

  it('expects of growing to more the growth and no stage more', () => {
    const [million, two] = [scaleSeconds(1_000_000, SIZE), scaleSeconds(2_000_000, SIZE)];
    expect(two - million).toBeCloseTo(growthSeconds(1_000_000));
  });
});
