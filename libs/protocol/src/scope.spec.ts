import { describe, expect, it } from '@jest/globals';
import { named, ownerOf } from './scope.js';
import { anApi } from './testing/builders.js';

const api = (identifier: string, ...names: string[]) =>
  anApi({ identifier, scopes: names.map((name) => ({ name, description: name })) });
const [notes, files] = [api('https://notes.example', 'read', 'write'), api('https://files.example', 'read', 'list')];
const owned = (names: readonly string[], apis: Parameters<typeof ownerOf>[1]) =>
  names.map((name) => ownerOf(name, apis)?.identifier);

it("a scope is named in a refusal by so much of it that it fills nobody's log", () => {
  expect([named('notes:read'), named('x'.repeat(100))]).toEqual(['notes:read', 'x'.repeat(100)]);
  expect(named('x'.repeat(60_000))).toBe(`${'x'.repeat(100)}...`);
});

describe('RFC 6749 §3.3 the API that owns a scope', () => {
  it('is the first one that has it, whether or not the list can still be changed', () => {
    for (const apis of [[notes, files], Object.freeze([notes, files])]) {
      for (let time = 0; time < 2; time += 1) {
        expect(owned(['read', 'write', 'list', 'other'], apis)).toEqual([
          ...[notes.identifier, notes.identifier, files.identifier, undefined],
        ]);
      }
    }
  });

  it('is asked of each list by itself, and of one that changes each time', () => {
    const growing = [notes];
    expect(owned(['list'], growing)).toEqual([undefined]);
    growing.push(files);
    expect(owned(['list'], growing)).toEqual([files.identifier]);
    expect(owned(['list'], Object.freeze([notes]))).toEqual([undefined]);
    expect(owned(['list'], Object.freeze(growing))).toEqual([files.identifier]);
  });
});
