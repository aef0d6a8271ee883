/**
 * Owns the table of signature algorithms (RFC 7518 §3.1, RFC 8037 §3.1): one row each, and nothing that is not in the
 * table exists. `none` is not in the table. Does not own which algorithm a given key may be used with: the key says so.
 */
import type { SigningOptions } from 'node:crypto';
import { constants } from 'node:crypto';

export const SIGNING_ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA', 'HS256'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

interface AlgorithmRow {
  /** The digest handed to node:crypto; null where the algorithm brings its own (EdDSA). */
  readonly digest: 'sha256' | null;
  readonly keyType: 'ec' | 'rsa' | 'ed25519' | 'secret';
  readonly options: SigningOptions & { readonly dsaEncoding?: 'ieee-p1363' };
  /** The hash of at_hash and c_hash (OpenID Connect Core §3.1.3.6). */
  readonly claimHash: 'sha256' | 'sha512';
}

export const ALGORITHMS: Readonly<Record<SigningAlgorithm, AlgorithmRow>> = {
  // RFC 7518 §3.4: the signature is R || S, not ASN.1.
  ES256: { digest: 'sha256', keyType: 'ec', options: { dsaEncoding: 'ieee-p1363' }, claimHash: 'sha256' },
  RS256: { digest: 'sha256', keyType: 'rsa', options: {}, claimHash: 'sha256' },
  // RFC 7518 §3.5: "The size of the salt value is the same size as the hash function output."
  PS256: {
    digest: 'sha256',
    keyType: 'rsa',
    options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
    claimHash: 'sha256',
  },
  EdDSA: { digest: null, keyType: 'ed25519', options: {}, claimHash: 'sha512' },
  HS256: { digest: 'sha256', keyType: 'secret', options: {}, claimHash: 'sha256' },
};

export const isSigningAlgorithm = (value: unknown): value is SigningAlgorithm =>
  SIGNING_ALGORITHMS.some((algorithm) => algorithm === value);
