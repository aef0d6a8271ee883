import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Conditions, entityTagOf, Precondition } from './precondition.js';
import { Problem } from './problem.js';

const NONE: Conditions = { ifMatch: undefined, ifNoneMatch: undefined };
const RESOURCE = { id: '1', name: 'Ada' };
const tag = entityTagOf(RESOURCE);
const holds = (conditions: Partial<Conditions>, representation: unknown = RESOURCE): boolean => {
  try {
    new Precondition({ ...NONE, ...conditions }).check(representation);
    return true;
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 412) throw error;
    expect(error.headers).toEqual({ etag: entityTagOf(representation) });
    return false;
  }
};

describe('RFC 9110 §13.1.1 If-Match', () => {
  it.each([
    ['another tag', '"other"'],
    ['a weak tag, which never matches strongly', `W/${tag}`],
    ['nothing', ''],
    ['the tag within another', `"x${tag.slice(1)}`],
  ])('fails for %s', (_what, ifMatch) => {
    expect(holds({ ifMatch })).toBe(false);
  });

  it.each([
    ['the tag', tag],
    ['any of several', `"other", ${tag}, "third"`],
    ['a star: whatever stands', '*'],
    ['the tag among empty elements (§5.6.1.2)', `, ,${tag}\t,`],
    ['the tag behind one that holds a comma', `"a,b",${tag}`],
  ])('holds for %s', (_what, ifMatch) => {
    expect(holds({ ifMatch })).toBe(true);
  });
});

describe('RFC 9110 §8.8.3: a condition without form is refused, and never guessed at', () => {
  it.each([
    ['the tag without quotes', tag.slice(1, -1)],
    ['a weak tag with a small w', `w/${tag}`],
    ['something before the tag', `x${tag}`],
    ['something behind the tag', `${tag}x`],
    ['no comma between', `"x" ${tag}`],
    ['nothing at all between', `"x"${tag}`],
    ['a star among tags', `${tag}, *`],
    ['a star before tags', `*, ${tag}`],
    ['two stars', '*, *'],
    ['white space in a tag', `"a b", ${tag}`],
    ['a quote that stays open', `${tag}, "`],
    ['white space behind the W/', `W/ ${tag}`],
  ])('400 for %s', (_what, field) => {
    for (const name of ['ifMatch', 'ifNoneMatch'] as const) {
      let refusal: unknown;
      try {
        new Precondition({ ...NONE, [name]: field });
      } catch (error) {
        refusal = error;
      }
      expect(refusal).toBeInstanceOf(Problem);
      expect(refusal).toMatchObject({ status: 400 });
    }
  });
});

describe('RFC 9110 §13.1.2 If-None-Match', () => {
  it.each([tag, `W/${tag}`, '*'])('keeps a write from happening for %s', (ifNoneMatch) => {
    expect(holds({ ifNoneMatch })).toBe(false);
    expect(new Precondition({ ...NONE, ifNoneMatch }).isNotModified(RESOURCE)).toBe(true);
  });

  it('holds for another tag', () => {
    expect(holds({ ifNoneMatch: '"other"' })).toBe(true);
    expect(new Precondition({ ...NONE, ifNoneMatch: '"other"' }).isNotModified(RESOURCE)).toBe(false);
    expect(new Precondition(NONE).isNotModified(RESOURCE)).toBe(false);
  });
});

describe('RFC 9110 §8.8.1: a strong validator', () => {
  it('changes whenever the representation does, and is a legal tag', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        expect(entityTagOf(one)).toMatch(/^"[\w-]{22}"$/);
        expect(entityTagOf(one) === entityTagOf(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
        expect(holds({ ifMatch: entityTagOf(one) }, other)).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
    );
  });
});
