import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SIGNING_ALGORITHMS } from './algorithms.js';
import { encodeCompact, parseCompact, signingInputOf } from './compact.js';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const good = {
  header: encode({ alg: 'ES256', kid: 'k', typ: 'at+jwt' }),
  payload: encode({ a: 1 }),
  signature: 'AAAA',
};
const faultOf = (token: string, maxLength?: number) => {
  const parsed = parseCompact(token, maxLength);
  return parsed.ok ? 'none' : parsed.fault;
};
const withHeader = (header: unknown) => `${encode(header)}.${good.payload}.${good.signature}`;

describe('RFC 7515 §7.1 compact serialization', () => {
  it('looks at the size before anything else', () => {
    expect(faultOf('a'.repeat(1_000_000))).toBe('too_long');
    expect(faultOf(`${good.header}.${good.payload}.${good.signature}`, 10)).toBe('too_long');
  });

  it.each([
    '',
    '.',
    '..',
    'a.b',
    'a.b.c.d',
    `${good.header}.${good.payload}.`,
    `${good.header}.${good.payload}.AAAA.AAAA`,
  ])('refuses another number of parts than three, and an empty one: %j', (token) => {
    expect(faultOf(token)).toBe('malformed');
  });

  it.each([
    ['padding', 'AAA='],
    ['the other alphabet', 'AA+/'],
    ['bits beyond the last octet', 'AB'],
    ['a space', 'AA A'],
    ['a line break', 'AAAA\n'],
  ])('§2 refuses base64url with %s', (_what, signature) => {
    expect(faultOf(`${good.header}.${good.payload}.${signature}`)).toBe('malformed');
  });

  it.each([
    ['an array', encode([1])],
    ['a number', encode(1)],
    ['null', encode(null)],
    ['no JSON', Buffer.from('{').toString('base64url')],
    ['broken UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString('base64url')],
    ['a byte order mark', Buffer.from('\ufeff{}').toString('base64url')],
  ])('refuses a payload that is %s', (_what, payload) => {
    expect(faultOf(`${good.header}.${payload}.${good.signature}`)).toBe('malformed');
  });

  it('§4.1.11 refuses crit, whatever it lists', () => {
    for (const crit of [['exp'], ['b64'], [], 'x', null]) {
      expect(faultOf(withHeader({ alg: 'ES256', crit }))).toBe('critical_header');
    }
  });

  it('RFC 8725 §3.2 refuses alg none and every alg that is not in the table', () => {
    for (const alg of ['none', 'None', 'NONE', '', 'es256', 'HS384', 'ES256K', undefined, null, 1, ['ES256']]) {
      expect(faultOf(withHeader({ alg }))).toBe('unknown_algorithm');
    }
  });

  it('refuses a kid or typ that is no string', () => {
    expect(faultOf(withHeader({ alg: 'ES256', kid: 1 }))).toBe('malformed');
    expect(faultOf(withHeader({ alg: 'ES256', typ: ['at+jwt'] }))).toBe('malformed');
  });

  it('gives back what was put together', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SIGNING_ALGORITHMS),
        fc.string({ unit: 'grapheme', maxLength: 40 }),
        fc.dictionary(fc.string({ maxLength: 10 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 5 }),
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        (alg, kid, claims, octets) => {
          const payload = JSON.parse(JSON.stringify(claims)) as Record<string, unknown>;
          const input = signingInputOf({ alg, kid, typ: 'at+jwt' }, payload);
          const parsed = parseCompact(encodeCompact(input, Buffer.from(octets)), 100_000);
          expect(parsed).toEqual({
            ok: true,
            jws: { header: { alg, kid, typ: 'at+jwt' }, payload, signingInput: input, signature: Buffer.from(octets) },
          });
        },
      ),
      { numRuns: 200 },
    );
  });

  it('never throws, whatever it is given', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => typeof parseCompact(text).ok === 'boolean'));
  });
});
