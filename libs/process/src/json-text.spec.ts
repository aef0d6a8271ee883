import fc from 'fast-check';
import { readJsonText } from './json-text.js';

const faultsOf = (text: string): readonly string[] => {
  const read = readJsonText(text);
  return read.ok ? [] : read.faults.map(({ pointer, detail }) => `${pointer} ${detail}`);
};
const pointersOf = (text: string): readonly string[] => {
  const read = readJsonText(text);
  return read.ok ? [] : read.faults.map(({ pointer }) => pointer);
};

describe('RFC 8259 §4 a name that stands twice in an object', () => {
  it.each<[string, readonly string[]]>([
    ['{"a":1,"a":2}', ['/a']],
    ['{"a":1,"a":1,"a":1}', ['/a', '/a']],
    ['{"a":1,"\\u0061":2}', ['/a']],
    ['{"":1,"":2}', ['/']],
    ['{"a/b":1,"a~b":1,"a/b":2,"a~b":2}', ['/a~1b', '/a~0b']],
    ['{"__proto__":1,"__proto__":2}', ['/__proto__']],
    ['{"keys":[{"kty":"EC"},{"x":[{}],"kty":"EC","kty":"RSA"}],"b":1,"b":2}', ['/keys/1/kty', '/b']],
    ['{"a":{"b":{"c":1,"c":2}}}', ['/a/b/c']],
    ['[[1],[{"a":1,"a":2}]]', ['/1/0/a']],
    ['{"a":{"b":1},"c":{"b":1},"d":["a","a"],"e":"a","A":1}', []],
  ])('%s', (text, pointers) => {
    expect(pointersOf(text)).toEqual(pointers);
  });

  it('names so many and no more, however long the names are', () => {
    const many = `{${Array.from({ length: 5000 }, () => '"a":1').join(',')}}`;
    expect(faultsOf(many)).toHaveLength(100);
    const long = `{"${'x'.repeat(15_000)}":{${Array.from({ length: 5000 }, () => '"a":1').join(',')}}}`;
    expect(faultsOf(long).join('').length).toBeLessThan(30_000);
    const longest = `{"${'x'.repeat(50_000)}":1,"${'x'.repeat(50_000)}":1}`;
    expect(faultsOf(longest)).toHaveLength(1);
  });
});

describe('RFC 8259 §2 a text that is no JSON', () => {
  it.each([
    ['', 1, 1],
    ['   ', 1, 4],
    ['{\n  "a": 1,\n  }', 3, 3],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3],
    ['[1,]', 1, 4],
    ['{"a":01}', 1, 7],
    ['{"a":"\n"}', 1, 6],
    ["{'a':1}", 1, 2],
    ['{"a":1} x', 1, 9],
    ['{"a":1', 1, 7],
    ['[}', 1, 2],
    ['{]', 1, 2],
    ['{"a"]', 1, 5],
    ['// no\n{}', 1, 1],
  ])('%j is told where', (text, line, column) => {
    expect(faultsOf(text)).toEqual([` must be JSON: it cannot be read at line ${line}, column ${column}`]);
  });

  it('nor what is nested without end, at a cost that does not grow with it', () => {
    for (const text of ['['.repeat(1_000_000), `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`]) {
      expect(faultsOf(text)).toEqual([' must not be nested deeper than 100 levels']);
    }
    expect(readJsonText(`${'['.repeat(100)}${']'.repeat(100)}`).ok).toBe(true);
  });
});

describe('RFC 8259 every other text is read as JSON.parse reads it', () => {
  const parse = (text: string): unknown => {
    try {
      return { value: JSON.parse(text) as unknown };
    } catch {
      return undefined;
    }
  };
  const same = (text: string): void => {
    const read = readJsonText(text);
    const isDuplicate = !read.ok && !read.faults.some(({ pointer }) => pointer === '');
    if (!isDuplicate) expect(read.ok ? { value: read.value } : undefined).toEqual(parse(text));
  };

  it('whole', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(0, 2), (text, indent) => {
        same(JSON.stringify(JSON.parse(text), null, indent));
      }),
    );
  });

  it('and torn', () => {
    const PIECES = ['{', '}', '[', ']', ',', ':', '"', '\\', 'u', 'e', '-', '.', '0', '1', 't', 'n', ' ', '\u0001'];
    const torn = fc.tuple(fc.json({ maxDepth: 4 }), fc.nat(), fc.nat(4), fc.constantFrom(...PIECES));
    fc.assert(
      fc.property(torn, ([text, at, length, put]) => {
        const from = at % (text.length + 1);
        same(`${text.slice(0, from)}${put}${text.slice(from + length)}`);
      }),
      { numRuns: 2000 },
    );
  });
});
