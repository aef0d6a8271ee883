/**
 * Owns the making of a signed JWT (RFC 7519 §7.1) with whatever signer or secret it is given.
 * Does not own what the claims must say: whoever issues knows.
 */
import type { KeyObject } from 'node:crypto';
import type { Signer } from '../keys/signer.js';
import { encodeCompact, encodeObject, signingInputOf } from './compact.js';
import { signInput } from './signature.js';

const typed = (typ: string | undefined): { readonly typ?: string } => (typ === undefined ? {} : { typ });

/**
 * Signs the claims under the header `{alg, typ, kid}`. Answers at once when the signer does, and later when it does;
 * rejects (or throws) when the signer cannot sign. Claims are written as they are given.
 * @param typ undefined: the header says none
 */
export const signJwt = (signer: Signer, typ: string | undefined, claims: object): string | Promise<string> => {
  const signingInput = `${headerOf(signer, typ)}.${encodeObject(claims)}`;
  const signature = signer.sign(signingInput);
  return signature instanceof Promise
    ? signature.then((octets) => encodeCompact(signingInput, octets))
    : encodeCompact(signingInput, signature);
};

/** By signer, whose kid and algorithm never change, and by typ, of which this house writes a handful. */
const headers = new WeakMap<Signer, Map<string | undefined, string>>();

/** It falls with the signer. */
const headerOf = (signer: Signer, typ: string | undefined): string => {
  const known = headers.get(signer) ?? new Map<string | undefined, string>();
  const header = known.get(typ) ?? encodeObject({ alg: signer.algorithm, ...typed(typ), kid: signer.kid });
  if (!known.has(typ)) headers.set(signer, known.set(typ, header));
  return header;
};

/**
 * The same with HS256 and a secret that the recipient has from elsewhere. Its key has no name: RFC 7515 §4.1.4, `kid` is "a
 * hint indicating which key was used", and whoever has one secret needs none.
 * @throws Error for a key that is no secret of 32 bytes at least (RFC 7518 §3.2)
 */
export const macJwt = (secret: KeyObject, typ: string | undefined, claims: object): string => {
  const signingInput = signingInputOf({ alg: 'HS256', ...typed(typ) }, claims);
  return encodeCompact(signingInput, signInput('HS256', secret, signingInput));
};
