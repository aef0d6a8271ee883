/**
 * Owns the making of a signed JWT (RFC 7519 §7.1) with whatever signer it is given.
 * Does not own what the claims must say: whoever issues knows.
 */
import type { Signer } from '../keys/signer.js';
import { encodeCompact, signingInputOf } from './compact.js';

/**
 * Signs the claims under the header `{alg, typ, kid}`. Answers at once when the signer does, and later when it does;
 * rejects (or throws) when the signer cannot sign. Claims are written as they are given.
 */
export const signJwt = (signer: Signer, typ: string, claims: object): string | Promise<string> => {
  const signingInput = signingInputOf({ alg: signer.algorithm, typ, kid: signer.kid }, claims);
  const signature = signer.sign(signingInput);
  return signature instanceof Promise
    ? signature.then((octets) => encodeCompact(signingInput, octets))
    : encodeCompact(signingInput, signature);
};
