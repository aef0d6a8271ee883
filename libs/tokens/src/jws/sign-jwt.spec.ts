import { describe, expect, it } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import type { SigningAlgorithm } from './algorithms.js';
import { signJwt } from './sign-jwt.js';

const signer = (kid: string, algorithm: SigningAlgorithm = 'ES256') => ({
  kid,
  algorithm,
  sign: () => Buffer.alloc(64),
});
const headerBy = (by: ReturnType<typeof signer>, typ?: string): object => {
  const signed = signJwt(by, typ, { sub: 'x' });
  if (typeof signed !== 'string') throw new Error('it signs at once');
  return decodeProtectedHeader(signed);
};

describe('RFC 7515 §4.1 the header is that of the signer and of the type, also the second time', () => {
  it('for two signers and three types in turn', () => {
    const [one, other] = [signer('one'), signer('other', 'EdDSA')];
    for (let turn = 0; turn < 2; turn += 1) {
      expect(headerBy(one, 'at+jwt')).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: 'one' });
      expect(headerBy(other, 'at+jwt')).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: 'other' });
      expect(headerBy(one, 'JWT')).toEqual({ alg: 'ES256', typ: 'JWT', kid: 'one' });
      expect(headerBy(one)).toEqual({ alg: 'ES256', kid: 'one' });
    }
  });
});
