import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { signJwt } from '../jws/sign-jwt.js';
import { testKeys } from '../testing/test-keys.js';
import { LocalSigner } from './local-signer.js';
import { describeSigner } from './signer.contract.js';
import type { Signer } from './signer.js';

for (const algorithm of ['ES256', 'RS256', 'PS256', 'EdDSA'] as const) {
  describeSigner(`in this process, ${algorithm}`, () => {
    const { signer, publicKey } = testKeys(algorithm);
    return Promise.resolve({ signer, key: publicKey });
  });
}
describeSigner('in this process, HS256', () => {
  const key = createSecretKey(Buffer.alloc(32, 5));
  return Promise.resolve({ signer: new LocalSigner('random', 'HS256', key), key });
});
describeSigner('somewhere else', () => {
  const { signer, publicKey } = testKeys();
  const remote: Signer = { kid: signer.kid, algorithm: 'ES256', sign: (input) => Promise.resolve(signer.sign(input)) };
  return Promise.resolve({ signer: remote, key: publicKey });
});

describe('DESIGN §6 the local signer', () => {
  it('refuses a public key and a key of another kind', () => {
    const { publicKey, privateKey } = testKeys();
    expect(() => new LocalSigner('k', 'ES256', publicKey)).toThrow(TypeError);
    expect(() => new LocalSigner('k', 'RS256', privateKey)).toThrow(TypeError);
  });

  it('answers at once, and so does signJwt', () => {
    expect(typeof signJwt(testKeys().signer, 'JWT', {})).toBe('string');
  });
});
