import { describe, expect, it } from '@jest/globals';
import { progressTo, stamped } from './progress.js';

describe('long work shows itself', () => {
  const at = (options?: { readonly everyMs?: number }) => {
    const lines: string[] = [];
    const clock = { ms: 0 };
    const progress = progressTo(
      (line) => lines.push(line),
      () => clock.ms,
    );
    const step = progress.of('clients log in', 1000, options);
    return {
      lines,
      step: (ms: number, ...said: Parameters<typeof step>) => {
        clock.ms = ms;
        step(...said);
      },
    };
  };

  it('says nothing in the first five seconds, then how much is done and how long the rest may take', () => {
    const { lines, step } = at();
    step(4999, 90);
    expect(lines).toEqual([]);
    step(5000, 100);
    expect(lines).toEqual(['clients log in: 100 of 1,000; some 45 s left']);
  });

  it('says it once in five seconds, however often it is called', () => {
    const { lines, step } = at();
    for (let ms = 0; ms < 20_000; ms += 100) step(ms, ms / 20);
    expect(lines).toHaveLength(3);
  });

  it.each([
    [0, 'nobody can say how long yet'],
    [10, 'some 17 min left'],
    [1000, 'some 0 s left'],
    [1001, 'some 0 s left'],
  ])('with %d done: %s', (done, words) => {
    const { lines, step } = at({ everyMs: 0 });
    step(10_000, done, 'so far');
    expect(lines).toEqual([`clients log in: so far; ${words}`]);
  });

  it('stamps each line with the seconds that have gone by', () => {
    const written: string[] = [];
    let ms = 1000;
    const tell = stamped(
      (text) => written.push(text),
      () => ms,
    );
    ms = 13_400;
    tell('a line');
    expect(written).toEqual(['  12 s  a line\n']);
  });
});
