import { createPublicKey, createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { testKeys } from '../testing/test-keys.js';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from './algorithms.js';
import { keyFits, signInput, verifyInput } from './signature.js';

const keys: Readonly<Record<SigningAlgorithm, KeyObject>> = {
  ES256: testKeys('ES256').privateKey,
  RS256: testKeys('RS256').privateKey,
  PS256: testKeys('PS256').privateKey,
  EdDSA: testKeys('EdDSA').privateKey,
  HS256: createSecretKey(Buffer.alloc(32, 1)),
};
const verifying = (key: KeyObject) => (key.type === 'private' ? createPublicKey(key) : key);

describe('RFC 7518 §3, RFC 8037 §3.1 signatures', () => {
  it.each(SIGNING_ALGORITHMS)('%s verifies what it signed, and nothing else', (algorithm) => {
    const signature = signInput(algorithm, keys[algorithm], 'a.b');
    const key = verifying(keys[algorithm]);
    expect(verifyInput(algorithm, key, 'a.c', signature)).toBe(false);
    expect(verifyInput(algorithm, key, 'a.b', signature.subarray(1))).toBe(false);
    expect(verifyInput(algorithm, key, 'a.b', Buffer.alloc(0))).toBe(false);
    expect(verifyInput(algorithm, key, 'a.b', signature)).toBe(true);
  });

  it('refuses every pair of algorithm and key that do not belong together', () => {
    for (const algorithm of SIGNING_ALGORITHMS) {
      for (const other of SIGNING_ALGORITHMS) {
        // One RSA key fits both rows; that it is used for one alone is the key's label's matter (RFC 8725 §3.1).
        if (algorithm === other || isRsa(algorithm, other)) continue;
        expect(keyFits(algorithm, keys[other])).toBe(false);
        expect(() => signInput(algorithm, keys[other], 'a.b')).toThrow();
        expect(verifyInput(algorithm, verifying(keys[other]), 'a.b', Buffer.alloc(64))).toBe(false);
      }
    }
  });

  it('§3.3, §3.2, §3.4 refuses keys that are too short, and another curve', () => {
    expect(keyFits('RS256', generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)).toBe(false);
    expect(keyFits('HS256', createSecretKey(Buffer.alloc(31)))).toBe(false);
    expect(keyFits('ES256', generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey)).toBe(false);
    expect(keyFits('ES256', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey)).toBe(false);
  });

  it('§3.5 a PS256 signature is no RS256 signature by the same key', () => {
    const signature = signInput('PS256', keys.RS256, 'a.b');
    expect(verifyInput('RS256', verifying(keys.RS256), 'a.b', signature)).toBe(false);
  });

  it('never verifies an ES256 signature of zeros', () => {
    expect(verifyInput('ES256', verifying(keys.ES256), 'a.b', Buffer.alloc(64))).toBe(false);
  });
});

const isRsa = (...algorithms: readonly SigningAlgorithm[]) =>
  algorithms.every((algorithm) => algorithm === 'RS256' || algorithm === 'PS256');
