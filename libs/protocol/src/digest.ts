/**
 * Owns how a high-entropy secret is named at rest: SHA-256, hex. Never for passwords (those get argon2id).
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

export const digestOf = (secret: string): string => hash('sha256', secret, 'hex');

/** 256 random bits as 43 characters of base64url (RFC 6749 §10.10 asks for at most 2^-128 to guess). */
export const randomSecret = (): string => randomBytes(32).toString('base64url');

/** Compares two digests in constant time. */
export function sameDigest(left: string, right: string): boolean {
  const a = Buffer.from(left, 'hex');
  const b = Buffer.from(right, 'hex');
  return a.length === b.length && a.length > 0 && timingSafeEqual(a, b);
}
