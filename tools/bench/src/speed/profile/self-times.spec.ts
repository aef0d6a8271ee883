import { describe, expect, it } from '@jest/globals';
import { selfTimes, selfTimeTable, type CpuProfile } from './self-times.js';

const node = (id: number, functionName: string, url = '', lineNumber = 0) => ({
  id,
  callFrame: { functionName, url, lineNumber },
});

const PROFILE: CpuProfile = {
  nodes: [
    node(1, '(root)'),
    node(2, '(idle)'),
    node(3, 'sign', 'file:///anywhere/main/libs/tokens/dist/jws/sign-jwt.js', 11),
    // The same function, called from elsewhere.
    node(4, 'sign', 'file:///anywhere/main/libs/tokens/dist/jws/sign-jwt.js', 11),
    node(5, '', 'file:///anywhere/main/node_modules/fastify/lib/reply.js', 99),
    node(6, '(garbage collector)'),
  ],
  samples: [2, 3, 4, 5, 6, 2, 3],
  timeDeltas: [5000, 100, 200, 250, 50, 9000, 400],
};

describe('where the time of a server goes', () => {
  it('adds up what one function took by itself, and leaves idleness out', () => {
    expect(selfTimes(PROFILE)).toEqual([
      { what: 'sign libs/tokens/dist/jws/sign-jwt.js:12', milliseconds: 0.7, share: 0.7 },
      { what: '(anonymous) fastify/lib/reply.js:100', milliseconds: 0.25, share: 0.25 },
      { what: '(garbage collector)', milliseconds: 0.05, share: 0.05 },
    ]);
  });

  it('names the most expensive ones, and no more than were asked for; shares are of all of them', () => {
    expect(selfTimes(PROFILE, 1)).toEqual([expect.objectContaining({ share: 0.7 })]);
  });

  it('is a table of shares', () => {
    expect(selfTimeTable(selfTimes(PROFILE, 1)).split('\n')).toEqual([
      '| self time | function |',
      '| --- | --- |',
      '| 70.0 % | `sign libs/tokens/dist/jws/sign-jwt.js:12` |',
    ]);
  });
});
