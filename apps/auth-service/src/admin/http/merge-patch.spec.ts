import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import Type from 'typebox';
import { formOf } from './form.js';
import { mergePatch, patchOf } from './merge-patch.js';

describe('RFC 7396 Appendix A: the test cases', () => {
  it.each<[unknown, unknown, unknown]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j and %j make %j', (target, patch, merged) => {
    expect(mergePatch(target, patch)).toEqual(merged);
  });

  it('applied twice is applied once', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (target, patch) => {
        const once = mergePatch(target, patch);
        expect(mergePatch(once, patch)).toEqual(once);
      }),
    );
  });

  it('reaches no prototype', () => {
    const patch: unknown = JSON.parse(
      '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}',
    );
    mergePatch({}, patch);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});

describe('admin-api A4: the form of a patch', () => {
  const form = formOf(
    patchOf(
      Type.Object({
        name: Type.String({ minLength: 1, default: 'x' }),
        kind: Type.Unsafe<'a' | 'b'>({ type: 'string', enum: ['a', 'b'] }),
        place: Type.Object({ city: Type.String() }, { additionalProperties: false }),
      }),
      { title: 'Patch' },
    ),
  );
  it.each([{}, { name: 'y' }, { name: null }, { kind: null }, { place: null }, { place: { city: null } }])(
    'takes %j',
    (patch) => {
      expect(form(patch)).toEqual({ ok: true, value: patch });
    },
  );

  it.each<[unknown, readonly string[]]>([
    [{ name: '' }, ['/name']],
    [{ name: 7 }, ['/name']],
    [{ kind: 'c' }, ['/kind']],
    [{ colour: null }, ['/colour']],
    [{ place: { town: 'x' } }, ['/place/town']],
    [null, ['']],
  ])('refuses %j, each fault once', (patch, pointers) => {
    const formed = form(patch);
    expect(formed.ok ? [] : formed.faults.map(({ pointer }) => pointer)).toEqual(pointers);
  });
});
