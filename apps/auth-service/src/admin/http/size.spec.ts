import Type from 'typebox';
import { formOfBody } from './form.js';
import { oversizedIn } from './size.js';

const many = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `x${index}`);

describe('A4 what is too long is refused before anything of it is judged', () => {
  it('a list, an object and what lies within them, each by its pointer', () => {
    const wide = Object.fromEntries(many(1001).map((name) => [name, 1]));
    expect(oversizedIn(many(1001))).toEqual([{ pointer: '', detail: 'must have at most 1000 entries' }]);
    expect(oversizedIn({ 'a/b': [{ wide }], list: many(1001) }).map(({ pointer }) => pointer)).toEqual([
      '/a~1b/0/wide',
      '/list',
    ]);
  });

  it('and nothing that is as long as anything may be, nor what is no list at all', () => {
    for (const value of [many(1000), { list: many(1000) }, 'x'.repeat(100_000), null, undefined, 7]) {
      expect(oversizedIn(value)).toEqual([]);
    }
  });

  it('however deep it is', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    expect(oversizedIn(deep)).toEqual([]);
  });

  it('so that a body of many faults has one of them', () => {
    const words = Type.Object({
      list: Type.Array(Type.Union([Type.Literal('a'), Type.Literal('b')]), { uniqueItems: true }),
    });
    const formed = formOfBody(words)({ list: many(50_000) });
    expect(formed).toMatchObject({ ok: false, faults: [{ pointer: '/list' }], surviving: { nothing: true } });
    expect(formOfBody(words)({ list: many(900) })).toMatchObject({ ok: false, surviving: { nothing: false } });
  });
});
