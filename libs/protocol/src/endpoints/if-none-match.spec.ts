import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { alreadyHas } from './if-none-match.js';

const ETAG = '"abc-1"';

describe('RFC 9110 §13.1.2 If-None-Match: the whole document is sent', () => {
  it.each([
    undefined,
    '',
    ' ',
    ',',
    '"other"',
    'W/"other"',
    '"ABC-1"',
    '"abc-1',
    'abc-1',
    'w/"abc-1"',
    'W/ "abc-1"',
    '"abc-1" "abc-1"',
    '"abc-1""x"',
    '"abc-1";q=1',
    '"abc-1", x',
    'x, "abc-1"',
    '"abc-1", *',
    '*, "abc-1"',
    '**',
    '"a, "abc-1"',
    '""abc-1""',
    '"abc-1 "',
    '"*"',
    '"x,abc-1"',
  ])('to %j', (header) => {
    expect(alreadyHas(ETAG, header)).toBe(false);
  });
});

describe('RFC 9110 §13.1.2 and §8.8.3.2 If-None-Match: who asks has it already', () => {
  it.each([
    ETAG,
    `W/${ETAG}`,
    '*',
    ' * ',
    `"x", ${ETAG}`,
    `${ETAG},"x"`,
    `${ETAG}, W/"x", "y"`,
    `"a,b" ,\t${ETAG} `,
    `,, ${ETAG},,`,
    `"", ${ETAG}`,
    `"*", ${ETAG}`,
    `"\u00e9", ${ETAG}`,
    `W/"x,W/" , W/${ETAG}`,
  ])('%j', (header) => {
    expect(alreadyHas(ETAG, header)).toBe(true);
  });

  it('in any list of tags, exactly when ours is among them', () => {
    const tag = fc.stringMatching(/^[!#-~]{0,6}$/).map((opaque) => `"${opaque}"`);
    const element = fc.tuple(fc.constantFrom('', 'W/'), tag);
    fc.assert(
      fc.property(fc.array(element, { minLength: 1 }), fc.constantFrom(',', ' , ', ',\t,'), tag, (list, comma, own) => {
        const header = list.map(([weak, opaque]) => weak + opaque).join(comma);
        expect(alreadyHas(own, header)).toBe(list.some(([, opaque]) => opaque === own));
      }),
    );
  });

  it('reads a header of a megabyte from left to right, once', () => {
    expect(alreadyHas(ETAG, `"${', "'.repeat(300_000)}`)).toBe(false);
    expect(alreadyHas(ETAG, `${', '.repeat(500_000)}${ETAG}`)).toBe(true);
  });
});
