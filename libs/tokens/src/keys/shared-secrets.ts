/**
 * Owns the secrets that one API shares with the issuer (HS256), beside the issuer's public keys: whoever checks a token
 * finds both here. Does not own how the secrets come to the API: they are configured, and never fetched.
 */
import { createSecretKey } from 'node:crypto';
import { keyFits } from '../jws/signature.js';
import type { VerificationKey, VerificationKeys } from './verification-keys.js';

export interface SharedSecret {
  /** As the issuer gave it, with the secret. */
  readonly kid: string;
  /** At least 32 bytes; text is base64url without padding (RFC 7515 §2). */
  readonly secret: Buffer | string;
}

/** One that signs, one that is announced, and one or two that tokens of before still name. */
const MOST_SECRETS = 4;
const LONGEST_KID = 256;

const octetsOf = (secret: Buffer | string): Buffer | undefined => {
  if (typeof secret !== 'string') return secret;
  const octets = Buffer.from(secret, 'base64url');
  return octets.toString('base64url') === secret ? octets : undefined;
};

const verificationKeyOf = ({ kid, secret }: SharedSecret, soleAudience: string, name: string): VerificationKey => {
  if (kid === '' || kid.length > LONGEST_KID) throw new Error(`${name} needs a kid of 1 to ${LONGEST_KID} characters.`);
  const octets = octetsOf(secret);
  if (octets === undefined) throw new Error(`${name} must hold its secret as base64url, without padding.`);
  const key = createSecretKey(octets);
  // RFC 7518 §3.2: "A key of the same size as the hash output (for instance, 256 bits for "HS256") or larger MUST be used".
  if (!keyFits('HS256', key)) throw new Error(`${name} must hold a secret of at least 32 bytes.`);
  return { kid, algorithm: 'HS256', key, soleAudience };
};

/**
 * The keys by their kids; each verifies only tokens whose `aud` is exactly this one.
 * @throws Error that names a secret by its place, and never shows it; nor a kid, with which it may have been swapped
 */
export const secretKeysOf = (
  secrets: readonly SharedSecret[],
  audience: string,
): ReadonlyMap<string, VerificationKey> => {
  if (secrets.length > MOST_SECRETS) throw new Error(`There are more than ${MOST_SECRETS} sharedSecrets.`);
  const keys = new Map<string, VerificationKey>();
  for (const [index, secret] of secrets.entries()) {
    const name = `sharedSecrets[${index}]`;
    if (keys.has(secret.kid)) throw new Error(`${name} has the kid of another.`);
    keys.set(secret.kid, verificationKeyOf(secret, audience, name));
  }
  return keys;
};

/**
 * RFC 8725 §3.1: "each key MUST be used with exactly one algorithm": a kid that is shared verifies HS256 alone, whatever the
 * issuer publishes under that kid, and what is published never verifies HS256.
 */
export class SharedSecrets implements VerificationKeys {
  readonly #secrets: ReadonlyMap<string, VerificationKey>;
  readonly #published: VerificationKeys;

  /**
   * @param audience the API: a shared secret verifies only tokens whose `aud` is exactly this one
   * @param published the issuer's public keys
   * @throws Error as secretKeysOf does
   */
  constructor(secrets: readonly SharedSecret[], audience: string, published: VerificationKeys) {
    this.#published = published;
    this.#secrets = secretKeysOf(secrets, audience);
  }

  /** Of the issuer's public keys: without them nobody can tell of most tokens. */
  get loaded(): boolean {
    return this.#published.loaded;
  }

  get outdated(): boolean {
    return this.#published.outdated;
  }

  find(kid: string): VerificationKey | undefined {
    return this.#secrets.get(kid) ?? this.#published.find(kid);
  }

  refresh(): Promise<void> {
    return this.#published.refresh();
  }

  changed(revision?: number): Promise<void> {
    return this.#published.changed(revision);
  }
}
