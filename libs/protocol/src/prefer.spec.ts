import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readPreferences, waitPreference } from './prefer.js';

describe('RFC 7240 §2 what is not honoured is ignored', () => {
  it.each([
    undefined,
    '',
    'wait',
    'wait=',
    'wait=""',
    'wait=0',
    'wait=11',
    'wait=10.5',
    'wait=-1',
    'wait=+1',
    'wait=1e0',
    'wait=0x2',
    'wait=ten',
    'wait= 2 s',
    'wait=99999999999999999999',
    'respond-async',
    'waits=2',
    'wai=2',
    'return=minimal; wait=2',
    'x="wait=2"',
    'x="a, wait=2"',
    'wait="2',
    'wait=2 3',
    'wait==2',
    '=2, wait=2',
    'wait=2, "quoted"',
    'wait;2=3=4',
    'wait\n=2',
  ])('%j', (header) => {
    expect(waitPreference(header)).toBeUndefined();
  });

  it.each(['wait=20, wait=5', 'wait, wait=5', 'wait=abc, wait=5', 'Wait=11, wait=5'])(
    '%j: "only the first instance is to be considered"',
    (header) => {
      expect(waitPreference(header)).toBeUndefined();
    },
  );
});

describe('RFC 7240 §2, §4.3 wait', () => {
  it.each<[string, number]>([
    ['wait=1', 1],
    ['wait=10', 10],
    ['wait=02', 2],
    ['WAIT=2', 2],
    ['wait = 2', 2],
    ['wait="2"', 2],
    [String.raw`wait="\2"`, 2],
    [' \twait=2\t ', 2],
    ['wait=2; foo=bar', 2],
    ['wait=2;foo;bar="a, b; c"', 2],
    ['wait=2;', 2],
    ['wait=2, wait=5', 2],
    ['respond-async, wait=2', 2],
    ['respond-async,wait=2,', 2],
    [', ,wait=2', 2],
    ['return=representation; a="wait=9", wait=2', 2],
    [String.raw`x="\"", wait=2`, 2],
  ])('%j is %d', (header, seconds) => {
    expect(waitPreference(header)).toBe(seconds);
  });

  it('reads every preference, by its name whatever its case', () => {
    expect(readPreferences('Return=minimal; x=y, respond-async, WAIT="7"')).toEqual(
      new Map([
        ['return', 'minimal'],
        ['respond-async', ''],
        ['wait', '7'],
      ]),
    );
  });

  it('reads back whatever is written, in any company', () => {
    const token = fc
      .stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,8}$/)
      .filter((name) => name.toLowerCase() !== 'wait');
    const quoted = fc
      .stringMatching(/^[\t !-~]{0,8}$/)
      .map((text) => `"${text.replaceAll(/["\\]/g, (character) => `\\${character}`)}"`);
    const named = fc
      .tuple(token, fc.option(fc.oneof(token, quoted)))
      .map(([name, value]) => (value === null ? name : `${name}=${value}`));
    const preference = fc
      .tuple(named, fc.array(named, { maxLength: 2 }))
      .map(([first, more]) => [first, ...more].join(' ; '));
    fc.assert(
      fc.property(
        fc.array(preference),
        fc.array(preference),
        fc.integer({ min: 1, max: 10 }),
        (before, after, seconds) => {
          expect(waitPreference([...before, `wait=${seconds}`, ...after].join(', '))).toBe(seconds);
        },
      ),
    );
  });

  it('takes no time over hostile text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        readPreferences(text);
      }),
    );
    for (const part of ['a;', '; ', ' ;\t', 'a=;', ' ,', '"', 'a="\\', '\t']) {
      expect(readPreferences(`a${part.repeat(8000)}\0`).size).toBe(0);
    }
  });
});
