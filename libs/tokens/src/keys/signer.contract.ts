/**
 * Owns what every signer must do, whoever holds its key (a process, a KMS, an HSM). Runs whole on each of them.
 */
import { describe, expect, it } from '@jest/globals';
import type { KeyObject } from 'node:crypto';
import { parseCompact } from '../jws/compact.js';
import { signJwt } from '../jws/sign-jwt.js';
import { verifyInput } from '../jws/signature.js';
import type { Signer } from './signer.js';

/** @param open gives a signer and the public (or secret) key that verifies what it signs. */
export const describeSigner = (name: string, open: () => Promise<{ signer: Signer; key: KeyObject }>): void => {
  describe(`RFC 7515 §5.1 the signer ${name}`, () => {
    it('signs the signing input in the form of RFC 7518 §3', async () => {
      const { signer, key } = await open();
      const signature = await signer.sign('header.payload');
      expect(verifyInput(signer.algorithm, key, 'header.payload', signature)).toBe(true);
      expect(verifyInput(signer.algorithm, key, 'header.other', signature)).toBe(false);
    });

    it('signs 50 at once, each its own', async () => {
      const { signer, key } = await open();
      const inputs = Array.from({ length: 50 }, (_, index) => `header.${index}`);
      const signatures = await Promise.all(inputs.map(async (input) => signer.sign(input)));
      inputs.forEach((input, index) => {
        expect(verifyInput(signer.algorithm, key, input, signatures[index] ?? Buffer.alloc(0))).toBe(true);
      });
    });

    it('makes a JWT that names its algorithm and its key', async () => {
      const { signer, key } = await open();
      const parsed = parseCompact(await signJwt(signer, 'JWT', { a: 1 }));
      if (!parsed.ok) throw new Error(parsed.fault);
      expect(parsed.jws.header).toEqual({ alg: signer.algorithm, typ: 'JWT', kid: signer.kid });
      expect(parsed.jws.payload).toEqual({ a: 1 });
      expect(verifyInput(signer.algorithm, key, parsed.jws.signingInput, parsed.jws.signature)).toBe(true);
    });
  });
};
