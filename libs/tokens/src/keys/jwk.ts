/**
 * Owns the JSON forms of public keys: JWK (RFC 7517), its thumbprint (RFC 7638) and the JWK Set.
 * Does not own private keys, which never take this form, nor where a set is fetched (remote-keys).
 */
import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { isSigningAlgorithm, type SigningAlgorithm } from '../jws/algorithms.js';
import { isRecord } from '../jws/compact.js';
import { keyFits } from '../jws/signature.js';
import { isOfSmallOrder } from './small-order.js';
import type { VerificationKey } from './verification-keys.js';

/** RFC 7638 §3.2 and RFC 8037 §2: the members of a public key, in lexicographic order. */
const PUBLIC_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
};

export interface PublicJwk extends JsonWebKey {
  readonly use: 'sig';
  readonly alg: SigningAlgorithm;
  readonly kid: string;
}

export interface JwkSet {
  readonly keys: readonly PublicJwk[];
}

const publicMembers = (jwk: Readonly<Record<string, unknown>>): Record<string, string> => {
  const names = typeof jwk['kty'] === 'string' ? PUBLIC_MEMBERS[jwk['kty']] : undefined;
  if (names === undefined) throw new TypeError('Only EC, OKP and RSA keys have a public JWK.');
  return Object.fromEntries(
    names.map((name) => {
      const value = jwk[name];
      if (typeof value !== 'string' || value === '') throw new TypeError(`The JWK has no member ${name}.`);
      return [name, value];
    }),
  );
};

/**
 * The SHA-256 JWK thumbprint, base64url (RFC 7638 §3): over the required members alone, in order, without whitespace.
 * @throws TypeError when a required member is missing or the key type has no public form.
 */
export const thumbprint = (jwk: Readonly<Record<string, unknown>> | JsonWebKey): string =>
  createHash('sha256')
    .update(JSON.stringify(publicMembers({ ...jwk })))
    .digest('base64url');

/** The public half as JWK, whichever half is given. RFC 7517 §9.2: private members never enter. */
export const publicJwk = (key: KeyObject, algorithm: SigningAlgorithm): PublicJwk => {
  const members = publicMembers((key.type === 'public' ? key : createPublicKey(key)).export({ format: 'jwk' }));
  return { ...members, use: 'sig', alg: algorithm, kid: thumbprint(members) };
};

/**
 * The JWK as a key that verifies; undefined for whatever cannot: a symmetric key (a public set never holds one), an
 * unknown `kty` or `alg`, a key for encryption, RSA under 2048 bits, no `kid` or no `alg` (RFC 8725 §3.1), and a key under which
 * everybody can sign (§3.4).
 */
export const verificationKeyOf = (jwk: unknown): VerificationKey | undefined => {
  if (!isRecord(jwk)) return undefined;
  const { kid, alg, use, key_ops: operations } = jwk;
  if (typeof kid !== 'string' || kid === '' || !isSigningAlgorithm(alg)) return undefined;
  // RFC 7517 §4.2, §4.3: a key that is not for signatures is not ours to use.
  if (use !== undefined && use !== 'sig') return undefined;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return undefined;
  try {
    const members = publicMembers(jwk);
    if (members['kty'] === 'OKP' && isOfSmallOrder(members['x'] ?? '')) return undefined;
    const key = createPublicKey({ key: members, format: 'jwk' });
    return keyFits(alg, key) ? { kid, algorithm: alg, key } : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Reads one JWK Set after another. A key that stands in both is the same object: what is remembered of it, such as the
 * signatures that it has verified, still holds.
 */
export class JwkSetReader {
  /** By the text of its JWK: a kid that was given to another key is another key. */
  #known: ReadonlyMap<string, VerificationKey> = new Map();

  /** See parseJwks. @throws TypeError as it does */
  read(document: unknown): ReadonlyMap<string, VerificationKey> {
    const known = new Map<string, VerificationKey>();
    const found = new Map<string, VerificationKey>();
    for (const jwk of membersOf(document)) {
      const text = JSON.stringify(jwk);
      const key = this.#known.get(text) ?? verificationKeyOf(jwk);
      if (key === undefined) continue;
      known.set(text, key);
      if (!found.has(key.kid)) found.set(key.kid, key);
    }
    this.#known = known;
    return found;
  }
}

/**
 * Reads a JWK Set. RFC 7517 §5: "Implementations SHOULD ignore JWKs within a JWK Set that use 'kty' values that are not
 * understood by them […] or for which values are out of the supported ranges." Of two with one `kid` the first counts.
 * @throws TypeError when the document is no JWK Set at all.
 */
export const parseJwks = (document: unknown): ReadonlyMap<string, VerificationKey> => new JwkSetReader().read(document);

const membersOf = (document: unknown): readonly unknown[] => {
  if (!isRecord(document) || !Array.isArray(document['keys'])) {
    throw new TypeError('The document is not a JWK Set (RFC 7517 §5).');
  }
  return document['keys'];
};
