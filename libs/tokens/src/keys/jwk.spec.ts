import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as jose from 'jose';
import { testKeys } from '../testing/test-keys.js';
import { parseJwks, publicJwk, thumbprint, verificationKeyOf } from './jwk.js';

const [es256] = testKeys().jwks.keys;
const RSA = publicJwk(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey, 'RS256');

const ed25519 = (x: string) => ({
  kty: 'OKP',
  crv: 'Ed25519',
  alg: 'EdDSA',
  kid: 'a',
  x: Buffer.from(x, 'hex').toString('base64url'),
});
/** Little-endian, of both signs of x where there are two. */
const SMALL_ORDER = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
];

describe('RFC 7638 thumbprint', () => {
  it('§3.1 is that of the example', () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W' +
      '-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt' +
      '-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
    expect(thumbprint({ kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' })).toBe(
      'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
    );
  });

  it.each(['ES256', 'RS256', 'EdDSA'] as const)('is the one that jose computes for %s', async (algorithm) => {
    const { publicKey, kid } = testKeys(algorithm);
    expect(kid).toBe(await jose.calculateJwkThumbprint(await jose.exportJWK(publicKey)));
  });

  it('refuses a symmetric key and a missing member', () => {
    expect(() => thumbprint({ kty: 'oct', k: 'AAAA' })).toThrow(TypeError);
    expect(() => thumbprint({ kty: 'EC', crv: 'P-256', x: 'AAAA' })).toThrow(TypeError);
  });
});

describe('RFC 7517 §9.2 a public JWK', () => {
  it.each(['ES256', 'RS256', 'PS256', 'EdDSA'] as const)('holds no private member, %s', (algorithm) => {
    const jwk = publicJwk(testKeys(algorithm).privateKey, algorithm);
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']) expect(jwk).not.toHaveProperty(member);
    expect(jwk).toMatchObject({ use: 'sig', alg: algorithm, kid: thumbprint(jwk) });
  });
});

describe('RFC 7517 §5 a JWK Set', () => {
  it.each([null, [], 'x', {}, { keys: {} }])('refuses what is none: %j', (document) => {
    expect(() => parseJwks(document)).toThrow(TypeError);
  });

  it.each([
    ['a symmetric key', { kty: 'oct', k: Buffer.alloc(32).toString('base64url'), alg: 'HS256', kid: 'a' }],
    ['a public key labelled HS256', { ...es256, alg: 'HS256' }],
    ['an unknown kty', { ...es256, kty: 'PQ' }],
    ['an inherited kty', { ...es256, kty: 'constructor' }],
    ['an unknown alg', { ...es256, alg: 'ES512' }],
    ['no alg', { ...es256, alg: undefined }],
    ['alg of another kty', { ...es256, alg: 'RS256' }],
    ['no kid', { ...es256, kid: undefined }],
    ['a key for encryption', { ...es256, use: 'enc' }],
    ['a key that may not verify', { ...es256, key_ops: ['sign'] }],
    ['a point off the curve', { ...es256, x: 'AAAA' }],
    ['RSA of 1024 bits', publicJwk(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey, 'RS256')],
    ['RSA with the exponent 1, under which everybody can sign', { ...RSA, e: 'AQ' }],
    ['RSA with an even exponent', { ...RSA, e: 'AQAA' }],
    ...SMALL_ORDER.map((x) => [`Ed25519 of small order: ${x}`, ed25519(x)] as const),
    ['no object', 'x'],
  ])('skips %s and keeps the rest', (_what, jwk) => {
    expect(verificationKeyOf(jwk)).toBeUndefined();
    expect([...parseJwks({ keys: [jwk, es256] }).keys()]).toEqual([es256?.kid]);
  });

  it('never takes a private half in', () => {
    const { privateKey, kid } = testKeys();
    const found = verificationKeyOf({ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', kid });
    expect(found?.key.type).toBe('public');
  });

  it('keeps the first of two with one kid', () => {
    const other = testKeys().jwks.keys[0];
    const found = parseJwks({ keys: [es256, { ...other, kid: es256?.kid }] });
    expect(found.get(es256?.kid ?? '')?.key.export({ format: 'jwk' })).toMatchObject({ x: es256?.x });
  });
});

describe('RFC 8725 §3.4 a key without a private half is none', () => {
  it.each(SMALL_ORDER)('since without one a signature verifies under Ed25519 %s', (x) => {
    const key = createPublicKey({ key: ed25519(x), format: 'jwk' });
    // R is the neutral point and S is zero; 500 messages, of which every eighth fits the points of order 8.
    const signature = Buffer.alloc(64);
    signature[0] = 1;
    const fitting = Array.from({ length: 500 }).filter((_, n) => verify(null, Buffer.from(`${n}`), key, signature));
    expect(fitting.length).toBeGreaterThan(0);
  });

  it('and every other stands', () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    expect(verificationKeyOf(publicJwk(publicKey, 'EdDSA'))).toBeDefined();
    for (const e of ['Aw', 'AQAB']) expect(verificationKeyOf({ ...RSA, e })).toBeDefined();
  });
});
