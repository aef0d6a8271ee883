import { describe, expect, it } from '@jest/globals';
import { SharedWork } from './shared-work.js';

describe('what is under way already is not done twice', () => {
  it('serves fifty at once by one work for each name, and begins anew afterwards', async () => {
    const shared = new SharedWork<number>();
    let done = 0;
    const work = async () => {
      await new Promise(setImmediate);
      done += 1;
      return done;
    };
    const ask = (name: string) => Promise.all(Array.from({ length: 50 }, () => shared.run(name, work)));
    expect((await Promise.all([ask('a'), ask('b')])).map((answers) => new Set(answers))).toEqual([
      new Set([1]),
      new Set([2]),
    ]);
    expect(new Set(await ask('a'))).toEqual(new Set([3]));
  });

  it('fails for everybody, and is tried anew by the next', async () => {
    const shared = new SharedWork<string>();
    const fail = () => Promise.reject(new Error('no store'));
    const answers = await Promise.allSettled([shared.run('a', fail), shared.run('a', fail)]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await shared.run('a', () => Promise.resolve('done'))).toBe('done');
  });
});
